/**
 * Histograms of encrypted gradients, as pure functions of plain data that may run on another core (registered in
 * `../kernels.ts`); `gradient-vector.ts` spreads them over the cores.
 *
 * A row's two derivatives, integers whose sums over all rows stay within 2^46, are one message `g·2^48 + h`; sums of
 * messages keep both apart, as `0 ≤ h ≤ 2^46`. Several sums go into one ciphertext, 96 bits each: a pair is below 2^95
 * in magnitude, so that each slot can be read as a signed number from the lowest up.
 *
 * Sources: the pair in one message and several sums in one ciphertext are W. Chen et al., "SecureBoost+", arXiv
 * 2110.10927, section 4; ciphertexts as in `paillier.ts`.
 * @module
 */
import { invertRows } from '../kernel/invert.ts'
import { createRing } from '../kernel/load.ts'
import type { FixedBase, Ring } from '../kernel/ring.ts'
import { bigintToBytes, fromRows, toRows } from './bytes.ts'
import { modulo } from './modular.ts'
import { type PublicKey, publicKeyFromBytes, secretKeyFromBytes } from './paillier-key.ts'
import {
  decryptionTable,
  type DecryptionTable,
  decryptPowers,
  encryptWithoutRandomness,
  EXPONENT_BYTES,
  toSigned,
} from './paillier.ts'
import { type RandomBytes, randomBytes } from './random.ts'

/** Bits of the magnitude of both sums of a pair. */
export const PAIR_SUM_BITS = 46
/** Bits of one slot of a ciphertext. */
export const SLOT_BITS = 96

/** How many pairs one ciphertext under a key of `bits` bits holds: below n/3 in magnitude together. */
export function slotsOf(bits: number): number {
  return Math.floor((bits - 3) / SLOT_BITS)
}

/** Encrypts pairs of integers. Throws RangeError for one that no sum could have. */
export function encryptPairs(
  call: { key: Uint8Array; g: Float64Array; h: Float64Array },
  random?: RandomBytes,
): Uint8Array {
  const context = publicContext(call.key)
  const { key, ring } = context
  const messages = Array.from(call.g, (g, at) =>
    encryptWithoutRandomness(key, modulo(packPair(g, call.h[at]), key.n)),
  )
  return randomise(context, toRows(messages, ring.width), random)
}

/**
 * Sums by bin: for each column the sums of the rows in each of its bins, one after another. `bins` holds column after
 * column, one number a row; column j has `widths[j]` bins. Not rerandomised.
 *
 * After the first column the sum of all rows is known, so that the fullest bin of every other column is what the
 * other bins leave of it: a column that is mostly one value costs little.
 */
export function histogramRows(call: {
  key: Uint8Array
  rows: Uint8Array
  bins: Uint16Array
  widths: Uint32Array
}): Uint8Array {
  const { ring } = publicContext(call.key)
  const { rows, widths } = call
  const count = rows.length / ring.width
  const sums = new Uint8Array(widths.reduce((sum, width) => sum + width, 0) * ring.width)
  let whole: Uint8Array | undefined
  let base = 0
  widths.forEach((width, column) => {
    const bins = call.bins.subarray(column * count, (column + 1) * count)
    const lists = listRows(bins, width)
    const sizes = lists.map((list) => list.length)
    const fullest = sizes.indexOf(Math.max(...sizes))
    // Adding up the other bins and dividing costs about as much as the rows of `width` bins.
    const skip = whole !== undefined && sizes[fullest] > width + DIVISION_COST
    const own = sums.subarray(base * ring.width, (base + width) * ring.width)
    lists.forEach((list, bin) => {
      if (!(skip && bin === fullest)) {
        own.set(ring.product(takeRows(rows, list, ring.width)), bin * ring.width)
      } else own.set(bigintToBytes(1n, ring.width), bin * ring.width)
    })
    const all = ring.product(own)
    if (whole === undefined) whole = all
    else if (skip) own.set(ring.multiply(whole, invertRows(ring, all)), fullest * ring.width)
    base += width
  })
  return sums
}

/** `a − b`, row by row. Not rerandomised. */
export function subtractRows(call: { key: Uint8Array; a: Uint8Array; b: Uint8Array }): Uint8Array {
  const { ring } = publicContext(call.key)
  return ring.multiply(call.a, invertRows(ring, call.b))
}

