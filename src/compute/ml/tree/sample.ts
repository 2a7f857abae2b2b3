/**
 * Which rows and features a tree sees.
 * @module
 */
import type { Rng } from '../rng.ts'

/** Rows of one tree by rising number, and what their derivatives are multiplied with. */
export interface RowSample {
  readonly rows: Uint32Array
  /** One a row of `rows`; absent where all are 1. */
  readonly factors?: Float64Array
}

/** Every row. */
export function allRows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row)
}

/** About `rate` of `count` things, at least one, by rising number; each subset of that size is as likely. */
export function sampleOf(count: number, rate: number, rng: Rng): Uint32Array {
  if (!(rate > 0 && rate <= 1)) {
    throw new RangeError(`sampleOf: expected a rate above 0 and at most 1, got ${rate}`)
  }
  if (rate === 1) return allRows(count)
  const wanted = Math.max(1, Math.round(rate * count))
  return Uint32Array.from(rng.shuffle([...allRows(count)]).slice(0, wanted)).sort()
}

/**
 * Gradient-based one-side sampling (G. Ke et al., "LightGBM", NIPS 2017, algorithm 2): the share `top` of the rows with
 * the largest first derivatives, and of the others as many as `other` of all, whose derivatives are raised so that
 * sums stay unbiased.
 */
export function gossSample(
  g: Float64Array,
  { top, other, rng }: { top: number; other: number; rng: Rng },
): RowSample {
  if (!(top > 0 && other > 0 && top + other <= 1)) {
    throw new RangeError(
      `gossSample: expected shares above 0 that add up to at most 1, got ${top} and ${other}`,
    )
  }
  const order = [...allRows(g.length)].sort((a, b) => Math.abs(g[b]) - Math.abs(g[a]) || a - b)
  const large = Math.min(g.length, Math.max(1, Math.round(top * g.length)))
  const rest = order.slice(large)
  const few = Math.min(rest.length, Math.max(1, Math.round(other * g.length)))
  const factor = few === 0 ? 1 : rest.length / few
  const chosen = [
    ...order.slice(0, large).map((row) => ({ row, factor: 1 })),
    ...rng
      .shuffle(rest)
      .slice(0, few)
      .map((row) => ({ row, factor })),
  ].sort((a, b) => a.row - b.row)
  return {
    rows: Uint32Array.from(chosen, ({ row }) => row),
    factors: Float64Array.from(chosen, (each) => each.factor),
  }
}
