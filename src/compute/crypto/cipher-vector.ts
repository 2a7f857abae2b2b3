/**
 * Vectors of encrypted real numbers: what components compute with. Work is spread over the cores.
 *
 * Values are fixed-point integers (`fixed-point.ts`) under Paillier or Okamoto–Uchiyama encryption (`cipher-key.ts`). Sums
 * and products with plain numbers are exact in the integers; a value must stay below `messageLimit` in magnitude, which
 * decryption checks: for sure under Okamoto–Uchiyama, most of it under Paillier, so that callers see to it.
 *
 * **Hazard.** A ciphertext that was only added up still carries randomness that the maker of its inputs knows. What
 * goes back to that maker must be rerandomised: `affine` and `transposeMultiply` do it, `addVectors` and `sumVector`
 * do not.
 * @module
 */
import type { Parallel } from '../parallel.ts'
import { cut, fromHex, hex, otherKey, PRINT } from './additive-check.ts'
import { concatBytes, bigintToBytes, isBelow } from './bytes.ts'
import {
  type CipherKey,
  cipherKeyPrint,
  cipherKeyToBytes,
  cipherModulus,
  type CipherSecret,
  cipherSecretToBytes,
  cipherWidth,
} from './cipher-key.ts'
import { checkVector, roomFor } from './cipher-vector-check.ts'
import { checkFraction, encodeScalars } from './fixed-point.ts'
import { sumRows } from './vector-kernel.ts'

export {
  type CipherKey,
  cipherKeyFromBytes,
  cipherKeyToBytes,
  type CipherScheme,
  type CipherSecret,
  drawCipherKey,
} from './cipher-key.ts'
export { transposeMultiply } from './cipher-product.ts'
export {
  generateKey,
  type PublicKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  type SecretKey,
} from './paillier-key.ts'

/** `length` ciphertexts of `cipherWidth` big-endian bytes each; the value of each is integer / 2^fraction. */
export interface CipherVector {
  /** The key that they are of (`cipherKeyPrint`): every operation refuses those of another. */
  readonly fingerprint: string
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
  key: CipherKey,
  values: Float64Array,
  options: VectorOptions & { fraction: number },
): Promise<CipherVector> {
  const { parallel, signal } = options
  checkFraction(options.fraction, 'encryptVector')
  const fraction = roomFor(key, options.fraction, 'encryptVector')
  const bytes = cipherKeyToBytes(key)
  const calls = ranges(values.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    values: values.slice(from, to),
    fraction,
  }))
  const parts = await parallel.map('vector.encrypt', calls, { signal })
  const fingerprint = cipherKeyPrint(key)
  return { fingerprint, length: values.length, fraction, data: concatBytes(parts) }
}

/** The values of all ciphertexts. Throws RangeError when one ran over. */
export async function decryptVector(
  key: CipherSecret,
  vector: CipherVector,
  options: VectorOptions,
): Promise<Float64Array> {
  const { parallel, signal } = options
  const width = checkVector(key.publicKey, vector, 'decryptVector')
  const bytes = cipherSecretToBytes(key)
  const calls = ranges(vector.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    rows: vector.data.slice(from * width, to * width),
    fraction: vector.fraction,
  }))
  const parts = await parallel.map('vector.decrypt', calls, { signal })
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
  key: CipherKey,
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
    key: cipherKeyToBytes(key),
    doublingsA: fraction - a.fraction,
    doublingsB: fraction - b.fraction,
  }
  const calls = ranges(a.length, parallel.cores).map(([from, to]) => ({
    ...shared,
    a: a.data.slice(from * width, to * width),
    b: b.data.slice(from * width, to * width),
  }))
  const parts = await parallel.map('vector.add', calls, { signal })
  return { ...a, fraction, data: concatBytes(parts) }
}

