/**
 * Which of a party's own tokens are among those of its peer, for more of them than should be in memory: both sides are
 * dealt into buckets by their first byte, and the buckets are compared one after another (a hash join as in Kitsuregawa,
 * Tanaka, Moto-Oka, "Application of hash to data base machine and its architecture", New Generation Computing 1 (1983)).
 *
 * Of a token the first 16 bytes count: tokens are as good as random, so that among 2^24 of each side two different ones
 * are taken for the same with a probability below 2^−80.
 * @module
 */
import type { Scratch } from '../define.ts'
import { BUCKETS, createBuckets, wordsOf } from './buckets.ts'

/** Collects tokens of both sides, in any interleaving, and compares them in the end. */
export interface Matcher {
  /** Own tokens, in their order. */
  addOwn(tokens: Uint8Array): Promise<void>
  /** The peer's tokens, in theirs. */
  addTheirs(tokens: Uint8Array): Promise<void>
  /**
   * For each own token the place of the same one among the peer's, or −1. Rejects with a RangeError when the peer has
   * one twice.
   */
  finish(): Promise<Int32Array>
}

/** Tokens of one side, with their places. */
export interface Tokens {
  /** Adds tokens of 32 bytes. */
  add(tokens: Uint8Array): Promise<void>
  count(): number
  /** Records of a bucket: four words of a token and its place; in the order of places. */
  take(bucket: number): Promise<Uint32Array>
}

/** Words of a token, of it that count, and of a record: these and a place. */
const TOKEN = 8
const KEPT = 4
/** Words of a record. */
export const RECORD = KEPT + 1

/** Compares tokens with those of `peer`; what does not fit goes to `scratch`. */
export function createMatcher(options: {
  readonly peer: string
  readonly scratch: Scratch
}): Matcher {
  const { peer, scratch } = options
  const own = createTokens('own', scratch)
  const theirs = createTokens('theirs', scratch)
  return {
    addOwn: own.add,
    addTheirs: theirs.add,
    async finish() {
      const found = new Int32Array(own.count()).fill(-1)
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const listed = await theirs.take(bucket)
        const table = createTable(listed, () => {
          throw new RangeError(`${peer} lists an identifier twice`)
        })
        const records = await own.take(bucket)
        for (let at = 0; at < records.length; at += RECORD) {
          found[records[at + KEPT]] = table(records, at)
        }
      }
      return found
    },
  }
}

/** The tokens of one side, in files that begin with `name`. */
export function createTokens(name: string, scratch: Scratch): Tokens {
  const buckets = createBuckets({ name, scratch, size: RECORD })
  const record = new Uint32Array(RECORD)
  let count = 0
  return {
    count: () => count,
    async add(tokens) {
      const words = wordsOf(tokens)
      for (let at = 0; at < words.length; at += TOKEN) {
        const bucket = tokens[4 * at]
        if (buckets.full(bucket)) await buckets.spill(bucket)
        for (let k = 0; k < KEPT; k++) record[k] = words[at + k]
        record[KEPT] = count++
        buckets.put(bucket, record, 0)
      }
    },
    take: (bucket) => buckets.take(bucket),
  }
}

/**
 * Finds the place that is noted for a record's token among `records`, or −1. `twice` hears the place of each record whose
 * token an earlier one has.
 */
export function createTable(
  records: Uint32Array,
  twice: (place: number) => void,
): (others: Uint32Array, at: number) => number {
  let size = 16
  while (size < (2 * records.length) / RECORD) size *= 2
  // Places in `records`, plus one; 0 is free.
  const slots = new Uint32Array(size)

  /** The slot of a token: where it stands, or the free one where it would. */
  function slotOf(others: Uint32Array, at: number): number {
    // The first word has the byte that made the bucket.
    let slot = others[at + 1] & (size - 1)
    for (;;) {
      const entry = slots[slot]
      if (entry === 0) return slot
      const found = entry - 1
      let k = 0
      while (k < KEPT && records[found + k] === others[at + k]) k++
      if (k === KEPT) return slot
      slot = (slot + 1) & (size - 1)
    }
  }

  for (let at = 0; at < records.length; at += RECORD) {
    const slot = slotOf(records, at)
    if (slots[slot] !== 0) twice(records[at + KEPT])
    else slots[slot] = at + 1
  }
  return (others, at) => {
    const entry = slots[slotOf(others, at)]
    return entry === 0 ? -1 : records[entry - 1 + KEPT]
  }
}
