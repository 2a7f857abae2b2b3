/**
 * The request of the method `kkrt` and what both ends work out from it: the guest a value for each of its bins, the host
 * three for each of its ids.
 * @module
 */
import { binOf, binsFor, HASHES } from '../../compute/crypto/cuckoo.ts'
import { BLOCK_BINS, INPUT } from '../../compute/crypto/kkrt.ts'
import { BATCH, TAGS } from './kkrt-wire.ts'
import type { Meeting, MethodContext } from './protocol.ts'

/** Bytes of a digest and of a row of a request. */
const DIGEST = 32
const ROW = 64

/** Sends the request and gives the guest's own value of each bin. */
export async function request(
  context: MethodContext,
  options: {
    readonly place: Meeting
    readonly digests: Uint8Array
    readonly table: Int32Array
    readonly keys: readonly [Uint8Array, Uint8Array]
    readonly key: Uint8Array
    readonly width: number
  },
): Promise<Uint8Array> {
  const { place, digests, table, keys: seeds, key, width } = options
  const { parallel } = context
  const words = wordsOf(digests)
  const masks = new Uint8Array(table.length * width)
  const blocks = Math.ceil(table.length / BLOCK_BINS)
  const group = 2 * parallel.cores
  for (let first = 0; first < blocks; first += group) {
    place.signal.throwIfAborted()
    const calls = Array.from({ length: Math.min(group, blocks - first) }, (_, i) => {
      const block = first + i
      const entries = table.subarray(block * BLOCK_BINS, (block + 1) * BLOCK_BINS)
      // What stands in an empty bin is random.
      const inputs = context.random(INPUT * entries.length)
      const into = wordsOf(inputs)
      for (let bin = 0; bin < entries.length; bin++) {
        const entry = entries[bin]
        if (entry >= 0) writeInput(into, bin, { words, entry })
      }
      return { seeds, block, key, inputs, width }
    })
    const results = await parallel.map('kkrt.ask', calls, { signal: place.signal })
    for (const [i, { request: data, masks: found }] of results.entries()) {
      masks.set(found, (first + i) * BLOCK_BINS * width)
      const last = first + i === blocks - 1
      const message = BATCH.encode({ last, rows: { width: ROW, data } })
      await place.channel.send(place.peer, TAGS.request, message)
    }
  }
  return masks
}

/** Reads the request and gives three values for each of the host's ids, in their order. */
export async function answer(
  context: MethodContext,
  options: {
    readonly place: Meeting & { readonly rows: number }
    readonly sorted: Sorted
    readonly seeds: Uint8Array
    readonly choice: Uint8Array
    readonly key: Uint8Array
    readonly width: number
  },
): Promise<Uint8Array> {
  const { place, sorted, seeds, choice, key, width } = options
  const { parallel } = context
  const bins = binsFor(place.rows)
  const blocks = Math.ceil(bins / BLOCK_BINS)
  const { order, starts } = sorted
  const masks = new Uint8Array(order.length * width)
  const group = 2 * parallel.cores
  for (let first = 0; first < blocks; first += group) {
    place.signal.throwIfAborted()
    const calls = []
    for (let block = first; block < Math.min(first + group, blocks); block++) {
      const have = Math.min(BLOCK_BINS, bins - block * BLOCK_BINS)
      const data = await receiveBatch(place, {
        tag: TAGS.request,
        width: ROW,
        last: block === blocks - 1,
      })
      if (data.length !== have * ROW) {
        throw new RangeError(`${place.peer} announced ${place.rows} ids and asked for others`)
      }
      const [from, until] = [starts[block], starts[block + 1]]
      // Copies: a part of an array would drag all of it to another thread.
      const inputs = sorted.inputs.slice(INPUT * from, INPUT * until)
      const local = sorted.bins.slice(from, until)
      calls.push({ seeds, choice, block, key, request: data, bins: local, inputs, width })
    }
    const results = await parallel.map('kkrt.answer', calls, { signal: place.signal })
    for (const [i, found] of results.entries()) {
      spreadRows(masks, found, {
        order: order.subarray(starts[first + i], starts[first + i + 1]),
        width,
      })
    }
  }
  return masks
}

