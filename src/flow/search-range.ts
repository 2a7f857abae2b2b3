/**
 * Ranges of parameters that a search looks in, and values drawn from them: at random, as not all of them matter and a
 * grid would try the same values of those that do over and over (Bergstra and Bengio, "Random search for hyper-parameter
 * optimization", JMLR 2012).
 * @module
 */
import { createRng, type Rng } from '../compute/ml/rng.ts'

/** One parameter's range: numbers, evenly or by their logarithms, or words. */
export type Range =
  | {
      readonly type: 'number'
      readonly low: number
      readonly high: number
      readonly log: boolean
      readonly whole: boolean
    }
  | { readonly type: 'word'; readonly words: readonly string[] }

/** A value from the range. Throws a RangeError for a range that has none. */
export function drawValue(range: Range, rng: Rng): number | string {
  if (range.type === 'word') {
    if (range.words.length === 0) throw new RangeError('A range of words has to have one')
    return range.words[rng.integer(range.words.length)]
  }
  const { low, high, log, whole } = range
  if (!(low <= high) || (log && low <= 0)) throw new RangeError(`No range from ${low} to ${high}`)
  if (whole && !log) return Math.ceil(low) + rng.integer(Math.floor(high) - Math.ceil(low) + 1)
  const at = rng.uniform()
  const value = log ? Math.exp(Math.log(low) + at * Math.log(high / low)) : low + at * (high - low)
  // Rounding must not lead out of the range.
  return Math.min(high, Math.max(low, whole ? Math.round(value) : Number(value.toPrecision(4))))
}

/** `count` sets with a value from each range, the same for the same seed. */
export function drawSets(
  ranges: Readonly<Record<string, Range>>,
  { count, seed }: { readonly count: number; readonly seed: number },
): Record<string, number | string>[] {
  const rng = createRng(seed)
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(ranges).map(([field, range]) => [field, drawValue(range, rng)]),
    ),
  )
}
