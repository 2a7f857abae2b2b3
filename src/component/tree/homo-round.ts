/**
 * What data parties and arbiter of HomoSecureBoost tell each other of a tree and of a round, besides histograms.
 * @module
 */

/** The end of a round, over all parties. */
export interface HomoRound {
  readonly loss: number
  /** Metrics of the validation tables, null where no party has one; none in a round that is not measured. */
  readonly values: readonly (number | null)[]
  readonly over: boolean
}

/** Whether a message is the end of a round. */
export function isRound(value: unknown): value is HomoRound {
  if (typeof value !== 'object' || value === null) return false
  const { loss, values, over } = value as Partial<HomoRound>
  return Number.isFinite(loss) && Array.isArray(values) && typeof over === 'boolean'
}

/** Powers of two that a magnitude is compared with. */
export const POWERS = 256
const FIRST = -160

/** For each power of two from 2^-160 on whether `most` is above it, as 1 or 0: summable without telling `most`. */
export function powersOf(most: number): number[] {
  return Array.from({ length: POWERS }, (_, at) => (most > 2 ** (FIRST + at) ? 1 : 0))
}

/** The least of the powers of two that is not below any of the magnitudes, from the sum of their `powersOf`; 0 for none. */
export function boundOf(sums: Float64Array): number {
  const last = sums.findLastIndex((sum) => sum > 0)
  if (last < POWERS - 1) return last < 0 ? 0 : 2 ** (FIRST + last + 1)
  throw new Error('A derivative of the loss is too large: lower learning_rate or scale the labels')
}
