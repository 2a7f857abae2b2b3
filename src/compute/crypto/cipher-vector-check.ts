/**
 * What every operation on vectors of encrypted reals checks.
 * @module
 */
import type { CipherVector } from './cipher-vector.ts'
import type { PublicKey } from './paillier-key.ts'

/**
 * Gives `fraction` back where values of up to 2^64 in magnitude still fit into the key with so many fractional bits; throws
 * RangeError otherwise: products add their fractions up, and what runs over n/3 is a wrong number two times out of three.
 */
export function roomFor(key: PublicKey, fraction: number, verb: string): number {
  const most = key.bits - WHOLE_BITS - 3
  if (Number.isInteger(fraction) && fraction >= 0 && fraction <= most) return fraction
  throw new RangeError(
    `${verb}: a fraction of ${fraction} bits is not one of 0 to ${most}, which a key of ${key.bits} bits has room for`,
  )
}

/** Bits before the point that every fraction leaves room for. */
const WHOLE_BITS = 64

/** Checks that the parts of a vector fit together; gives the bytes of one ciphertext. */
export function checkVector(key: PublicKey, vector: CipherVector, verb: string): number {
  const width = key.bits / 4
  if (vector.data.length !== vector.length * width) {
    throw new RangeError(
      `${verb}: expected ${vector.length * width} bytes for ${vector.length} ciphertexts under a key of ${key.bits} bits, got ${vector.data.length}`,
    )
  }
  return width
}

/** Whether a row is below another, both big-endian and of the same width. */
export function isBelow(row: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 0; i < limit.length; i++) if (row[i] !== limit[i]) return row[i] < limit[i]
  return false
}
