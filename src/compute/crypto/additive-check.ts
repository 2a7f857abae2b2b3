/**
 * What every operation on batches of ciphertexts checks, and how its work is cut.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import type { PublicCore } from './additive-core.ts'
import type { AdditiveScheme, CipherBatch, CompressedBatch, IndexLists } from './additive-scheme.ts'
import { bigintToBytes, bytesToBigint, fromDigits } from './bytes.ts'
import { bitLength, gcd } from './modular.ts'

/** Bytes of a fingerprint. */
export const PRINT = 16

/** The name of a public key: the first bytes of its SHA-256 in hexadecimal digits. */
export function fingerprintOf(key: Uint8Array): string {
  return hex(sha256(key).subarray(0, PRINT))
}

/** Whether a message is at most `bound` in magnitude. */
export function within(message: bigint, bound: bigint): boolean {
  return message <= bound && -message <= bound
}

/** The error for ciphertexts of another key. */
export function otherKey(verb: string, found: string, expected: string): RangeError {
  return new RangeError(
    `${verb}: the ciphertexts are of the key ${found.slice(0, 8)}…, not of ${expected.slice(0, 8)}…`,
  )
}

/** Throws RangeError unless `batch` is one of the key of `scheme`, in full. */
export function checkBatch(scheme: AdditiveScheme, batch: CipherBatch, verb: string): void {
  if (batch.fingerprint !== scheme.fingerprint) {
    throw otherKey(verb, batch.fingerprint, scheme.fingerprint)
  }
  if (batch.data.length !== batch.length * scheme.width) {
    throw new RangeError(
      `${verb}: expected ${batch.length * scheme.width} bytes for ${batch.length} ciphertexts, got ${batch.data.length}`,
    )
  }
}

/** The greatest magnitude of `group` messages of at most `bound` side by side, each `shift` bits above the one before. */
export function groupBound(bound: bigint, group: number, shift: number): bigint {
  return Array.from({ length: group }, (_, i) => bound << BigInt(i * shift)).reduce(
    (sum, part) => sum + part,
    0n,
  )
}

/** Throws RangeError unless a batch can be what `compress` makes of so many messages: its slots hold them, and no more. */
export function checkCompressed(compressed: CompressedBatch): void {
  const { batch, length, bound, group, shift } = compressed
  const counts = [length, group, shift].every((count) => Number.isSafeInteger(count) && count >= 0)
  if (!counts || group < 1 || bound < 0n || shift !== bitLength(bound) + 1) {
    throw new RangeError(
      `decompress: ${group} slots of ${shift} bits are not those of messages of ${bitLength(bound < 0n ? -bound : bound)} bits`,
    )
  }
  if (batch.length !== Math.ceil(length / group)) {
    throw new RangeError(`decompress: expected ${Math.ceil(length / group)} ciphertexts`)
  }
  if (group > Math.max(1, length) || batch.bound !== groupBound(bound, group, shift)) {
    throw new RangeError(
      `decompress: the bound of the ciphertexts is not that of ${group} slots of ${shift} bits`,
    )
  }
}

/** Throws RangeError unless the lists cover their entries, of at most `terms`, all of them below `length`. */
export function checkLists(
  { order, start }: IndexLists,
  { length, terms }: { length: number; terms: number },
): void {
  if (!Number.isSafeInteger(terms) || terms < 0) {
    throw new RangeError(`sumByIndex: expected terms of 0 to 2^53 − 1, got ${terms}`)
  }
  for (let i = 0; i + 1 < start.length; i++) {
    const count = start[i + 1] - start[i]
    if (count < 0 || count > terms) {
      throw new RangeError(`sumByIndex: list ${i} has ${count} entries instead of 0 to ${terms}`)
    }
  }
  if (start.length === 0 || start[0] !== 0 || start[start.length - 1] !== order.length) {
    throw new RangeError(`sumByIndex: the lists do not cover the ${order.length} entries`)
  }
  const wrong = order.findIndex((index) => index >= length)
  if (wrong >= 0) {
    throw new RangeError(`sumByIndex: entry ${wrong} is ${order[wrong]} of ${length} ciphertexts`)
  }
}