/**
 * `[scale · v + offset]` with fresh randomness on every element, so that nobody but the key's owner can link the
 * result to the input. `scale`, one number or one for each element, is rounded to `scaleFraction` fractional bits and must then be below 2^53 as an integer;
 * the result's fraction is the sum of both, and `offset` is rounded to that.
 */
export async function affine(
  key: CipherKey,
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
  const bytes = cipherKeyToBytes(key)
  const calls = ranges(vector.length, parallel.cores).map(([from, to]) => ({
    key: bytes,
    rows: vector.data.slice(from * width, to * width),
    scale: single ? encoded[0] : encoded.slice(from, to),
    offset: offset === undefined ? null : offset.slice(from, to),
    fraction,
  }))
  const parts = await parallel.map('vector.affine', calls, { signal })
  return { ...vector, fraction, data: concatBytes(parts) }
}

/** The homomorphic sum, a vector of length 1; of no elements it is refused. Not rerandomised. */
export async function sumVector(key: CipherKey, vector: CipherVector): Promise<CipherVector> {
  checkVector(key, vector, 'sumVector')
  if (vector.length === 0) throw new RangeError('sumVector: the vector is empty')
  const data = sumRows({ key: cipherKeyToBytes(key), rows: vector.data })
  return { ...vector, length: 1, data }
}

/**
 * A vector as bytes: version 2, kind 3, the fraction (2 bytes), the length (4 bytes), the key's fingerprint (16 bytes), the
 * ciphertexts.
 */
export function cipherVectorToBytes(vector: CipherVector): Uint8Array {
  if (vector.fraction > 0xffff) {
    throw new RangeError(`cipherVectorToBytes: a fraction of ${vector.fraction} bits is too long`)
  }
  const bytes = new Uint8Array(HEADER + vector.data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([VERSION, VECTOR])
  view.setUint16(2, vector.fraction)
  view.setUint32(4, vector.length)
  bytes.set(fromHex(vector.fingerprint), 8)
  bytes.set(vector.data, HEADER)
  return bytes
}

/**
 * The vector in `bytes`, of `key`; every ciphertext is checked to be above 0 and below the modulus. Throws RangeError naming
 * what is wrong.
 */
export function cipherVectorFromBytes(bytes: Uint8Array, key: CipherKey): CipherVector {
  if (bytes.length < HEADER || bytes[0] !== VERSION || bytes[1] !== VECTOR) {
    throw new RangeError(
      `cipher vector: these bytes do not start as a vector of version ${VERSION} does`,
    )
  }
  const fingerprint = hex(bytes.subarray(8, HEADER))
  const print = cipherKeyPrint(key)
  if (fingerprint !== print) throw otherKey('cipher vector', fingerprint, print)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fraction = roomFor(key, view.getUint16(2), 'cipher vector')
  const length = view.getUint32(4)
  const width = cipherWidth(key)
  if (bytes.length !== HEADER + length * width) {
    throw new RangeError(
      `cipher vector: expected ${HEADER + length * width} bytes for ${length} ciphertexts under a key of ${key.bits} bits, got ${bytes.length}`,
    )
  }
  const data = bytes.slice(HEADER)
  const limit = bigintToBytes(cipherModulus(key), width)
  for (let i = 0; i < length; i++) {
    const row = data.subarray(i * width, (i + 1) * width)
    if (!isBelow(row, limit) || row.every((byte) => byte === 0)) {
      throw new RangeError(
        `cipher vector: ciphertext ${i} is not in 0 < c < ${key.scheme === 'paillier' ? 'n²' : 'n'}`,
      )
    }
  }
  return { fingerprint, length, fraction, data }
}

const VERSION = 2
const VECTOR = 3
const HEADER = 8 + PRINT

/**
 * Cuts `0 … length − 1` into parts of even length (kernels work on pairs), four for each core and none longer than
 * about a second of work, so that an abort is heard.
 */
function ranges(length: number, cores: number): [number, number][] {
  return cut(length, 2 * Math.min(1024, Math.max(1, Math.ceil(length / (8 * cores)))))
}
