/**
 * The set of the method `kkrt`: the host sends the values of its ids, the guest finds its own among them.
 * @module
 */
import { HASHES } from '../../compute/crypto/cuckoo.ts'
import { BATCH, TAGS } from './kkrt-wire.ts'
import type { Meeting } from './protocol.ts'

/** The host's ids in a message of the set. */
const BATCH_IDS = 8192

/** Sends the values, three an id. */
export async function sendSet(
  place: Meeting,
  { masks, width }: { readonly masks: Uint8Array; readonly width: number },
): Promise<void> {
  const row = HASHES * width
  const step = row * BATCH_IDS
  for (let at = 0; at === 0 || at < masks.length; at += step) {
    place.signal.throwIfAborted()
    const data = masks.subarray(at, at + step)
    const last = at + step >= masks.length
    const message = BATCH.encode({ last, rows: { width: row, data } })
    await place.channel.send(place.peer, TAGS.set, message)
    place.done(data.length / row)
  }
}

/** Reads the host's values and finds the guest's among them. */
export async function compare(
  place: Meeting,
  options: {
    readonly masks: Uint8Array
    readonly table: Int32Array
    readonly width: number
    readonly count: number
  },
): Promise<Int32Array> {
  const { masks, table, width, count } = options
  const words = new DataView(masks.buffer, masks.byteOffset, masks.byteLength)
  let size = 16
  while (size < 2 * count) size *= 2
  // Bins by the first bytes of their values, plus one; 0 is free. The bits that bins leave free hold the hash function
  // and a part of the value, so that hardly any but equal values are looked up in the tables.
  const slots = new Uint32Array(size)
  const shift = 32 - Math.clz32(table.length)
  const binBits = 2 ** shift - 1
  const tagOf = (value: DataView, at: number, hash: number) =>
    ((value.getUint8(at + 4) * 4 + hash) << shift) >>> 0
  for (let bin = 0; bin < table.length; bin++) {
    const entry = table[bin]
    if (entry < 0) continue
    const at = bin * width
    let slot = words.getUint32(at, true) & (size - 1)
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1)
    slots[slot] = (tagOf(words, at, entry % HASHES) | (bin + 1)) >>> 0
  }
  const found = new Int32Array(count).fill(-1)
  let listed = 0
  for (let last = false; !last;) {
    const message = await place.channel.receive(place.peer, TAGS.set)
    place.signal.throwIfAborted()
    const batch = BATCH.decode(message)
    last = batch.last === true
    const { data } = batch.rows
    if (batch.rows.width !== HASHES * width) {
      throw new RangeError(`${place.peer} sent values of another width`)
    }
    const theirs = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let at = 0, hash = 0; at < data.length; at += width) {
      let slot = theirs.getUint32(at, true) & (size - 1)
      const tag = tagOf(theirs, at, hash)
      for (; slots[slot] !== 0; slot = (slot + 1) & (size - 1)) {
        if (((slots[slot] ^ tag) & ~binBits) !== 0) continue
        const bin = (slots[slot] & binBits) - 1
        if (table[bin] % HASHES !== hash || !same(masks, bin * width, data, at, width)) continue
        const item = (table[bin] - hash) / HASHES
        if (found[item] >= 0) throw new RangeError(`${place.peer} lists an identifier twice`)
        found[item] = listed
      }
      hash++
      if (hash === HASHES) {
        hash = 0
        listed++
      }
    }
  }
  return found
}

function same(a: Uint8Array, i: number, b: Uint8Array, j: number, width: number): boolean {
  for (let k = 0; k < width; k++) if (a[i + k] !== b[j + k]) return false
  return true
}
