/**
 * Thresholds of columns whose rows several parties have, found by counting alone: who leads the search learns how many
 * of all rows lie at or below some numbers, and nothing else of the values.
 *
 * Thresholds are numbers of single precision: the least one that is not below the quantile, so that rows are parted as
 * by the quantile itself unless two values lie within one step of single precision. A number of that kind is a key of 32
 * bits in the same order; a value of a rank is found digit by digit, four bits at a time, in eight rounds for all columns
 * at once. The thresholds are those of `quantileThresholds` over all rows together, rounded so.
 * @module
 */
import { MOST_BINS } from './binning.ts'

/** Rounds of one search. */
export const SEARCH_ROUNDS = 8
/** Counts that a target needs in a round. */
export const COUNTS_PER_TARGET = 15

const DIGIT_BITS = 4
/** The key of 0. */
const ZERO = 2 ** 31
const WORD = new DataView(new ArrayBuffer(4))

/** The key of the least number of single precision that is not below `value`. Throws RangeError beyond its range. */
export function searchKey(value: number): number {
  // Adding 0 turns -0 into 0.
  const near = Math.fround(value) + 0
  WORD.setFloat32(0, near)
  const bits = WORD.getUint32(0)
  const key = near < 0 ? ~bits >>> 0 : bits + ZERO
  const next = near < value ? key + 1 : key
  // Below the key of 0 lies that of -0, which is the same number.
  const found = next === ZERO - 1 ? ZERO : next
  if (Number.isFinite(keyValue(found))) return found
  throw new RangeError(`searchKey: ${value} is not a number of single precision: scale the column`)
}

/** The number whose key is `key`. */
export function keyValue(key: number): number {
  WORD.setUint32(0, key >= ZERO ? key - ZERO : ~key >>> 0)
  return WORD.getFloat32(0)
}

/** One value that is searched: its column, and the digits of its key that are known. */
export interface SearchTarget {
  readonly column: number
  prefix: number
}

/** For each target how many of a party's rows lie at or below each of the 15 numbers that part the rest of its range. */
export function countTargets(
  keys: readonly Uint32Array[],
  targets: readonly SearchTarget[],
  round: number,
): Float64Array {
  const counts = new Float64Array(targets.length * COUNTS_PER_TARGET)
  targets.forEach(({ column, prefix }, at) => {
    for (let digit = 0; digit < COUNTS_PER_TARGET; digit++) {
      const last = withDigit(prefix, digit + 1, round) - 1
      counts[at * COUNTS_PER_TARGET + digit] = countUpTo(keys[column], last)
    }
  })
  return counts
}

/** A key's prefix with one digit more. */
export function withDigit(prefix: number, digit: number, round: number): number {
  return prefix + digit * 2 ** (32 - DIGIT_BITS * (round + 1))
}

/** Who leads a search: gets sums of counts and says what to count next. */
export interface QuantileSearch {
  /** The columns of the targets of the next search; none when all thresholds are known. */
  open(): Uint32Array
  /** From the sums of one round: the next digit of every target. */
  step(sums: Float64Array): Uint8Array
  /** The value of one of the ranks that were searched, counted from 1. */
  atRank(column: number, rank: number): number
  /** The thresholds of every column. */
  thresholds(): Float64Array[]
}

/**
 * A search for at most `most − 1` thresholds in columns with `sizes` values. The first search is for the quantiles, the
 * least and the greatest value; where that leaves open whether there are more than `most` different values, further
 * ones are for the values that come next.
 */
export function createQuantileSearch(sizes: Float64Array, most: number): QuantileSearch {
  if (!Number.isInteger(most) || most < 2 || most > MOST_BINS) {
    throw new RangeError(`createQuantileSearch: expected 2 to ${MOST_BINS} bins, got ${most}`)
  }
  const columns = Array.from(sizes, (size) => createColumn(size, most))
  let targets: { column: number; rank: number; prefix: number; upTo: number }[] = []
  let round = 0
  return {
    open() {
      round = 0
      targets = columns.flatMap(({ ranks }, column) =>
        ranks().map((rank) => ({ column, rank, prefix: 0, upTo: sizes[column] })),
      )
      return Uint32Array.from(targets, ({ column }) => column)
    },
    step(sums) {
      if (sums.length !== targets.length * COUNTS_PER_TARGET || round === SEARCH_ROUNDS) {
        throw new RangeError(`createQuantileSearch: ${sums.length} counts do not fit the targets`)
      }
      const digits = Uint8Array.from(targets, (target, at) => {
        const counts = sums.subarray(at * COUNTS_PER_TARGET, (at + 1) * COUNTS_PER_TARGET)
        const found = counts.findIndex((count) => count >= target.rank)
        const digit = found < 0 ? COUNTS_PER_TARGET : found
        if (found >= 0) target.upTo = counts[found]
        target.prefix = withDigit(target.prefix, digit, round)
        return digit
      })
      if (++round === SEARCH_ROUNDS) {
        for (const { column, rank, prefix, upTo } of targets) {
          columns[column].found(rank, { key: prefix, upTo })
        }
      }
      return digits
    },
    atRank: (column, rank) => columns[column].atRank(rank),
    thresholds: () => columns.map(({ thresholds }) => thresholds()),
  }
}

/** What is known of one column. */
function createColumn(size: number, most: number) {
  /** How many rows lie at or below each key that was found. */
  const known = new Map<number, number>()
  const byRank = new Map<number, number>()
  const cuts = Array.from({ length: most - 1 }, (_, at) => Math.ceil(((at + 1) * size) / most))
  return {
    ranks(): number[] {
      if (size === 0 || known.size > most) return []
      const wanted = known.size === 0 ? [1, ...cuts, size] : [...known.values()].map((to) => to + 1)
      return [...new Set(wanted)].filter((rank) => rank <= size && !byRank.has(rank))
    },
    found(rank: number, { key, upTo }: { key: number; upTo: number }): void {
      byRank.set(rank, key)
      known.set(key, upTo)
    },
    atRank(rank: number): number {
      const key = byRank.get(rank)
      if (key !== undefined) return keyValue(key)
      throw new RangeError(`createQuantileSearch: rank ${rank} was not searched`)
    },
    thresholds(): Float64Array {
      const keys = known.size > most ? cuts.flatMap((rank) => byRank.get(rank) ?? []) : known.keys()
      // The largest value is no threshold: nothing would lie above it.
      const inside = [...new Set(keys)].filter((key) => known.get(key) !== size)
      return Float64Array.from(inside, keyValue).sort()
    },
  }
}

/** How many of the rising `keys` are at most `last`. */
function countUpTo(keys: Uint32Array, last: number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle] <= last) low = middle + 1
    else high = middle
  }
  return low
}
