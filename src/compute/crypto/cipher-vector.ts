/**
 * Vectors of encrypted real numbers: what components compute with. Work is spread over the cores.
 *
 * Values are fixed-point integers (`fixed-point.ts`) under Paillier encryption (`paillier.ts`). Sums and products with
 * plain numbers are exact in the integers; a value must stay below n/3 in magnitude, which decryption checks.
 *
 * **Hazard.** A ciphertext that was only added up still carries randomness that the maker of its inputs knows. What
 * goes back to that maker must be rerandomised: `affine` and `transposeMultiply` do it, `addVectors` and `sumVector`
 * do not.
 * @module
 */
import { planBuckets, planCost } from '../kernel/buckets.ts'
import type { KernelArguments } from '../kernels.ts'
import type { Parallel } from '../parallel.ts'
import { cut } from './additive-check.ts'
import { concatBytes, bigintToBytes } from './bytes.ts'
import { checkVector, isBelow, roomFor } from './cipher-vector-check.ts'
import { checkFraction, encodeScalars } from './fixed-point.ts'
import { addRows, sumRows } from './paillier-kernel.ts'
import {
  type PublicKey,
  publicKeyToBytes,
  type SecretKey,
  secretKeyToBytes,
} from './paillier-key.ts'

export {
  generateKey,
  type PublicKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  type SecretKey,
} from './paillier-key.ts'

/** `length` ciphertexts of `2 · bits / 8` big-endian bytes each; the value of each is integer / 2^fraction. */
export interface CipherVector {
  readonly length: number
  readonly fraction: number
  readonly data: Uint8Array
}

/** Where bulk work runs, and what stops it. */
export interface VectorOptions {
  parallel: Parallel
  signal?: AbortSignal
}

/** Encrypts every value with `fraction` fractional bits. Throws RangeError for one that is not finite or too large. */
export async function encryptVector(
  key: PublicKey,
  values: Float64Array,
  options: VectorOptions & { fraction: number },
): Promise<CipherVector> {
  const { parallel, signal } = options
  checkFraction(options.fraction, 'encryptVector')
  const fraction = roomFor(key, options.fraction, 'encryptVector')
  const bytes = publicKeyToBytes(key)
  const calls = ranges(values.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    values: values.slice(from, to),
    fraction,
  }))
  const parts = await parallel.map('paillier.encrypt', calls, { signal })
  return { length: values.length, fraction, data: concatBytes(parts) }
}

/** The values of all ciphertexts. Throws RangeError when one ran over n/3. */
export async function decryptVector(
  key: SecretKey,
  vector: CipherVector,
  options: VectorOptions,
): Promise<Float64Array> {
  const { parallel, signal } = options
  const width = checkVector(key.publicKey, vector, 'decryptVector')
  const bytes = secretKeyToBytes(key)
  const calls = ranges(vector.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    rows: vector.data.slice(from * width, to * width),
    fraction: vector.fraction,
  }))
  const parts = await parallel.map('paillier.decrypt', calls, { signal })
  const values = new Float64Array(vector.length)
  let at = 0
  for (const part of parts) {
    values.set(part, at)
    at += part.length
  }
  return values
}

/** `[a + b]` element by element; the result has the larger fraction of both. Not rerandomised. */
export async function addVectors(
  key: PublicKey,
  a: CipherVector,
  b: CipherVector,
  options: VectorOptions,
): Promise<CipherVector> {
  const { parallel, signal } = options
  const width = checkVector(key, a, 'addVectors')
  checkVector(key, b, 'addVectors')
  if (a.length !== b.length) {
    throw new RangeError(`addVectors: the lengths differ: ${a.length} and ${b.length}`)
  }
  const fraction = roomFor(key, Math.max(a.fraction, b.fraction), 'addVectors')
  const shared = {
    key: publicKeyToBytes(key),
    doublingsA: fraction - a.fraction,
    doublingsB: fraction - b.fraction,
  }
  const calls = ranges(a.length, parallel.cores).map(([from, to]) => ({
    ...shared,
    a: a.data.slice(from * width, to * width),
    b: b.data.slice(from * width, to * width),
  }))
  const parts = await parallel.map('paillier.add', calls, { signal })
  return { length: a.length, fraction, data: concatBytes(parts) }
}

