import type { KernelArguments } from '../kernels.ts'
import { checkRows } from './additive-check.ts'
import { publicCore } from './additive-core.ts'
import type { SchemeOptions } from './additive.ts'
/**
 * Encrypted gradients and their histograms on all cores: what the parties of a federated tree compute with.
 * `gradient-cipher.ts` says how numbers are packed and why nothing runs over.
 * @module
 */
import { concatBytes } from './bytes.ts'
import { slotsOf } from './gradient-cipher.ts'
import { generateOuKey, ouPublicKeyToBytes, ouSecretKeyToBytes } from './okamoto-uchiyama-key.ts'
import { generateKey, publicKeyToBytes, secretKeyToBytes } from './paillier-key.ts'
import type { RandomBytes } from './random.ts'

/** Schemes by name. */
export type SchemeName = 'paillier' | 'okamoto-uchiyama'

/** A public key, as far as gradients need it. */
export interface GradientKey {
  readonly bits: number
  /** The key as it is sent. */
  readonly bytes: Uint8Array
  /** Bytes of one ciphertext. */
  readonly width: number
  /** How many sums one ciphertext holds. */
  readonly slots: number
}

/** A key that opens sums. */
export interface GradientSecret extends GradientKey {
  readonly secret: Uint8Array
}

/**
 * A fresh key; fewer than 2048 bits are for trials only. Okamoto–Uchiyama's has a short exponent of decryption
 * (`okamoto-uchiyama-key.ts`), which is sound here: whoever drew the key encrypts and opens, sums only, and all of it his own.
 */
export function drawGradientKey(
  scheme: SchemeName,
  { bits, random }: { bits: number; random: RandomBytes },
): GradientSecret {
  const options = { bits, allowSmall: bits < 2048, random }
  if (scheme === 'paillier') {
    const key = generateKey(options)
    return { ...readGradientKey(publicKeyToBytes(key.publicKey)), secret: secretKeyToBytes(key) }
  }
  const key = generateOuKey({ ...options, subgroupBits: SUBGROUP_BITS })
  return { ...readGradientKey(ouPublicKeyToBytes(key.publicKey)), secret: ouSecretKeyToBytes(key) }
}

/** The public key in `bytes`, checked as far as it can be. */
export function readGradientKey(bytes: Uint8Array): GradientKey {
  const { ring, range, n } = publicCore(bytes)
  return { bits: n.toString(2).length, bytes, width: ring.width, slots: slotsOf(range) }
}

/** Throws unless `rows` holds `count` ciphertexts under `key`. */
export function checkCiphers(key: GradientKey, rows: Uint8Array, count: number): void {
  if (rows.length !== count * key.width) {
    throw new RangeError(
      `expected ${count} ciphertexts of ${key.width} bytes, got ${rows.length} bytes`,
    )
  }
  checkRows(rows, publicCore(key.bytes))
}

/** Encrypts pairs of integers, one a row; `lanes` a row where it is given, those of a row together. */
export async function encryptGradients(
  { secret }: GradientSecret,
  { g, h, lanes = 1 }: { g: Float64Array; h: Float64Array; lanes?: number },
  { parallel, signal }: SchemeOptions,
): Promise<Uint8Array> {
  const calls = ranges(g.length / lanes, parallel.cores).map(([from, to]) => ({
    secret,
    g: g.slice(from * lanes, to * lanes),
    h: h.slice(from * lanes, to * lanes),
    lanes,
  }))
  return concatBytes(await parallel.map('gradient.encrypt', calls, { signal }))
}

/** The rows of one histogram. */
export interface CipherRows {
  /** Row numbers among the ciphertexts. */
  readonly rows: Uint32Array
  /** The bins of these rows, for each column. */
  readonly bins: readonly Uint16Array[]
}

/** Sums by bin for every entry of `list`, columns of `widths` bins each; rows of ciphertexts, bin after bin. */
export async function cipherHistograms(
  key: GradientKey,
  input: { ciphertexts: Uint8Array; widths: Uint32Array; list: readonly CipherRows[] },
  { parallel, signal }: SchemeOptions,
): Promise<Uint8Array[]> {
  const { ciphertexts, widths, list } = input
  const { bytes, width: size } = key
  const done: Uint8Array[][] = list.map(() => [])
  let calls: KernelArguments<'gradient.histogram'>[] = []
  let owners: number[] = []
  let held = 0
  const flush = async (): Promise<void> => {
    const parts = await parallel.map('gradient.histogram', calls, { signal })
    parts.forEach((part, at) => done[owners[at]].push(part))
    calls = []
    owners = []
    held = 0
  }
  for (const [index, { rows, bins }] of list.entries()) {
    const own = new Uint8Array(rows.length * size)
    rows.forEach((row, at) =>
      own.set(ciphertexts.subarray(row * size, (row + 1) * size), at * size),
    )
    const small = rows.length * bins.length < LEAST_SHARE
    for (const [from, to] of cut(bins.length, small ? 1 : parallel.cores)) {
      const packed = new Uint16Array((to - from) * rows.length)
      bins.slice(from, to).forEach((column, at) => packed.set(column, at * rows.length))
      calls.push({ key: bytes, rows: own, bins: packed, widths: widths.slice(from, to) })
      owners.push(index)
      held += own.length
    }
    if (held > MOST_HELD) await flush()
  }
  await flush()
  return done.map(concatBytes)
}