/** The input of an item under one of its hash functions: they must differ, as its bins may be the same. */
function writeInput(
  inputs: Uint32Array,
  at: number,
  { words, entry }: { readonly words: Uint32Array; readonly entry: number },
): void {
  const hash = entry % HASHES
  const from = (((entry - hash) / HASHES) * DIGEST) / 4
  const to = 4 * at
  inputs[to] = words[from] ^ hash
  inputs[to + 1] = words[from + 1]
  inputs[to + 2] = words[from + 2]
  inputs[to + 3] = words[from + 3]
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Writes row i of `found` to place `order[i]` of `masks`; rows have 5 to 16 bytes. */
function spreadRows(
  masks: Uint8Array,
  found: Uint8Array,
  { order, width }: { readonly order: Uint32Array; readonly width: number },
): void {
  const from = new DataView(found.buffer, found.byteOffset, found.byteLength)
  const into = new DataView(masks.buffer, masks.byteOffset, masks.byteLength)
  // By words, the last of which may overlap the one before: four times as fast as by bytes.
  const rest = width - 4
  for (let i = 0; i < order.length; i++) {
    const [at, to] = [i * width, order[i] * width]
    for (let k = 0; k < rest; k += 4) into.setUint32(to + k, from.getUint32(at + k, true), true)
    into.setUint32(to + rest, from.getUint32(at + rest, true), true)
  }
}

/** The host's items under each of their hash functions, in the order of the blocks of their bins. */
export interface Sorted {
  /** `3 · item + hash`. */
  readonly order: Uint32Array
  /** The bin of each within its block. */
  readonly bins: Uint32Array
  /** The input of each: rows of 16 bytes. */
  readonly inputs: Uint8Array
  /** Where each block begins, and the end. */
  readonly starts: Uint32Array
}

/** Sorts digests for a table of so many bins. */
export function sortByBlock(digests: Uint8Array, bins: number): Sorted {
  const view = new DataView(digests.buffer, digests.byteOffset, digests.byteLength)
  const words = wordsOf(digests)
  const items = digests.length / DIGEST
  const count = items * HASHES
  const starts = new Uint32Array(Math.ceil(bins / BLOCK_BINS) + 1)
  for (let item = 0; item < items; item++) {
    for (let hash = 0; hash < HASHES; hash++) {
      starts[Math.floor(binOf(view, item, { hash, bins }) / BLOCK_BINS) + 1]++
    }
  }
  for (let block = 1; block < starts.length; block++) starts[block] += starts[block - 1]
  const next = starts.slice()
  const order = new Uint32Array(count)
  const local = new Uint32Array(count)
  const inputs = new Uint8Array(count * INPUT)
  const into = wordsOf(inputs)
  // Digests are read in their order and written to a few hundred places: no access goes anywhere at random.
  for (let item = 0; item < items; item++) {
    for (let hash = 0; hash < HASHES; hash++) {
      const bin = binOf(view, item, { hash, bins })
      const block = Math.floor(bin / BLOCK_BINS)
      const at = next[block]++
      const entry = HASHES * item + hash
      order[at] = entry
      local[at] = bin - block * BLOCK_BINS
      writeInput(into, at, { words, entry })
    }
  }
  return { order, bins: local, inputs, starts }
}

async function receiveBatch(
  { channel, peer }: Meeting,
  { tag, width, last }: { readonly tag: string; readonly width: number; readonly last: boolean },
): Promise<Uint8Array> {
  const batch = BATCH.decode(await channel.receive(peer, tag))
  if (batch.rows.width !== width || batch.last !== last) {
    throw new RangeError(`${peer} sent rows of another form`)
  }
  return batch.rows.data
}