/** Throws RangeError unless `x` has so many rows of integers within `entryBound`. */
export function checkMatrix(
  x: { rows: number; cols: number; data: Float64Array },
  { rows, entryBound }: { rows: number; entryBound: number },
): void {
  if (x.rows !== rows || x.data.length !== x.rows * x.cols || rows === 0) {
    throw new RangeError(
      `transposeMultiply: expected a matrix of ${rows} rows, at least one, and its data in full, got ${x.rows} x ${x.cols} with ${x.data.length} numbers`,
    )
  }
  if (!Number.isSafeInteger(entryBound) || entryBound < 0) {
    throw new RangeError('transposeMultiply: expected an entryBound of 0 to 2^53 − 1')
  }
  const wrong = x.data.findIndex((s) => !Number.isInteger(s) || Math.abs(s) > entryBound)
  if (wrong >= 0) {
    throw new RangeError(
      `transposeMultiply: entry ${wrong}, ${x.data[wrong]}, is no integer within ${entryBound}`,
    )
  }
}

/** Throws RangeError unless `length` ciphertexts are groups, with an integer scalar each. */
export function checkGroups(
  scalars: Float64Array,
  { length, group, entryBound }: { length: number; group: number; entryBound: number },
): void {
  if (!Number.isInteger(group) || group < 1 || length % group !== 0 || scalars.length !== length) {
    throw new RangeError(
      `weighGroups: ${length} ciphertexts and ${scalars.length} scalars are no groups of ${group}`,
    )
  }
  if (!Number.isSafeInteger(entryBound) || entryBound < 0) {
    throw new RangeError('weighGroups: expected an entryBound of 0 to 2^53 − 1')
  }
  const wrong = scalars.findIndex((s) => !Number.isInteger(s) || Math.abs(s) > entryBound)
  if (wrong >= 0) {
    throw new RangeError(
      `weighGroups: scalar ${wrong}, ${scalars[wrong]}, is no integer within ${entryBound}`,
    )
  }
}

/** Throws unless every row is a number below the modulus without a common factor with n. */
export function checkRows(data: Uint8Array, { ring, n }: PublicCore): void {
  const { width, modulus } = ring
  const limit = bigintToBytes(modulus, width)
  const count = data.length / width
  for (let i = 0; i < count; i++) {
    let k = 0
    while (k < width && data[i * width + k] === limit[k]) k++
    if (k === width || data[i * width + k] > limit[k]) {
      throw new RangeError(`fromBytes: ciphertext ${i} is not below the modulus`)
    }
  }
  // One product and one gcd for all: a common factor of any is one of the product.
  if (gcd(bytesToBigint(ring.product(data)), n) === 1n) return
  for (let i = 0; i < count; i++) {
    if (gcd(bytesToBigint(data.subarray(i * width, (i + 1) * width)), n) !== 1n) {
      throw new RangeError(
        `fromBytes: ciphertext ${i} has a common factor with the modulus: it has no inverse`,
      )
    }
  }
}

/** A block of a row-major matrix. */
export function block(
  x: { cols: number; data: Float64Array },
  at: { top: number; bottom: number; left: number; right: number },
): Float64Array {
  const { top, bottom, left, right } = at
  const part = new Float64Array((bottom - top) * (right - left))
  for (let i = top; i < bottom; i++) {
    part.set(x.data.subarray(i * x.cols + left, i * x.cols + right), (i - top) * (right - left))
  }
  return part
}

/** Cuts lists into parts of about equal work, one for each core, as each needs all ciphertexts. */
export function shares(start: Uint32Array, cores: number): [number, number][] {
  const lists = start.length - 1
  const parts: [number, number][] = []
  let from = 0
  for (let core = 1; core <= cores && from < lists; core++) {
    const goal = (start[lists] * core) / cores
    let to = from + 1
    while (to < lists && (core === cores || start[to] < goal)) to++
    parts.push([from, to])
    from = to
  }
  return parts
}

/** Parts of a multiple of 8 (kernels work on up to 8 at once), four for each core, none longer than about a second. */
export function ranges(length: number, cores: number): [number, number][] {
  return cut(length, 8 * Math.min(256, Math.max(1, Math.ceil(length / (32 * cores)))))
}

/** Rows of a matrix in one call. */
export const MOST_ROWS = 32768

/** Cuts `0 … length − 1` into parts of `size`. */
export function cut(length: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [
    i * size,
    Math.min((i + 1) * size, length),
  ])
}

/** Bytes as lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes of hexadecimal digits that `hex` has made. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2)
  fromDigits(text, bytes)
  return bytes
}

/**
 * The signed number in `bits` bits from bit `at` on of a sum of signed numbers, each below `2^(bits − 1)` in magnitude,
 * times powers of two: what lies below may have borrowed one.
 */
export function slot(sum: bigint, { at, bits }: { at: number; bits: number }): bigint {
  const below = at === 0 ? 0n : BigInt.asIntN(at, sum)
  return BigInt.asIntN(bits, (sum - below) >> BigInt(at))
}