/** `a − b`, ciphertext by ciphertext. */
export async function subtractCiphers(
  key: GradientKey,
  { a, b }: { a: Uint8Array; b: Uint8Array },
  { parallel, signal }: SchemeOptions,
): Promise<Uint8Array> {
  const { bytes, width: size } = key
  const calls = cut(a.length / size, parallel.cores).map(([from, to]) => ({
    key: bytes,
    a: a.slice(from * size, to * size),
    b: b.slice(from * size, to * size),
  }))
  return concatBytes(await parallel.map('gradient.subtract', calls, { signal }))
}

/** A node's histogram, and which of its cuts are sent in what order. */
export interface SealedNode {
  readonly histogram: Uint8Array
  readonly picks: Uint32Array
}

/**
 * Left sums of the picked cuts of every node, freshly randomised; with `compress` as many in one as it holds. A sum is of
 * `lanes` pairs, 1 unless given.
 */
export async function sealHistograms(
  key: GradientKey,
  input: {
    widths: Uint32Array
    missing: Uint8Array
    nodes: readonly SealedNode[]
    compress: boolean
    lanes?: number
  },
  { parallel, signal }: SchemeOptions,
): Promise<Uint8Array[]> {
  const { widths, missing, nodes, compress, lanes = 1 } = input
  const slots = compress ? sumsIn(key, lanes) : 1
  const shared = { key: key.bytes, widths, missing, slots, lanes }
  const done: Uint8Array[][] = nodes.map(() => [])
  const calls: KernelArguments<'gradient.seal'>[] = []
  const owners: number[] = []
  for (const [index, { histogram, picks }] of nodes.entries()) {
    const groups = Math.ceil(picks.length / slots)
    // Each part adds the bins up again, which is cheap beside packing; few nodes must not leave cores idle.
    const shares = nodes.length >= 2 * parallel.cores ? 1 : parallel.cores
    for (const [from, to] of cut(groups, shares)) {
      calls.push({ ...shared, histogram, picks: picks.slice(from * slots, to * slots) })
      owners.push(index)
    }
  }
  const parts = await parallel.map('gradient.seal', calls, { signal })
  parts.forEach((part, at) => done[owners[at]].push(part))
  return done.map(concatBytes)
}

/** How many sums of `lanes` pairs one ciphertext holds. */
export function sumsIn({ slots }: GradientKey, lanes: number): number {
  return Math.floor(slots / lanes)
}

/** The pairs of sums in sealed nodes: `2 · lanes · counts[i]` numbers for node i, g and h of each pair of each cut. */
export async function openHistograms(
  key: GradientSecret,
  input: { rows: Uint8Array; counts: Uint32Array; compress: boolean; lanes?: number },
  { parallel, signal }: SchemeOptions,
): Promise<Float64Array[]> {
  const { rows, counts, compress, lanes = 1 } = input
  const { secret, width: size } = key
  const slots = compress ? sumsIn(key, lanes) : 1
  const calls: KernelArguments<'gradient.open'>[] = []
  const owners: number[] = []
  let at = 0
  for (const [index, count] of counts.entries()) {
    const groups = Math.ceil(count / slots)
    for (let from = 0; from < groups; from += OPEN_SHARE) {
      const to = Math.min(groups, from + OPEN_SHARE)
      calls.push({
        secret,
        rows: rows.slice((at + from) * size, (at + to) * size),
        slots: slots * lanes,
        count: (Math.min(count, to * slots) - from * slots) * lanes,
      })
      owners.push(index)
    }
    at += groups
  }
  checkCiphers(key, rows, at)
  const parts = await parallel.map('gradient.open', calls, { signal })
  const sums = Array.from(counts, (count) => new Float64Array(2 * lanes * count))
  const filled = new Uint32Array(counts.length)
  parts.forEach((part, call) => {
    const index = owners[call]
    sums[index].set(part, filled[index])
    filled[index] += part.length
  })
  return sums
}

/** Twice the security of keys up to 3072 bits. */
const SUBGROUP_BITS = 256
/** Rows times columns below which one call does a histogram. */
const LEAST_SHARE = 2000
/** Bytes of ciphertexts that wait for the cores at once. */
const MOST_HELD = 2 ** 26
/** Ciphertexts in one call of decryption: a fraction of a second. */
const OPEN_SHARE = 64

/** Parts of a multiple of 8 (kernels work on several at once), four for each core, none longer than about a second. */
function ranges(length: number, cores: number): [number, number][] {
  const size = 8 * Math.min(256, Math.max(1, Math.ceil(length / (32 * cores))))
  return cut(length, Math.ceil(length / size))
}

/** `0 … length − 1` in at most `parts` parts. */
function cut(length: number, parts: number): [number, number][] {
  if (length === 0) return []
  const size = Math.ceil(length / Math.max(1, parts))
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [
    i * size,
    Math.min((i + 1) * size, length),
  ])
}
