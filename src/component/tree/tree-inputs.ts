/**
 * What a party of a boosted tree starts from: its run mode, tables and models.
 * @module
 */
import { features, label, type Frame } from '../../compute/ml/frame.ts'
import type { MissingRule } from '../../compute/ml/tree/binning.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { sortRows, type SortedRows } from '../linear/row-alignment.ts'
import { PrivateFault } from '../private-fault.ts'

/** A table with its rows sorted by id. */
export interface TreeTable extends SortedRows {
  readonly frame: Frame
  readonly header: readonly string[]
  /** Feature columns in the order of `header`, rows in the order of their ids. */
  readonly columns: readonly Float64Array[]
}

/**
 * The one table in a slot; `header` names the feature columns, by default all of them. Throws where a value is missing
 * that `rule` does not allow to be.
 */
export async function openTree(
  context: TaskContext,
  options: { slot: DataSlot; rule: MissingRule; header?: readonly string[] },
): Promise<TreeTable> {
  const { slot, rule } = options
  const owner = context.channel.self
  const tables = await context.tables(slot)
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in ${slot} at ${owner}, got ${tables.length}`)
  }
  const [{ frame, source }] = tables
  if (frame.kind !== 'data') {
    throw new Error(
      `${source} gives ${context.name} a ${frame.kind} table, expected data: run DataIO first`,
    )
  }
  const { order, ids } = sortRows(frame, owner)
  const found = new Map(features(frame).map(({ name, values }) => [name, values]))
  const header = options.header ?? [...found.keys()]
  const columns = header.map((name) => {
    const values = found.get(name)
    if (!values) {
      const have = [...found.keys()].join(', ') || 'none'
      throw new Error(`The table of ${owner} has no numeric column "${name}"; it has ${have}`)
    }
    return Float64Array.from(order, (row) => {
      const value = values[row]
      if (Number.isFinite(value) || (rule.useMissing && Number.isNaN(value))) return value
      const remedy = 'let DataIO fill missing values, or set use_missing'
      throw new PrivateFault(
        `The table of ${owner} has no number in column "${name}" of row "${frame.ids[row]}": ${remedy}`,
        `The table of ${owner} lacks numbers in a column: ${remedy}`,
      )
    })
  })
  return { frame, order, ids, header, columns }
}

/** The labels of training rows in the order of their ids. */
export function treeLabels({ frame, order }: TreeTable, owner = 'The guest'): Float64Array {
  const labels = label(frame)
  if (!labels) throw new Error(`${owner} has no label column: set with_label in its DataIO`)
  return Float64Array.from(order, (row) => {
    if (Number.isFinite(labels[row])) return labels[row]
    throw new PrivateFault(
      `Label column "${frame.labelName}" has no number in row "${frame.ids[row]}"`,
      'A row has no number in the label column',
    )
  })
}
