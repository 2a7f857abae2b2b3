/**
 * Jobs of neural networks as FATE's examples for 1.4 write them: the same shape, names and sizes, as HomoNN and HeteroNN
 * are younger than the confs of 1.0.2.
 * @module
 */

/** A job, and the component whose metrics say how it went. */
export interface NnJob {
  readonly name: string
  readonly job_dsl: object
  readonly job_runtime_conf: {
    readonly role_parameters: Record<
      string,
      { args: { data: Record<string, { namespace: string; name: string }[]> } }
    >
  }
}

const PARTY = 10000

/** Everything that both kinds of jobs have in common; each role has one table. */
function confOf(options: {
  readonly roles: readonly string[]
  readonly tables: Readonly<Record<string, { namespace: string; name: string }>>
  readonly labels: Readonly<Record<string, boolean>>
  readonly slots: readonly string[]
  readonly own?: Readonly<Record<string, object>>
  readonly algorithm: object
}) {
  const { roles, tables, labels, slots, own = {}, algorithm } = options
  const role_parameters = Object.fromEntries(
    Object.entries(tables).map(([role, table]) => [
      role,
      {
        args: { data: Object.fromEntries(slots.map((slot) => [slot, [table]])) },
        dataio_0: {
          with_label: [labels[role]],
          ...(labels[role] ? { label_name: ['y'] } : {}),
          label_type: ['int'],
          output_format: ['dense'],
        },
        ...own[role],
      },
    ]),
  )
  return {
    initiator: { role: 'guest', party_id: PARTY },
    job_parameters: { work_mode: 0 },
    role: Object.fromEntries(roles.map((role) => [role, [PARTY]])),
    role_parameters,
    algorithm_parameters: algorithm,
  }
}

const dataio = (from: string, model?: string) => ({
  module: 'DataIO',
  input: { data: { data: [from] }, ...(model ? { model: [model] } : {}) },
  output: { data: ['data'], ...(model ? {} : { model: ['model'] }) },
})
const step = (module: string, data: Record<string, string[]>, more: object = {}) => ({
  module,
  input: { data, ...more },
  output: { data: ['data'], model: ['model'] },
})

const HOMO_DSL = {
  components: {
    dataio_0: dataio('args.train_data'),
    homo_nn_0: step('HomoNN', { train_data: ['dataio_0.data'] }),
    homo_nn_1: step('HomoNN', { eval_data: ['dataio_0.data'] }, { model: ['homo_nn_0.model'] }),
    evaluation_0: { module: 'Evaluation', input: { data: { data: ['homo_nn_0.data'] } } },
  },
}

/** HomoNN on breast, layers as `config_type` writes them. */
export function homoNnJob(name: string, network: object): NnJob {
  const tables = {
    guest: { name: 'homo_breast_guest', namespace: 'homo_breast_guest' },
    host: { name: 'homo_breast_host', namespace: 'homo_breast_host' },
  }
  const conf = confOf({
    roles: ['guest', 'host', 'arbiter'],
    tables,
    labels: { guest: true, host: true },
    slots: ['train_data'],
    algorithm: {
      homo_nn_0: { batch_size: -1, early_stop: { early_stop: 'diff', eps: 1e-4 }, ...network },
    },
  })
  return { name, job_dsl: HOMO_DSL, job_runtime_conf: conf as NnJob['job_runtime_conf'] }
}

/** A Sequential of one Dense layer as Keras 2.2.4 writes it. */
function sequential(layer: {
  inputs: number
  units: number
  activation: string
  kernel: object
}): object {
  const { inputs, units, activation, kernel } = layer
  return {
    class_name: 'Sequential',
    config: {
      name: 'sequential',
      layers: [
        {
          class_name: 'Dense',
          config: {
            name: 'dense',
            trainable: true,
            batch_input_shape: [null, inputs],
            dtype: 'float32',
            units,
            activation,
            use_bias: true,
            kernel_initializer: kernel,
            bias_initializer: { class_name: 'Zeros', config: { dtype: 'float32' } },
            kernel_regularizer: null,
            bias_regularizer: null,
            activity_regularizer: null,
            kernel_constraint: null,
            bias_constraint: null,
          },
        },
      ],
    },
    keras_version: '2.2.4-tf',
    backend: 'tensorflow',
  }
}

/** HeteroNN as in FATE's examples: the widths that the bottoms say are not those of the tables. */
export function heteroNnJob(
  name: string,
  job: {
    tables: Readonly<Record<'guest' | 'host', { namespace: string; name: string }>>
    top: { units: number; activation: string }
    watched: boolean
    /** First weights, `{class_name, config}`. */
    kernel: object
    parameters: object
  },
): NnJob {
  const { tables, top, watched, kernel, parameters } = job
  const validated = {
    dataio_1: dataio('args.eval_data', 'dataio_0.model'),
    intersection_1: step('Intersection', { data: ['dataio_1.data'] }),
  }
  const components = {
    dataio_0: dataio('args.train_data'),
    intersection_0: step('Intersection', { data: ['dataio_0.data'] }),
    ...(watched ? validated : {}),
    hetero_nn_0: step('HeteroNN', {
      train_data: ['intersection_0.data'],
      ...(watched ? { validate_data: ['intersection_1.data'] } : {}),
    }),
    hetero_nn_1: step(
      'HeteroNN',
      { validate_data: [watched ? 'intersection_1.data' : 'intersection_0.data'] },
      { model: ['hetero_nn_0.model'] },
    ),
    evaluation_0: { module: 'Evaluation', input: { data: { data: ['hetero_nn_0.data'] } } },
  }
  const conf = confOf({
    roles: ['guest', 'host'],
    tables,
    labels: { guest: true, host: false },
    slots: watched ? ['train_data', 'eval_data'] : ['train_data'],
    own: {
      guest: {
        hetero_nn_0: {
          bottom_nn_define: [sequential({ inputs: 1, units: 3, activation: 'relu', kernel })],
          interactive_layer_define: [
            sequential({ inputs: 3, units: 2, activation: 'relu', kernel }),
          ],
          top_nn_define: [sequential({ inputs: 2, ...top, kernel })],
        },
      },
      host: {
        hetero_nn_0: {
          bottom_nn_define: [sequential({ inputs: 2, units: 3, activation: 'relu', kernel })],
        },
      },
    },
    algorithm: {
      hetero_nn_0: {
        config_type: 'keras',
        batch_size: -1,
        interactive_layer_lr: 0.15,
        ...parameters,
      },
      evaluation_0: { eval_type: top.units === 1 ? 'binary' : 'multi' },
    },
  })
  return { name, job_dsl: { components }, job_runtime_conf: conf as NnJob['job_runtime_conf'] }
}
