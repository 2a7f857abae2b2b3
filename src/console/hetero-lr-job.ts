/**
 * The DSL and runtime configuration of a logistic regression of two parties, as FATE-Flow's clients write them.
 * @module
 */

export interface TableName {
  readonly namespace: string
  readonly name: string
}

export interface HeteroLrChoice {
  /** What people call the job. */
  readonly name?: string
  readonly guest: { readonly party: string; readonly table: TableName }
  readonly host: { readonly party: string; readonly table: TableName }
  readonly arbiter: string
  /** The guest's label column. */
  readonly label: string
  /** LogisticParam, in FATE 1.0's names. */
  readonly training: Readonly<Record<string, unknown>>
}

/** DataIO, Intersection, HeteroLR and Evaluation, one after the other. */
export function heteroLrJob(choice: HeteroLrChoice): {
  dsl: Record<string, unknown>
  conf: Record<string, unknown>
} {
  const { guest, host } = choice
  const source = ({ name, namespace }: TableName) => ({
    data: { train_data: [{ name, namespace }] },
  })
  return {
    dsl: {
      components: {
        dataio_0: {
          module: 'DataIO',
          input: { data: { data: ['args.train_data'] } },
          output: { data: ['train'], model: ['dataio'] },
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
    },
    conf: {
      initiator: { role: 'guest', party_id: toPartyId(guest.party) },
      job_parameters: { work_mode: 0, ...(choice.name ? { name: choice.name } : {}) },
      role: {
        guest: [toPartyId(guest.party)],
        host: [toPartyId(host.party)],
        arbiter: [toPartyId(choice.arbiter)],
      },
      role_parameters: {
        guest: {
          args: source(guest.table),
          dataio_0: {
            with_label: [true],
            label_name: [choice.label],
            label_type: ['int'],
            output_format: ['dense'],
          },
        },
        host: {
          args: source(host.table),
          dataio_0: { with_label: [false], output_format: ['dense'] },
          evaluation_0: { need_run: [false] },
        },
      },
      algorithm_parameters: {
        hetero_lr_0: choice.training,
        evaluation_0: { eval_type: 'binary', pos_label: 1 },
      },
    },
  }
}

/** FATE's clients send party ids as numbers. */
function toPartyId(party: string): number | string {
  return /^\d{1,15}$/.test(party) ? Number(party) : party
}
