/**
 * Points in an order that nobody knows, for more of them than should be in memory: each goes into a bucket drawn at random,
 * and each bucket comes out in a random order. All orders are equally likely (C. R. Rao, "Generation of random permutations
 * of given number of elements using random sampling numbers", Sankhyā A 23 (1961)).
 * @module
 */
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import type { RandomBytes } from '../../compute/crypto/random.ts'
import type { Scratch } from '../define.ts'
import { BUCKETS, createBuckets, wordsOf } from './buckets.ts'

/** Takes rows of 32 bytes and gives them in another order. */
export interface Shuffler {
  add(rows: Uint8Array): Promise<void>
  /** All rows, in runs of at most `size`: the last one alone may be shorter, and one is empty when there are none. */
  runs(size: number): AsyncGenerator<{ readonly rows: Uint8Array; readonly last: boolean }>
}

/** Words of a row. */
const ROW = 8

/** A shuffler that spills into files of `scratch` that begin with `name`. */
export function createShuffler(options: {
  readonly name: string
  readonly scratch: Scratch
  readonly random: RandomBytes
}): Shuffler {
  const { random } = options
  const buckets = createBuckets({ ...options, size: ROW })
  let count = 0
  return {
    async add(rows) {
      const words = wordsOf(rows)
      // A byte is a bucket.
      const draws = words.length === 0 ? new Uint8Array(0) : random(words.length / ROW)
      for (const [i, bucket] of draws.entries()) {
        if (buckets.full(bucket)) await buckets.spill(bucket)
        buckets.put(bucket, words, ROW * i)
      }
      count += draws.length
    },
    async *runs(size) {
      let run = new Uint32Array(ROW * Math.min(size, count))
      let [filled, left] = [0, count]
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const records = await buckets.take(bucket)
        for (const place of randomPermutation(records.length / ROW, random)) {
          run.set(records.subarray(ROW * place, ROW * place + ROW), filled)
          filled += ROW
          if (filled < run.length) continue
          left -= filled / ROW
          yield { rows: new Uint8Array(run.buffer), last: left === 0 }
          run = new Uint32Array(ROW * Math.min(size, left))
          filled = 0
        }
      }
      if (count === 0) yield { rows: new Uint8Array(0), last: true }
    },
  }
}
