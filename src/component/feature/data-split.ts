/**
 * How rows are dealt out to tables for training, validation and test.
 * @module
 */
import { z } from 'zod'

import { type Frame, label, takeRows } from '../../compute/ml/frame.ts'
import { createRng } from '../../compute/ml/rng.ts'
import type { TaskContext } from '../define.ts'

/** The tables of a split, in the order in which a DSL names them. */
export const SPLIT_TABLES = ['train', 'validate', 'test'] as const

const Size = z
  .union([
    z.number().min(0).max(1, 'a size is a share of at most 1, or a whole number of rows'),
    z.int().nonnegative(),
  ])
  .nullable()
  .default(null)

/** Parameters of HeteroDataSplit and HomoDataSplit. */
export const DataSplitParam = z.looseObject({
  /** Null for 0, so that a job splits the same way every time. */
  random_state: z.int().nullable().default(null),
  /** A share of the rows where it has a fraction or is 1, else a number of rows; null for the rest, or none. */
  train_size: Size,
  validate_size: Size,
  test_size: Size,
  /** Whether every label is to be as frequent in each table as in all. */
  stratified: z.boolean().default(false),
  /** False deals rows out in their order. */
  shuffle: z.boolean().default(true),
  /** Cuts a label of many values into strata, for `stratified`: rows below the first, below the second and so on. */
  split_points: z.number().array().nullable().default(null),
  need_run: z.boolean().default(true),
})

/** Parsed parameters of a split. */
export type DataSplitParam = z.output<typeof DataSplitParam>

/**
 * Which table each row goes to, by its place in `SPLIT_TABLES`; rows are dealt out in the order of `order`. Throws when
 * the sizes do not fit the rows.
 */
export function dealRows(
  frame: Frame,
  { order, params }: { order: ArrayLike<number>; params: DataSplitParam },
): Uint8Array {
  const rows = Array.from(order, (_, at) => at)
  const shares = sharesOf(rows.length, params)
  const rng = createRng(params.random_state ?? 0)
  const dealt = new Uint8Array(rows.length)
  for (const stratum of strataOf(frame, { order, params })) {
    const deck = params.shuffle ? rng.shuffle(stratum) : stratum
    const first = Math.round(shares[0] * deck.length)
    const second = Math.round((shares[0] + shares[1]) * deck.length)
    deck.forEach((row, at) => (dealt[row] = at < first ? 0 : at < second ? 1 : 2))
  }
  return dealt
}

/** Writes the tables that have rows, in the order of the input, and says how many those are. */
export async function writeSplit(
  context: TaskContext,
  frame: Frame,
  { order, dealt }: { order: ArrayLike<number>; dealt: Uint8Array },
): Promise<void> {
  const tableOf = new Uint8Array(dealt.length)
  dealt.forEach((table, at) => (tableOf[order[at]] = table))
  const points: [string, number][] = [['original', frame.ids.length]]
  for (const [table, name] of SPLIT_TABLES.entries()) {
    const rows = frame.ids.flatMap((_, row) => (tableOf[row] === table ? [row] : []))
    points.push([name, rows.length])
    if (rows.length > 0) await context.writeTable(takeRows(frame, rows), name)
  }
  context.metric({
    namespace: 'train',
    name: 'data_split',
    points,
    meta: { name: 'data_split', metric_type: 'DATA_SPLIT' },
  })
  const parts = points.map(([name, count]) => `${name} ${count}`).join(', ')
  context.log('info', `Rows: ${parts}`)
  context.progress(1, 1)
}

/** The share of each table; they add up to at most 1, and to 1 where one of them is left open. */
function sharesOf(rows: number, params: DataSplitParam): readonly [number, number, number] {
  const given = [params.train_size, params.validate_size, params.test_size]
  if (given.every((size) => size === null)) return [0.8, 0.2, 0]
  const sizes = given.map((size) => {
    if (size === null) return null
    return size > 1 ? size / rows : size
  })
  const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  const slack = 1e-9
  const open = sizes.indexOf(null)
  const all = given.map((size, at) => `${SPLIT_TABLES[at]}_size ${size ?? 'null'}`).join(', ')
  if (total > 1 + slack || (open < 0 && total < 1 - slack)) {
    throw new Error(
      `The sizes of a split must add up to all ${rows} rows, or leave one open: ${all}`,
    )
  }
  const rest = Math.max(0, 1 - total)
  const [train, validate, test] = sizes.map((size, at) => size ?? (at === open ? rest : 0))
  return [train, validate, test]
}

/** Places in `order` by the stratum of their label, or all together. */
function strataOf(
  frame: Frame,
  { order, params }: { order: ArrayLike<number>; params: DataSplitParam },
): number[][] {
  const all = Array.from(order, (_, at) => at)
  if (!params.stratified) return [all]
  const labels = label(frame)
  if (!labels) throw new Error('A stratified split needs labels: set with_label in DataIO')
  const cuts = params.split_points?.toSorted((a, b) => a - b)
  const stratumOf = (value: number): number => {
    if (!cuts) return value
    const at = cuts.findIndex((cut) => value < cut)
    return at < 0 ? cuts.length : at
  }
  return [...Map.groupBy(all, (at) => stratumOf(labels[order[at]]))]
    .toSorted(([a], [b]) => a - b)
    .map(([, rows]) => rows)
}
