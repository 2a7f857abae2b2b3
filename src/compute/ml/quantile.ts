/**
 * Order statistics and moments of single columns.
 * @module
 */

/** Mean, central moments and range of a column. */
export interface Moments {
  readonly count: number
  readonly mean: number
  /** Population variance: the mean squared deviation. */
  readonly variance: number
  readonly min: number
  readonly max: number
  /** Sums of the third and fourth powers of deviations, divided by the count. */
  readonly third: number
  readonly fourth: number
}

/** Moments of `values`, NaN left out, in two passes. All but `count` are NaN where there is no value. */
export function moments(values: Float64Array): Moments {
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (Number.isNaN(value)) continue
    count++
    sum += value
    if (value < min) min = value
    if (value > max) max = value
  }
  if (count === 0) {
    const none = Number.NaN
    return { count, mean: none, variance: none, min: none, max: none, third: none, fourth: none }
  }
  const mean = sum / count
  let [second, third, fourth] = [0, 0, 0]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    const off = value - mean
    second += off ** 2
    third += off ** 3
    fourth += off ** 4
  }
  const variance = second / count
  return { count, mean, variance, min, max, third: third / count, fourth: fourth / count }
}

/** `values` without NaN, rising. */
export function sorted(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value)).sort()
}

/**
 * The value of `ordered` (rising) at rank ceil(share · count), counted from 1: the least value that at least that
 * share of the values does not exceed. `share` is in 0 … 1; of no values it is NaN.
 */
export function quantile(ordered: Float64Array, share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`quantile: expected a share of 0 to 1, got ${share}`)
  }
  if (ordered.length === 0) return Number.NaN
  // A share such as 0.3 times ten rows is a little above 3 in floats, and means rank 3.
  const rank = Math.ceil(share * ordered.length - 1e-9)
  return ordered[Math.min(Math.max(rank, 1), ordered.length) - 1]
}
