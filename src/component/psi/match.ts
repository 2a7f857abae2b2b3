/**
 * Which of a party's own tokens are among those of its peer, for more of them than should be in memory: both sides are
 * dealt into buckets by their first byte, full buckets go to the task's scratch files, and the buckets are compared one
 * after another (a hash join as in Kitsuregawa, Tanaka, Moto-Oka, "Application of hash to data base machine and its
 * architecture", New Generation Computing 1 (1983)).
 *
 * Of a token the first 16 bytes count: tokens are as good as random, so that among 2^24 of each side two different ones
 * are taken for the same with a probability below 2^−80.
 * @module
 */
import type { Scratch } from '../define.ts'

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

/** Bytes of a token. */
const TOKEN = 32
/** Bytes of a token that count, and of a record: these and a place. */
const KEPT = 16
const RECORD = KEPT + 4
const BUCKETS = 256
/** Bytes of a bucket in memory; both sides of all buckets make 16 MiB at most. */
const ROOM = RECORD * 1600

/** Compares tokens with those of `peer`; what does not fit goes to `scratch`. */
export function createMatcher(options: {
  readonly peer: string
  readonly scratch: Scratch
}): Matcher {
  const { peer, scratch } = options
  const own = createSide('own', scratch)
  const theirs = createSide('theirs', scratch)
  return {
    addOwn: own.add,
    addTheirs: theirs.add,
    async finish() {
      const found = new Int32Array(own.count()).fill(-1)
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const listed = tableOf(await theirs.take(bucket), peer)
        const records = await own.take(bucket)
        for (let at = 0; at < records.length; at += RECORD / 4) {
          found[records[at + 4]] = listed(records, at)
        }
      }
      return found
    },
  }
}

/** The records of a bucket that are in memory. */
interface Bucket {
  bytes: Uint8Array<ArrayBuffer>
  used: number
}

/** The tokens of one side, in buckets. */
function createSide(name: string, scratch: Scratch) {
  const open = new Map<number, Bucket>()
  const spilt = new Set<number>()
  let count = 0

  function bucketAt(index: number): Bucket {
    const found = open.get(index) ?? { bytes: new Uint8Array(16 * RECORD), used: 0 }
    open.set(index, found)
    return found
  }

  return {
    count: () => count,
    async add(tokens: Uint8Array): Promise<void> {
      for (let at = 0; at < tokens.length; at += TOKEN) {
        const index = tokens[at]
        const bucket = bucketAt(index)
        if (bucket.used === bucket.bytes.length) {
          if (bucket.used < ROOM) bucket.bytes = grown(bucket.bytes)
          else {
            await scratch.append(`${name}-${index}`, bucket.bytes)
            spilt.add(index)
            bucket.used = 0
          }
        }
        bucket.bytes.set(tokens.subarray(at, at + KEPT), bucket.used)
        new DataView(bucket.bytes.buffer).setUint32(bucket.used + KEPT, count++, NATIVE_LITTLE)
        bucket.used += RECORD
      }
    },
    /** The records of a bucket as 32-bit words; the bucket is empty then. */
    async take(index: number): Promise<Uint32Array> {
      const { bytes, used } = bucketAt(index)
      const inMemory = bytes.subarray(0, used)
      open.delete(index)
      if (!spilt.has(index)) return new Uint32Array(inMemory.slice().buffer)
      const file = `${name}-${index}`
      const onDisk = await scratch.read(file)
      await scratch.drop(file)
      const all = new Uint8Array(onDisk.length + used)
      all.set(onDisk)
      all.set(inMemory, onDisk.length)
      return new Uint32Array(all.buffer)
    },
  }
}

/** Finds the place that is noted for a record's token among `records`, or −1. */
function tableOf(records: Uint32Array, peer: string): (others: Uint32Array, at: number) => number {
  const words = RECORD / 4
  let size = 16
  while (size < (2 * records.length) / words) size *= 2
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
      while (k < 4 && records[found + k] === others[at + k]) k++
      if (k === 4) return slot
      slot = (slot + 1) & (size - 1)
    }
  }

  for (let at = 0; at < records.length; at += words) {
    const slot = slotOf(records, at)
    if (slots[slot] !== 0) throw new RangeError(`${peer} lists an identifier twice`)
    slots[slot] = at + 1
  }
  return (others, at) => {
    const entry = slots[slotOf(others, at)]
    return entry === 0 ? -1 : records[entry - 1 + 4]
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(2 * bytes.length, ROOM))
  larger.set(bytes)
  return larger
}

/** Records are read back as words of this machine. */
const NATIVE_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
