/**
 * DSLs and configurations in the shapes of FATE's published samples, with our own names and values.
 * @module
 */

/** A component of a DSL. */
export interface SampleComponent {
  readonly module: string
  readonly input?: object
  readonly output?: object
  readonly need_deploy?: boolean
}

/** A DSL whose parts a test may replace with `setPath`. */
export interface SampleDsl {
  readonly components: Record<string, SampleComponent>
}

/** A configuration whose parts a test may replace with `setPath`. */
export interface SampleConf {
  readonly initiator: object
  readonly job_parameters: object
  readonly role: object
  readonly role_parameters: object
  readonly algorithm_parameters: object
}

/** Replaces what stands at a dotted path; undefined removes it. */
export function setPath(target: object, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let at = target as Record<string, unknown>
  for (const key of keys) at = at[key] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
}

/** DataIO, Intersection, HeteroLR and Evaluation one after the other. */
export function trainDsl(): SampleDsl {
  return {
    components: {
      dataio_0: {
        module: 'DataIO',
        input: { data: { data: ['args.train_data'] } },
        output: { data: ['train'], model: ['dataio'] },
        need_deploy: true,
      },
      intersection_0: {
        module: 'Intersection',
        input: { data: { data: ['dataio_0.train'] } },
        output: { data: ['train'] },
      },
      hetero_lr_0: {
        module: 'HeteroLR',
        input: { data: { train_data: ['intersection_0.train'] } },
        output: { data: ['train'], model: ['hetero_lr'] },
      },
      evaluation_0: {
        module: 'Evaluation',
        input: { data: { data: ['hetero_lr_0.train'] } },
        output: { data: ['evaluate'] },
      },
    },
  }
}

/** Guest 9999, host 10000 and arbiter 10000 with the tables `bank.guest` and `shop.host`. */
export function trainConf(): SampleConf {
  return {
    initiator: { role: 'guest', party_id: 9999 },
    job_parameters: { work_mode: 0 },
    role: { guest: [9999], host: [10000], arbiter: [10000] },
    role_parameters: {
      guest: {
        args: { data: { train_data: [{ name: 'guest', namespace: 'bank' }] } },
        dataio_0: { with_label: [true], label_idx: [0], output_format: ['dense'] },
        evaluation_0: { eval_type: ['binary'], pos_label: [1] },
      },
      host: {
        args: { data: { train_data: [{ name: 'host', namespace: 'shop' }] } },
        dataio_0: { with_label: [false], output_format: ['dense'] },
        evaluation_0: { need_run: [false] },
      },
    },
    algorithm_parameters: {
      hetero_lr_0: {
        learning_rate: 0.15,
        max_iter: 10,
        init_param: { init_method: 'random_uniform' },
        a_parameter_of_another_version: 1,
      },
      not_in_the_dsl_0: { x: 1 },
    },
  }
}

/** A train and an eval branch, the second reusing what the first has fitted. */
export function validateDsl(): SampleDsl {
  return {
    components: {
      dataio_0: {
        module: 'DataIO',
        input: { data: { data: ['args.train_data'] } },
        output: { data: ['train_data'], model: ['dataio'] },
      },
      dataio_1: {
        module: 'DataIO',
        input: { data: { data: ['args.eval_data'] }, model: ['dataio_0.dataio'] },
        output: { data: ['eval_data'], model: ['dataio'] },
      },
      hetero_lr_0: {
        module: 'HeteroLR',
        input: { data: { train_data: ['dataio_0.train_data'], eval_data: ['dataio_1.eval_data'] } },
        output: { data: ['scored'], model: ['hetero_lr'] },
      },
      evaluation_0: { module: 'Evaluation', input: { data: { data: ['hetero_lr_0.scored'] } } },
    },
  }
}

/** Reader, DataIO, Intersection, HeteroLR and Evaluation in version 2, on the tables of `trainConf`. */
export function versionTwo(): { dsl: SampleDsl; conf: Record<string, object | number> } {
  const { components } = trainDsl()
  const read = (name: string, namespace: string) => ({ reader_0: { table: { name, namespace } } })
  return {
    dsl: {
      components: {
        reader_0: { module: 'Reader', output: { data: ['data'] } },
        ...components,
        dataio_0: {
          module: 'DataIO',
          input: { data: { data: ['reader_0.data'] } },
          output: { data: ['train'], model: ['dataio'] },
        },
      },
    },
    conf: {
      dsl_version: 2,
      initiator: { role: 'guest', party_id: 9999 },
      role: { guest: [9999], host: [10000], arbiter: [10000] },
      job_parameters: { common: { job_type: 'train', auto_retries: 1 } },
      component_parameters: {
        common: {
          dataio_0: { with_label: false, output_format: 'dense' },
          hetero_lr_0: { max_iter: 10, init_param: { init_method: 'zeros' } },
          evaluation_0: { eval_type: 'binary' },
        },
        role: {
          guest: {
            '0': {
              ...read('guest', 'bank'),
              dataio_0: { with_label: true, label_idx: 0 },
            },
          },
          host: {
            '0': read('host', 'shop'),
            all: { evaluation_0: { need_run: false } },
          },
        },
      },
    },
  }
}
