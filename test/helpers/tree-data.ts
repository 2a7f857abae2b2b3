import type { Frame } from '../../src/compute/ml/frame.ts'
/**
 * Tables whose labels depend on their columns, and FATE's tables as plain columns, for the tests of trees.
 * @module
 */
import { createRng } from '../../src/compute/ml/rng.ts'
import { rawTable } from './shared-data.ts'

/** Columns and labels of the same rows. */
export interface TreeData {
  readonly columns: Float64Array[]
  readonly labels: Float64Array
}

/** Random columns, some of few values, and labels in `classes` classes (numbers for 0) that depend on all of them. */
export function treeData(options: {
  rows: number
  columns: number
  classes: number
  seed?: number
  missing?: number
}): TreeData {
  const { rows, columns: width, classes, seed = 11, missing = 0 } = options
  const rng = createRng(seed)
  const columns = Array.from({ length: width }, (_, col) =>
    Float64Array.from({ length: rows }, () =>
      col % 3 === 2 ? rng.integer(4) : Math.round(rng.normal() * 1e6) / 1e6,
    ),
  )
  const sums = Float64Array.from({ length: rows }, (_, row) =>
    columns.reduce(
      (sum, values, col) => sum + (col % 2 === 0 ? Math.sin(2 * values[row]) : -0.7 * values[row]),
      0.3 * rng.normal(),
    ),
  )
  const sorted = sums.toSorted()
  const labels =
    classes === 0
      ? sums.map((sum) => Math.exp(sum / 3))
      : sums.map((sum) => Math.floor((sorted.indexOf(sum) * classes) / rows))
  for (const values of columns) {
    for (let row = 0; row < rows; row++) if (rng.uniform() < missing) values[row] = Number.NaN
  }
  return { columns, labels }
}

/** One party's columns as a table; `from` and `to` choose them. */
export function treeFrame(
  data: TreeData,
  options: { from: number; to: number; label?: boolean; rows?: readonly number[]; prefix?: string },
): Frame {
  const { from, to, label = false, prefix = 'x' } = options
  const rows = options.rows ?? Array.from(data.labels, (_, row) => row)
  const take = (values: Float64Array) => Float64Array.from(rows, (row) => values[row])
  return {
    kind: 'data',
    idName: 'id',
    ids: rows.map((row) => `r${String(row).padStart(6, '0')}`),
    ...(label ? { labelName: 'y' } : {}),
    columns: [
      ...(label ? [{ name: 'y', type: 'number' as const, values: take(data.labels) }] : []),
      ...data.columns.slice(from, to).map((values, at) => ({
        name: `${prefix}${from + at}`,
        type: 'number' as const,
        values: take(values),
      })),
    ],
  }
}

/** One of FATE's tables as numbers; the first column is the label where there is one. */
export function sharedTable(file: string, { label }: { label: boolean }): Frame {
  const raw = rawTable(file)
  const columns = raw.columns.map((column) => ({
    name: column.name,
    type: 'number' as const,
    values: Float64Array.from(column.values as readonly string[], Number),
  }))
  return { ...raw, kind: 'data', columns, ...(label ? { labelName: columns[0].name } : {}) }
}

/** FATE's tables of both parties as numbers; the guest's first column is the label. */
export function sharedParties(guest: string, host: string): { guest: Frame; host: Frame } {
  return { guest: sharedTable(guest, { label: true }), host: sharedTable(host, { label: false }) }
}

/** All feature columns of two tables, by the ids of the first, and its labels. */
export function joined({ guest, host }: { guest: Frame; host: Frame }): TreeData {
  const at = new Map(host.ids.map((id, row) => [id, row]))
  const numbers = (frame: Frame) => frame.columns.map((column) => column.values as Float64Array)
  const [labels, ...own] = numbers(guest)
  const theirs = numbers(host).map((values) =>
    Float64Array.from(guest.ids, (id) => values[at.get(id) ?? -1]),
  )
  return { columns: [...own, ...theirs], labels }
}