/**
 * `[scale · v + offset]` with fresh randomness on every element, so that nobody but the key's owner can link the
 * result to the input. `scale`, one number or one for each element, is rounded to `scaleFraction` fractional bits and must then be below 2^53 as an integer;
 * the result's fraction is the sum of both, and `offset` is rounded to that.
 */
export async function affine(
  key: PublicKey,
  vector: CipherVector,
  options: VectorOptions & {
    scale: number | Float64Array
    scaleFraction: number
    offset?: Float64Array
  },
): Promise<CipherVector> {
  const { parallel, signal, offset } = options
  const width = checkVector(key, vector, 'affine')
  checkFraction(options.scaleFraction, 'affine')
  if (offset !== undefined && offset.length !== vector.length) {
    throw new RangeError(
      `affine: expected an offset of length ${vector.length}, got ${offset.length}`,
    )
  }
  if (typeof options.scale !== 'number' && options.scale.length !== vector.length) {
    throw new RangeError(`affine: expected ${vector.length} scales, got ${options.scale.length}`)
  }
  const fraction = roomFor(key, vector.fraction + options.scaleFraction, 'affine')
  const single = typeof options.scale === 'number'
  const scales = typeof options.scale === 'number' ? Float64Array.of(options.scale) : options.scale
  const encoded = encodeScalars(scales, options.scaleFraction)
  const bytes = publicKeyToBytes(key)
  const calls = ranges(vector.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    rows: vector.data.slice(from * width, to * width),
    scale: single ? encoded[0] : encoded.slice(from, to),
    offset: offset === undefined ? null : offset.slice(from, to),
    fraction,
  }))
  const parts = await parallel.map('paillier.affine', calls, { signal })
  return { length: vector.length, fraction, data: concatBytes(parts) }
}

/**
 * `Xᵀ·[v]`: one ciphertext for each column of `x` (row-major, as many rows as `vector` is long), with fresh
 * randomness. Entries of `x` are rounded to `fraction` fractional bits, so element j is off by at most
 * `2^−(fraction + 1) · Σ|v_i|`; the result's fraction is the sum of both. Costs about `bits / 8` modular multiplications
 * an entry, for entries of so many bits.
 */
export async function transposeMultiply(
  key: PublicKey,
  x: { rows: number; cols: number; data: Float64Array },
  vector: CipherVector,
  options: VectorOptions & { fraction: number },
): Promise<CipherVector> {
  const { parallel, signal } = options
  const width = checkVector(key, vector, 'transposeMultiply')
  checkFraction(options.fraction, 'transposeMultiply')
  if (x.rows !== vector.length || x.data.length !== x.rows * x.cols) {
    throw new RangeError(
      `transposeMultiply: expected a matrix of ${vector.length} rows and its data in full, got ${x.rows} x ${x.cols} with ${x.data.length} numbers`,
    )
  }
  if (x.rows === 0) throw new RangeError('transposeMultiply: the vector is empty')
  const fraction = roomFor(key, vector.fraction + options.fraction, 'transposeMultiply')
  const scalars = encodeScalars(x.data, options.fraction)
  const bytes = publicKeyToBytes(key)
  const grid = planGrid(x.rows, x.cols, parallel.cores)
  const calls: KernelArguments<'paillier.transposeMultiply'>[] = []
  for (const [top, bottom] of grid.rows) {
    const rows = vector.data.slice(top * width, bottom * width)
    for (const [left, right] of grid.columns) {
      const block = new Float64Array((bottom - top) * (right - left))
      for (let i = top; i < bottom; i++) {
        const row = scalars.subarray(i * x.cols + left, i * x.cols + right)
        block.set(row, (i - top) * (right - left))
      }
      calls.push({ key: bytes, rows, scalars: block, columns: right - left })
    }
  }
  const parts = await parallel.map('paillier.transposeMultiply', calls, { signal })
  const bands = grid.rows.map((_, i) =>
    concatBytes(parts.slice(i * grid.columns.length, (i + 1) * grid.columns.length)),
  )
  const data = bands.reduce((a, b) => addRows({ key: bytes, a, b, doublingsA: 0, doublingsB: 0 }))
  return { length: x.cols, fraction, data }
}

