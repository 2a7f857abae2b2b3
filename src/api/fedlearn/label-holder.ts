/**
 * Who has the label of a training, and which columns of each client are read.
 * @module
 */
import type { Dataset } from '../../domain/dataset.ts'
import { invalid } from '../../domain/error.ts'

/** A client of a training: its data set, and the columns of it that are learnt from. */
export interface TrainingClient {
  readonly url: string
  readonly party: string
  readonly dataset: string
  readonly site: string
  readonly columns: readonly string[]
}

/** A client as a request names it. */
export interface NamedClient extends Omit<TrainingClient, 'columns'> {
  /** Null for all that are offered. */
  readonly wanted: readonly string[] | null
  readonly offer: Dataset
}

/** Names that a label commonly has, for clients who do not say. */
const USUAL_LABELS = ['y', 'label']

/**
 * Puts the holder of the labels first. The label is a column that just one client offers, or several where they have
 * different rows.
 */
export function withLabel(
  named: readonly NamedClient[],
  { label, mixed }: { label: string | null; mixed: boolean },
): { label: string; clients: readonly TrainingClient[] } {
  const holders = (name: string) => named.filter(({ offer }) => offers(offer, name))
  const name = label ?? USUAL_LABELS.find((usual) => holders(usual).length === 1)
  if (name === undefined) {
    throw invalid(
      'The label is missing: name its column in algorithmParams, { "field": "label", "value": … }',
    )
  }
  const [holder, ...others] = holders(name)
  if (!holder)
    throw invalid(`No client offers the label "${name}": ask its owner to list it, or name another`)
  if (others.length > 0 && !mixed) {
    throw invalid(
      `Both ${holder.url} and ${others[0].url} offer a column "${name}": the label has to be of one client`,
    )
  }
  const clients = [holder, ...named.filter((one) => one !== holder)]
  return {
    label: name,
    clients: clients.map((one) =>
      withColumns(one, one === holder || others.includes(one) ? name : null),
    ),
  }
}

/** All clients have the label and the same columns; the first one names their order, and adds up. */
export function withLabels(
  named: readonly NamedClient[],
  label: string | null,
): { label: string; clients: readonly TrainingClient[] } {
  const lacks = (name: string) => named.find(({ offer }) => !offers(offer, name))
  const name = label ?? USUAL_LABELS.find((usual) => !lacks(usual)) ?? USUAL_LABELS[0]
  const without = lacks(name)
  if (without) {
    throw invalid(
      `Client ${without.url} does not offer the label "${name}", which every client has of its own rows: name it in ` +
        'algorithmParams, { "field": "label", "value": … }',
    )
  }
  const [first, ...others] = named.map((one) => withColumns(one, name))
  if (first.columns.length < 2) throw invalid(`Client ${first.url} brings no column to learn from`)
  const has = ({ columns }: TrainingClient) => columns.toSorted().join('\n')
  const other = others.find((client) => has(client) !== has(first))
  if (!other) return { label: name, clients: [first, ...others] }
  throw invalid(
    `Clients ${first.url} and ${other.url} are asked for different columns: name the same ones in features.featureList`,
  )
}

/** The columns of a client that are read: those it is asked for, its label and not its ids. */
function withColumns(
  { wanted, offer, ...client }: NamedClient,
  label: string | null,
): TrainingClient {
  const asked = wanted ?? offer.features.map(({ name }) => name)
  const columns = asked.filter((name) => name !== offer.index && name !== label)
  if (columns.length === 0 && label === null) {
    throw invalid(
      `Client ${client.url} brings no column to learn from: name some in features.featureList`,
    )
  }
  return { ...client, columns: label === null ? columns : [label, ...columns] }
}

/** Whether the column is among those that are offered. */
export function offers({ features }: Dataset, name: string): boolean {
  return features.some((feature) => feature.name === name)
}
