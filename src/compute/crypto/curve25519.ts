/**
 * Commutative blinding of identifiers on Curve25519: hash a text to a point, multiply it by a secret scalar. Whoever
 * multiplies second does not matter, and without the scalars the points tell nothing (Diffie–Hellman assumption).
 *
 * Scalars are clamped as in RFC 7748, hence multiples of the cofactor: small-order parts of a hostile point vanish.
 * @module
 */
import { hashToCurve25519 } from './hash-to-curve25519.ts'
import { multiplyX25519 } from './x25519.ts'

/** Points of many identifiers, multiplied by one scalar. */
export interface HashMultiplyCall {
  readonly ids: readonly string[]
  /** 32 secret random bytes. */
  readonly scalar: Uint8Array
}

/** Many points times one scalar. */
export interface MultiplyCall {
  /** u-coordinates, 32 little-endian bytes each. */
  readonly points: Uint8Array
  /** 32 secret random bytes. */
  readonly scalar: Uint8Array
}

/** `scalar · H(id)` for every id: rows of 32 bytes. */
export function hashMultiply({ ids, scalar }: HashMultiplyCall): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const points = hashToCurve25519(
    ids.map((id) => encoder.encode(id)),
    DST,
  )
  return multiplyX25519(points, scalar)
}

/** `scalar · point` for every point: rows of 32 bytes. Throws RangeError at a point of small order. */
export function multiplyPoints({ points, scalar }: MultiplyCall): Promise<Uint8Array> {
  return multiplyX25519(points, scalar)
}

/** Keeps the points of this protocol apart from those of any other use of the curve. */
const DST = 'WEFT-PSI-V01-CS01-with-curve25519_XMD:SHA-512_ELL2_RO_'