/** The homomorphic sum, a vector of length 1; of no elements it is refused. Not rerandomised. */
export async function sumVector(key: PublicKey, vector: CipherVector): Promise<CipherVector> {
  checkVector(key, vector, 'sumVector')
  if (vector.length === 0) throw new RangeError('sumVector: the vector is empty')
  const data = sumRows({ key: publicKeyToBytes(key), rows: vector.data })
  return { length: 1, fraction: vector.fraction, data }
}

/** A vector as bytes: version 1, kind 3, the fraction (2 bytes), the length (4 bytes), the ciphertexts. */
export function cipherVectorToBytes(vector: CipherVector): Uint8Array {
  if (vector.fraction > 0xffff) {
    throw new RangeError(`cipherVectorToBytes: a fraction of ${vector.fraction} bits is too long`)
  }
  const bytes = new Uint8Array(8 + vector.data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([1, VECTOR])
  view.setUint16(2, vector.fraction)
  view.setUint32(4, vector.length)
  bytes.set(vector.data, 8)
  return bytes
}

/** The vector in `bytes`; every ciphertext is checked to be in `0 < c < n²`. Throws RangeError naming what is wrong. */
export function cipherVectorFromBytes(bytes: Uint8Array, key: PublicKey): CipherVector {
  if (bytes.length < 8 || bytes[0] !== 1 || bytes[1] !== VECTOR) {
    throw new RangeError('cipher vector: these bytes do not start as a vector of version 1 does')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fraction = roomFor(key, view.getUint16(2), 'cipher vector')
  const length = view.getUint32(4)
  const width = key.bits / 4
  if (bytes.length !== 8 + length * width) {
    throw new RangeError(
      `cipher vector: expected ${8 + length * width} bytes for ${length} ciphertexts under a key of ${key.bits} bits, got ${bytes.length}`,
    )
  }
  const data = bytes.slice(8)
  const limit = bigintToBytes(key.n * key.n, width)
  for (let i = 0; i < length; i++) {
    const row = data.subarray(i * width, (i + 1) * width)
    if (!isBelow(row, limit) || row.every((byte) => byte === 0)) {
      throw new RangeError(`cipher vector: ciphertext ${i} is not in 0 < c < n²`)
    }
  }
  return { length, fraction, data }
}

const VECTOR = 3
/** Rows of a matrix in one call: longer bands cost a few per cent less, but take seconds and memory. */
const MOST_ROWS = 32768

/**
 * Cuts `0 … length − 1` into parts of even length (kernels work on pairs), four for each core and none longer than
 * about a second of work, so that an abort is heard.
 */
function ranges(length: number, cores: number): [number, number][] {
  return cut(length, 2 * Math.min(1024, Math.max(1, Math.ceil(length / (8 * cores)))))
}

/**
 * Cuts a matrix so that each core gets one block. Splitting rows repeats the cost of adding up buckets; splitting
 * columns makes uneven parts and sends each core all ciphertexts: the cheapest mix is taken.
 */
function planGrid(rows: number, cols: number, cores: number) {
  let best = { cost: Number.POSITIVE_INFINITY, rows: cut(rows, rows), columns: cut(cols, cols) }
  for (let across = 1; across <= Math.min(cols, cores); across++) {
    const width = Math.ceil(cols / across)
    const share = Math.ceil(rows / Math.max(1, Math.floor(cores / across)))
    const height = Math.min(share, MOST_ROWS)
    // 2 multiplications a row bring a ciphertext into the kernel's form.
    const block = width * planCost(planBuckets(height, 24), height) + 2 * height
    const cost = block * Math.ceil((Math.ceil(rows / height) * Math.ceil(cols / width)) / cores)
    if (cost < best.cost) best = { cost, rows: cut(rows, height), columns: cut(cols, width) }
  }
  return best
}
