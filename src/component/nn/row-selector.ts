/**
 * Selective backpropagation: a step learns from rows in proportion to how badly they are predicted. After A. Jiang et al.,
 * "Accelerating Deep Learning by Focusing on the Biggest Losers", 2019: a row of loss L is taken with the chance F(L)^beta,
 * where F is the share of the losses seen last that are not above L.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'

/** How rows are selected. */
export interface SelectorParam {
  /** The higher, the fewer rows of small loss. */
  readonly beta: number
  /** So many losses are remembered. */
  readonly selective_size: number
  /** No row has a smaller chance. */
  readonly min_prob: number
}

/** What is selected of a batch. */
export interface Selection {
  /** Places in the batch, ascending; the row of the largest of the losses that are remembered is always one. */
  readonly rows: number[]
  /** The losses to remember, latest last. */
  readonly recent: readonly number[]
}

/** Selects rows by their losses. `seed` decides what chance does, so the same step selects the same rows. */
export function selectRows(
  losses: ArrayLike<number>,
  recent: readonly number[],
  { param, seed }: { param: SelectorParam; seed: number },
): Selection {
  const seen = [...recent, ...Array.from(losses)].slice(-param.selective_size)
  const sorted = Float64Array.from(seen).sort()
  const rng = createRng(seed)
  const rows: number[] = []
  for (let row = 0; row < losses.length; row++) {
    const chance = (notAbove(sorted, losses[row]) / sorted.length) ** param.beta
    if (rng.uniform() < Math.max(param.min_prob, chance)) rows.push(row)
  }
  return { rows, recent: seen }
}

/** The rows at these places. */
export function takeRows({ cols, data }: Matrix, rows: readonly number[]): Matrix {
  const taken = new Float64Array(rows.length * cols)
  rows.forEach((row, at) => taken.set(data.subarray(row * cols, (row + 1) * cols), at * cols))
  return { rows: rows.length, cols, data: taken }
}

/** Rows back at their places among `all`, the others zero: a derivative of rows that nothing is learnt from. */
export function spreadRows({ cols, data }: Matrix, rows: readonly number[], all: number): Matrix {
  const spread = new Float64Array(all * cols)
  rows.forEach((row, at) => spread.set(data.subarray(at * cols, (at + 1) * cols), row * cols))
  return { rows: all, cols, data: spread }
}

/** How many of ascending numbers are not above `value`. */
function notAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] <= value) low = middle + 1
    else high = middle
  }
  return low
}
