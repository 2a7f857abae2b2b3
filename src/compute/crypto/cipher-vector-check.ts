/**
 * What every operation on vectors of encrypted reals checks.
 * @module
 */
import { otherKey } from './additive-check.ts'
import { type CipherKey, cipherKeyPrint, cipherWidth } from './cipher-key.ts'
import { bitLength } from './modular.ts'
import { ouLimit } from './okamoto-uchiyama-key.ts'

/**
 * Gives `fraction` back where values of up to 2^64 in magnitude still fit into the key with so many fractional bits; throws
 * RangeError otherwise: products add their fractions up, and what runs over the key's room is a wrong number.
 */
export function roomFor(key: CipherKey, fraction: number, verb: string): number {
  const room = key.scheme === 'paillier' ? key.bits - 3 : bitLength(ouLimit(key.bits)) - 1
  const most = room - WHOLE_BITS
  if (Number.isInteger(fraction) && fraction >= 0 && fraction <= most) return fraction
  throw new RangeError(
    `${verb}: a fraction of ${fraction} bits is not one of 0 to ${most}, which a key of ${key.bits} bits has room for`,
  )
}

/** Bits before the point that every fraction leaves room for. */
const WHOLE_BITS = 64

/** Throws RangeError unless `vector` is of `key` and has all of its ciphertexts; gives the bytes of one. */
export function checkVector(
  key: CipherKey,
  vector: { readonly fingerprint: string; readonly length: number; readonly data: Uint8Array },
  verb: string,
): number {
  const print = cipherKeyPrint(key)
  if (vector.fingerprint !== print) throw otherKey(verb, vector.fingerprint, print)
  const width = cipherWidth(key)
  if (vector.data.length !== vector.length * width) {
    throw new RangeError(
      `${verb}: expected ${vector.length * width} bytes for ${vector.length} ciphertexts under a key of ${key.bits} bits, got ${vector.data.length}`,
    )
  }
  return width
}
