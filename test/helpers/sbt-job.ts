/**
 * A job of boosted trees in the shapes of FATE's published samples, with our own names and values.
 * @module
 */

interface TableName {
  readonly namespace: string
  readonly name: string
}

/** DataIO and Intersection of a train and an eval branch, HeteroSecureBoost and Evaluation, between 9999 and 10000. */
export function secureBoostJob(choice: {
  readonly guest: TableName
  readonly host: TableName
  /** BoostingTreeParam, in FATE's names. */
  readonly training: object
  /** IntersectParam, in FATE's names. */
  readonly intersection?: object
  /** Whether the same tables are predicted as an eval branch too. */
  readonly validate?: boolean
}): { dsl: object; conf: object } {
  const { guest, host, training, intersection = {}, validate = false } = choice
  const branch = (index: number, slot: string, output: string, model?: string) => ({
    [`dataio_${index}`]: {
      module: 'DataIO',
      input: { data: { data: [`args.${slot}`] }, ...(model ? { model: [model] } : {}) },
      output: { data: [output], model: ['dataio'] },
      ...(index > 0 ? { need_deploy: false } : {}),
    },
    [`intersection_${index}`]: {
      module: 'Intersection',
      input: { data: { data: [`dataio_${index}.${output}`] } },
      output: { data: [output] },
      ...(index > 0 ? { need_deploy: false } : {}),
    },
  })
  const args = ({ namespace, name }: TableName) => {
    const table = [{ namespace, name }]
    return { data: { train_data: table, ...(validate ? { eval_data: table } : {}) } }
  }
  return {
    dsl: {
      components: {
        ...branch(0, 'train_data', 'train'),
        ...(validate ? branch(1, 'eval_data', 'eval', 'dataio_0.dataio') : {}),
        secureboost_0: {
          module: 'HeteroSecureBoost',
          input: {
            data: {
              train_data: ['intersection_0.train'],
              ...(validate ? { eval_data: ['intersection_1.eval'] } : {}),
            },
          },
          output: { data: ['train'], model: ['train'] },
        },
        evaluation_0: { module: 'Evaluation', input: { data: { data: ['secureboost_0.train'] } } },
      },
    },
    conf: {
      initiator: { role: 'guest', party_id: 9999 },
      job_parameters: { work_mode: 0 },
      role: { guest: [9999], host: [10000] },
      role_parameters: {
        guest: {
          args: args(guest),
          dataio_0: {
            with_label: [true],
            label_idx: [0],
            label_type: ['int'],
            output_format: ['dense'],
          },
          evaluation_0: { eval_type: ['binary'], pos_label: [1] },
        },
        host: {
          args: args(host),
          dataio_0: { with_label: [false], output_format: ['dense'] },
          evaluation_0: { need_run: [false] },
        },
      },
      algorithm_parameters: {
        secureboost_0: training,
        intersection_0: intersection,
        ...(validate ? { intersection_1: intersection } : {}),
      },
    },
  }
}
