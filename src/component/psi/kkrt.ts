import { answerOffer, offerChoices, openAnswer } from '../../compute/crypto/base-ot.ts'
/**
 * Intersection by a batched oblivious pseudorandom function, for large sets: a dozen symmetric operations an id in place
 * of two multiplications on a curve, for more traffic. Both ends of the method.
 *
 *     guest ◄── offer ──── host     choices of the base transfers
 *     guest ─── setup ───► host     their answer, the salt of the digests and the key of the code
 *     guest ── request ──► host     64 bytes for each bin of the guest's cuckoo table, a block of bins a message
 *     guest ◄─── set ───── host     three values for each of the host's ids, in the order of its list
 *
 * Source: Kolesnikov, Kumaresan, Rosulek, Trieu, CCS 2016 (`../../compute/crypto/kkrt.ts`), §5.1 without a stash. An id
 * stands in one of three bins of the guest's; of the host's three values of the same id the one of that bin is equal.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import { binOf, binsFor, HASHES, placeItems } from '../../compute/crypto/cuckoo.ts'
import { BLOCK_BINS, CHOICE_BYTES, COLUMNS, INPUT, maskBytes } from '../../compute/crypto/kkrt.ts'
import { blob, json, parts, rows, type ByteRows } from '../../federation/codec.ts'
import type { Meeting, MethodContext, Protocol } from './protocol.ts'
import { spread } from './spread.ts'

const OFFER = parts<{ width: unknown; points: ByteRows }>({ width: json, points: rows })
const SETUP = parts({ point: blob, salt: blob, key: blob })
const BATCH = parts<{ last: unknown; rows: ByteRows }>({ last: json, rows })
const TAGS = {
  offer: 'kkrt_offer',
  setup: 'kkrt_setup',
  request: 'kkrt_request',
  set: 'kkrt_set',
} as const

/** Bytes of a digest, of a row of a request and of two points. */
const DIGEST = 32
const ROW = 64
const TWO_POINTS = 64
/** The host's ids in a message of the set. */
const BATCH_IDS = 8192
/** Salts that a guest tries; each fails with a probability of about 2^−40. */
const SALTS = 8

/** The method. */
export const kkrt: Protocol<'kkrt'> = {
  name: 'kkrt',
  summary: 'oblivious transfer, the fastest for large sets',
  messages: {
    [TAGS.offer]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'About how many ids the host has. The host’s secret choices are hidden: either of two points ' +
        'could be the one whose factor it knows.',
    },
    [TAGS.setup]: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'A public point, a salt and a key, all drawn for this run; no data.',
    },
    [TAGS.request]: {
      kind: 'masked',
      from: ['guest'],
      to: ['host'],
      reveals:
        'How many ids the guest has, from the number of rows; each row is hidden by a key stream ' +
        'of which the host has half.',
    },
    [TAGS.set]: {
      kind: 'blinded',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many ids the host has, and which of them the guest has too; the values of the others ' +
        'are as good as random to the guest.',
    },
  },
  async ask(context, ids, place) {
    const { channel, peer } = place
    const { width, points } = OFFER.decode(await channel.receive(peer, TAGS.offer))
    if (points.width !== TWO_POINTS || points.data.length !== TWO_POINTS * COLUMNS) {
      throw new RangeError(`${peer} offers other transfers than ${COLUMNS}`)
    }
    if (typeof width !== 'number' || !Number.isInteger(width) || width < 5 || width > 16) {
      throw new RangeError(`${peer} wants values of a width that there is not`)
    }
    const { point, keys } = await answerOffer(points.data, (bytes) => context.random(bytes))
    const key = context.random(32)
    const { salt, digests, table } = await fillTable(context, ids)
    await channel.send(peer, TAGS.setup, SETUP.encode({ point, salt, key }))
    const masks = await request(context, { place, digests, table, keys, key, width })
    place.done(ids.length)
    return compare(place, { masks, table, width, count: ids.length })
  },
  async answer(context, ids, place) {
    const { channel, peer } = place
    const width = maskBytes(place.rows, ids.length)
    const random = (bytes: number) => context.random(bytes)
    const choice = random(CHOICE_BYTES)
    const offer = await offerChoices(choice, { count: COLUMNS, random })
    const points = { width: TWO_POINTS, data: offer.points }
    await channel.send(peer, TAGS.offer, OFFER.encode({ width, points }))
    const { point, salt, key } = SETUP.decode(await channel.receive(peer, TAGS.setup))
    if (point.length !== 32 || salt.length !== 16 || key.length !== 32) {
      throw new RangeError(`${peer} sent a setup of an unknown form`)
    }
    const seeds = await openAnswer(offer, { choice, point })
    const sorted = sortByBlock(await digest(context, ids, salt), binsFor(place.rows))
    const masks = await answer(context, { place, sorted, seeds, choice, key, width })
    place.done(place.rows)
    await sendSet(place, { masks, width })
  },
}

/** The guest's ids in bins, under a salt for which each finds a place. */
async function fillTable(
  context: MethodContext,
  ids: readonly string[],
): Promise<{ salt: Uint8Array; digests: Uint8Array; table: Int32Array }> {
  for (let tries = 0; tries < SALTS; tries++) {
    const salt = context.random(16)
    const digests = await digest(context, ids, salt)
    const table = placeItems(digests, binsFor(ids.length))
    if (table) return { salt, digests, table }
  }
  throw new Error(`${context.name} found no place for ${ids.length} ids: are they all different?`)
}

async function digest(
  { parallel, signal }: MethodContext,
  ids: readonly string[],
  salt: Uint8Array,
): Promise<Uint8Array> {
  const results = await spread(parallel, 'kkrt.digest', {
    count: ids.length,
    signal,
    call: (from, until) => ({ ids: ids.slice(from, until), salt }),
  })
  return concatBytes(results)
}

/** Sends the request and gives the guest's own value of each bin. */
async function request(
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
async function answer(
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
interface Sorted {
  /** `3 · item + hash`. */
  readonly order: Uint32Array
  /** The bin of each within its block. */
  readonly bins: Uint32Array
  /** The input of each: rows of 16 bytes. */
  readonly inputs: Uint8Array
  /** Where each block begins, and the end. */
  readonly starts: Uint32Array
}

function sortByBlock(digests: Uint8Array, bins: number): Sorted {
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

async function sendSet(
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
async function compare(
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
