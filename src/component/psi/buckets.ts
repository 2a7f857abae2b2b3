/**
 * Records of one size dealt into buckets, for more of them than should be in memory: full buckets go to the task's scratch
 * files and come back one at a time.
 * @module
 */
import type { Scratch } from '../define.ts'

/** Records by bucket. */
export interface Buckets {
  /** Adds the record at word `from` of `words` to a bucket that has room. */
  put(bucket: number, words: Uint32Array, from: number): void
  /** Whether the bucket has to be spilt before the next record. */
  full(bucket: number): boolean
  /** Moves a bucket's records to its file. */
  spill(bucket: number): Promise<void>
  /** All records of a bucket in the order in which they came; it is empty then, and its file gone. */
  take(bucket: number): Promise<Uint32Array<ArrayBuffer>>
}

/** Buckets there are. */
export const BUCKETS = 256
/** Bytes of a bucket in memory, about: all of them make 8 MiB. */
const ROOM = 32_000
/** Records with which a bucket begins. */
const FIRST = 16

/** Buckets of records of `size` words; their files begin with `name`. */
export function createBuckets(options: {
  readonly name: string
  readonly scratch: Scratch
  readonly size: number
}): Buckets {
  const { name, scratch, size } = options
  const room = size * Math.floor(ROOM / (4 * size))
  const open = Array.from({ length: BUCKETS }, () => new Uint32Array(0))
  const used = new Uint32Array(BUCKETS)
  const spilt = new Set<number>()
  const fileOf = (bucket: number) => `${name}-${bucket}`

  return {
    put(bucket, words, from) {
      let records = open[bucket]
      const at = used[bucket]
      if (at === records.length) {
        records = new Uint32Array(Math.min(room, Math.max(FIRST * size, 2 * at)))
        records.set(open[bucket])
        open[bucket] = records
      }
      for (let k = 0; k < size; k++) records[at + k] = words[from + k]
      used[bucket] = at + size
    },
    full: (bucket) => used[bucket] === room,
    async spill(bucket) {
      const records = open[bucket].subarray(0, used[bucket])
      await scratch.append(fileOf(bucket), bytesOf(records))
      spilt.add(bucket)
      used[bucket] = 0
    },
    async take(bucket) {
      const inMemory = open[bucket].slice(0, used[bucket])
      open[bucket] = new Uint32Array(0)
      used[bucket] = 0
      if (!spilt.delete(bucket)) return inMemory
      const onDisk = await scratch.read(fileOf(bucket))
      await scratch.drop(fileOf(bucket))
      const all = new Uint32Array(onDisk.length / 4 + inMemory.length)
      bytesOf(all).set(onDisk)
      all.set(inMemory, onDisk.length / 4)
      return all
    },
  }
}

/** Rows of bytes as words, aligned; they are read back as words of this machine. */
export function wordsOf(rows: Uint8Array): Uint32Array {
  const aligned = rows.byteOffset % 4 === 0 ? rows : rows.slice()
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

/** Scratch files under names that begin with `prefix`, so that several users of one scratch do not meet. */
export function scratchOf(scratch: Scratch, prefix: string): Scratch {
  return {
    append: (name, bytes) => scratch.append(`${prefix}-${name}`, bytes),
    read: (name) => scratch.read(`${prefix}-${name}`),
    drop: (name) => scratch.drop(`${prefix}-${name}`),
  }
}
