/**
 * An oblivious pseudorandom function on Curve25519: the value of a text under somebody else's key, who does not see the
 * text. F(k, x) = SHA-256(prefix, k·H(x)), 2HashDH of Jarecki, Kiayias, Krawczyk, "Round-optimal password-protected secret
 * sharing and T-PAKE in the password-only model", ASIACRYPT 2014, §3; u-coordinates stand for points.
 *
 * A scalar's inverse has to survive the clamping of RFC 7748: a multiple of 8 from 2^254 to 2^255. Of ±1/r modulo the
 * order of the group one always has such a representative, and u-coordinates do not see the sign.
 * @module
 */
import { bigintToBytes, bytesToBigint } from './bytes.ts'
import {
  hashMultiply,
  type HashMultiplyCall,
  multiplyPoints,
  type MultiplyCall,
} from './curve25519.ts'
import { digestPacked } from './kkrt.ts'
import { modInverse } from './modular.ts'
import type { RandomBytes } from './random.ts'

/** F(scalar, id) for every id: rows of 32 bytes. */
export async function evaluateIds(call: HashMultiplyCall): Promise<Uint8Array> {
  return hashRows(await hashMultiply(call))
}

/** The values of points that the key's owner has multiplied, by the inverse of the scalar that hid them: rows of 32 bytes. */
export async function unblindPoints(call: MultiplyCall): Promise<Uint8Array> {
  return hashRows(await multiplyPoints(call))
}

/** A secret scalar and one that undoes it, of 32 bytes each: X25519 by one after the other gives any point back. */
export function drawBlind(random: RandomBytes): {
  readonly scalar: Uint8Array
  readonly inverse: Uint8Array
} {
  for (;;) {
    const scalar = random(32)
    scalar[0] &= 248
    scalar[31] = (scalar[31] & 127) | 64
    const inverse = modInverse(bytesToBigint(scalar.toReversed()) % ORDER, ORDER)
    for (const residue of [inverse, ORDER - inverse]) {
      // The order is odd: of eight representatives in a row one is a multiple of 8.
      let value = residue
      while (value % 8n !== 0n) value += ORDER
      if (value >> 254n !== 1n) continue
      return { scalar, inverse: bigintToBytes(value, 32).reverse() }
    }
  }
}

/** The order of the group that texts are hashed to, a prime (RFC 7748 §4.1). */
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n
const PREFIX = new TextEncoder().encode('weft-oprf-25519\0')

function hashRows(points: Uint8Array): Uint8Array {
  const ends = Uint32Array.from({ length: points.length / 32 }, (_, i) => 32 * (i + 1))
  return digestPacked({ bytes: points, ends }, PREFIX)
}
