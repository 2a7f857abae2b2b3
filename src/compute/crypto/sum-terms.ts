/**
 * What the parties of a secure sum (`secure-sum.ts`) agree on beforehand, and what holds them to it.
 * @module
 */
import { checkCode, type RingCode } from './ring-mask.ts'
import { MOST_SHARES } from './shamir.ts'

/** What all agree on beforehand. Contributors are numbered 1 … count. */
export interface SumTerms {
  readonly count: number
  /** How many contributors must stay to the end. */
  readonly threshold: number
  /** Entries of a vector. */
  readonly length: number
  readonly fraction: number
  /** The greatest magnitude of an entry. */
  readonly bound: number
}

/** Messages of several contributors by their numbers. */
export type ByNumber<T> = ReadonlyMap<number, T>

/** Throws RangeError unless the terms make sense. */
export function checkTerms(terms: SumTerms): void {
  const { count, threshold, length } = terms
  if (!Number.isInteger(count) || count < 2 || count > MOST_SHARES) {
    throw new RangeError(`secure sum: expected 2 to ${MOST_SHARES} contributors, got ${count}`)
  }
  if (!Number.isInteger(threshold) || 2 * threshold <= count || threshold > count) {
    throw new RangeError(
      `secure sum: expected a threshold of more than half of ${count} contributors, got ${threshold}`,
    )
  }
  if (!Number.isInteger(length) || length < 1) {
    throw new RangeError(`secure sum: expected vectors of at least one entry, got ${length}`)
  }
  checkCode(codeOf(terms))
}

/** How vectors are written for the sum. */
export function codeOf({ fraction, bound, count }: SumTerms): RingCode {
  return { fraction, bound, terms: count }
}

/** What is thrown with fewer contributors than the threshold. */
export function tooFew(count: number, { threshold }: SumTerms): RangeError {
  return new RangeError(`secure sum: ${count} contributors are left, ${threshold} are needed`)
}

/** Refuses steps out of order or twice: a second answer of step 4 could uncover a vector. */
export function steps(who: string): (next: number) => void {
  let last = 0
  return (next) => {
    if (next !== last + 1) {
      throw new RangeError(`secure sum: ${who} was asked for step ${next} after step ${last}`)
    }
    last = next
  }
}

/** Throws RangeError unless these are the keys of enough contributors, no two the same. */
export function checkKeys(keys: ByNumber<Uint8Array>, terms: SumTerms): void {
  if (keys.size < terms.threshold) throw tooFew(keys.size, terms)
  const seen = new Set<string>()
  for (const [owner, both] of keys) {
    const known = Number.isInteger(owner) && owner >= 1 && owner <= terms.count
    if (!known || both.length !== 64 || seen.has(both.join())) {
      throw new RangeError(
        `secure sum: the keys of contributor ${owner} are malformed or not its own`,
      )
    }
    seen.add(both.join())
  }
}