/**
 * The sums left of the cuts that `picks` names, `slots` of them in each ciphertext, with fresh randomness: its maker
 * must not find out which of his ciphertexts were added up. Cuts are numbered by column, then bin, then missing values
 * to the right before to the left, as `ml/tree/candidate.ts` lists them.
 */
export function sealCuts(
  call: {
    key: Uint8Array
    histogram: Uint8Array
    widths: Uint32Array
    missing: Uint8Array
    picks: Uint32Array
    slots: number
  },
  random?: RandomBytes,
): Uint8Array {
  const context = publicContext(call.key)
  const { ring } = context
  const { picks, slots } = call
  const left = leftRows(ring, call)
  const groups = Math.ceil(picks.length / slots)
  let packed: Uint8Array | undefined
  for (let slot = Math.min(slots, picks.length) - 1; slot >= 0; slot--) {
    const next = new Uint8Array(groups * ring.width)
    for (let group = 0; group < groups; group++) {
      const at = group * slots + slot
      const row = at < picks.length ? left[picks[at]] : bigintToBytes(1n, ring.width)
      next.set(row, group * ring.width)
    }
    packed = packed ? ring.multiply(ring.power(packed, 1n << BigInt(SLOT_BITS)), next) : next
  }
  return randomise(context, packed ?? new Uint8Array(0), random)
}

/** The pairs in ciphertexts of `slots` each, `count` in all: g and h of each. Throws RangeError when one ran over. */
export function openPairs(call: {
  key: Uint8Array
  rows: Uint8Array
  slots: number
  count: number
}): Float64Array {
  const { table, n, p2, q2, width } = secretContext(call.key)
  const ciphertexts = fromRows(call.rows, width)
  if (ciphertexts.length !== Math.ceil(call.count / call.slots)) {
    throw new RangeError(
      `openPairs: ${call.count} sums do not take ${ciphertexts.length} ciphertexts of ${call.slots}`,
    )
  }
  const powers = (ring: Ring, exponent: bigint) => {
    const residues = ciphertexts.map((ciphertext) => ciphertext % ring.modulus)
    return fromRows(ring.power(toRows(residues, ring.width), exponent), ring.width)
  }
  const cp = powers(p2, table.p - 1n)
  const cq = powers(q2, table.q - 1n)
  const pairs = new Float64Array(2 * call.count)
  ciphertexts.forEach((_, group) => {
    let rest = toSigned(decryptPowers(table, [cp[group], cq[group]]), n)
    const end = Math.min((group + 1) * call.slots, call.count)
    for (let at = group * call.slots; at < end; at++) {
      const pair = BigInt.asIntN(SLOT_BITS, rest)
      rest = (rest - pair) >> BigInt(SLOT_BITS)
      const h = BigInt.asUintN(H_BITS, pair)
      const g = (pair - h) >> BigInt(H_BITS)
      if (h > LIMIT || g > LIMIT || -g > LIMIT) throw ranOver(at)
      pairs[2 * at] = Number(g)
      pairs[2 * at + 1] = Number(h)
    }
    if (rest !== 0n) throw ranOver(end - 1)
  })
  return pairs
}

const H_BITS = 48
const LIMIT = 1n << BigInt(PAIR_SUM_BITS)
const DIVISION_COST = 60

function ranOver(at: number): RangeError {
  return new RangeError(`openPairs: sum ${at} is beyond 2^${PAIR_SUM_BITS}: it cannot be one`)
}

function packPair(g: number, h: number): bigint {
  const most = 2 ** PAIR_SUM_BITS
  const fits = Number.isInteger(g) && Number.isInteger(h) && Math.abs(g) <= most
  if (fits && h >= 0 && h <= most) return (BigInt(g) << BigInt(H_BITS)) + BigInt(h)
  throw new RangeError(
    `encryptPairs: expected integers within 2^${PAIR_SUM_BITS}, the second not negative, got ${g} and ${h}`,
  )
}

/** The rows in each of `width` bins. */
function listRows(bins: Uint16Array, width: number): Uint32Array[] {
  const start = new Uint32Array(width + 1)
  for (const bin of bins) start[bin + 1]++
  for (let bin = 0; bin < width; bin++) start[bin + 1] += start[bin]
  const next = start.slice()
  const order = new Uint32Array(bins.length)
  bins.forEach((bin, row) => (order[next[bin]++] = row))
  return Array.from({ length: width }, (_, bin) => order.subarray(start[bin], start[bin + 1]))
}

function takeRows(rows: Uint8Array, list: Uint32Array, width: number): Uint8Array {
  const taken = new Uint8Array(list.length * width)
  list.forEach((row, at) => {
    taken.set(rows.subarray(row * width, (row + 1) * width), at * width)
  })
  return taken
}

/** The ciphertext left of every cut; steps go over the bins of all columns at once, as kernels like many rows. */
function leftRows(
  ring: Ring,
  call: { histogram: Uint8Array; widths: Uint32Array; missing: Uint8Array },
): Uint8Array[] {
  const { histogram, widths, missing } = call
  const one = bigintToBytes(1n, ring.width)
  const counts = Array.from(widths, (width, column) => width - missing[column])
  const bases = counts.map((_, column) =>
    widths.subarray(0, column).reduce((sum, width) => sum + width, 0),
  )
  const binAt = (column: number, bin: number) => {
    const at = (bases[column] + bin) * ring.width
    return histogram.subarray(at, at + ring.width)
  }
  const found = counts.map((): Uint8Array[] => [])
  let columns = counts.flatMap((count, column) => (count > 0 ? [column] : []))
  let sums = concat(columns.map((column) => binAt(column, 0)))
  for (let bin = 0; columns.length > 0; bin++) {
    const lost = columns.some((column) => missing[column] === 1)
    const both = lost
      ? ring.multiply(
          sums,
          concat(columns.map((each) => (missing[each] === 1 ? binAt(each, counts[each]) : one))),
        )
      : sums
    columns.forEach((column, at) => {
      const last = bin === counts[column] - 1
      const row = (from: Uint8Array) => from.slice(at * ring.width, (at + 1) * ring.width)
      if (!last || missing[column] === 1) found[column].push(row(sums))
      if (!last && missing[column] === 1) found[column].push(row(both))
    })
    const going = columns.flatMap((column, at) =>
      bin + 1 < counts[column] ? [{ column, at }] : [],
    )
    const kept = going.map(({ at }) => sums.subarray(at * ring.width, (at + 1) * ring.width))
    columns = going.map(({ column }) => column)
    if (columns.length === 0) break
    sums = ring.multiply(concat(kept), concat(columns.map((column) => binAt(column, bin + 1))))
  }
  return found.flat()
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

interface PublicContext {
  readonly key: PublicKey
  readonly ring: Ring
  /** Built by the first operation that needs it. */
  base?: FixedBase
}

interface SecretContext {
  readonly n: bigint
  readonly width: number
  readonly table: DecryptionTable
  readonly p2: Ring
  readonly q2: Ring
}

function randomise(context: PublicContext, rows: Uint8Array, random: RandomBytes = randomBytes) {
  context.base ??= context.ring.fixedBase(context.key.hs, EXPONENT_BYTES)
  return context.base.power(random((rows.length / context.ring.width) * EXPONENT_BYTES), rows)
}

const publicContexts = new Map<string, PublicContext>()
const secretContexts = new Map<string, SecretContext>()

function publicContext(bytes: Uint8Array): PublicContext {
  return remembered(publicContexts, bytes, () => {
    const key = publicKeyFromBytes(bytes)
    return { key, ring: createRing(key.n * key.n) }
  })
}

function secretContext(bytes: Uint8Array): SecretContext {
  return remembered(secretContexts, bytes, () => {
    const key = secretKeyFromBytes(bytes, { trusted: true })
    return {
      n: key.publicKey.n,
      width: key.publicKey.bits / 4,
      table: decryptionTable(key),
      p2: createRing(key.p * key.p),
      q2: createRing(key.q * key.q),
    }
  })
}

/** The value under the whole key's bytes, or a new one; keeps two: a job has one key. */
function remembered<T>(map: Map<string, T>, key: Uint8Array, make: () => T): T {
  const name = key.join()
  const value = map.get(name) ?? make()
  map.delete(name)
  map.set(name, value)
  for (const oldest of map.keys()) {
    if (map.size <= 2) break
    map.delete(oldest)
  }
  return value
}
