/**
 * Blind RSA full-domain-hash signatures in bulk, for private set intersection: the signer learns nothing of what it
 * signs, the other side learns the signature of its own identifiers and can make none itself.
 *
 * Chaum, Blind signatures for untraceable payments, CRYPTO 1982; as set intersection: De Cristofaro, Tsudik,
 * Practical private set intersection protocols with linear complexity, FC 2010.
 *
 * Numbers travel as rows of as many big-endian bytes as the modulus has. Not constant time (see `modular.ts`); keys
 * are meant for one run.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { invertRows } from '../kernel/invert.ts'
import { ringOf } from '../kernel/load.ts'
import { bytesToBigint, readRow, toRows } from './bytes.ts'
import { hashToModulus } from './full-domain-hash.ts'
import { gcd } from './modular.ts'
import { randomBelow, type RandomBytes } from './random.ts'
import { powerOfPrivate, PUBLIC_EXPONENT, type RsaPrivateKey } from './rsa-key.ts'

/** Uniform numbers below `modulus`, one row for each identifier to blind. */
export function drawFactors(
  modulus: Uint8Array,
  options: { readonly count: number; readonly random: RandomBytes },
): Uint8Array {
  const n = bytesToBigint(modulus)
  const factors = Array.from({ length: options.count }, () => randomBelow(n, options.random))
  return toRows(factors, modulus.length)
}

/** What the requester needs to blind identifiers. */
export interface BlindCall {
  readonly modulus: Uint8Array
  readonly ids: readonly string[]
  /** Rows of `drawFactors`, each used once. */
  readonly factors: Uint8Array
}

/** Rows in the order of the identifiers. */
export interface Blinded {
  /** H(id) · r^e, for the signer. */
  readonly blinded: Uint8Array
  /** r⁻¹, to be kept. */
  readonly unblinders: Uint8Array
}

/** Blinds the hash of every identifier. Throws RangeError when the modulus has a factor in common with any of it. */
export function blind({ modulus, ids, factors }: BlindCall): Blinded {
  const ring = ringOf(bytesToBigint(modulus))
  const hashes = hashIds(modulus, ids)
  // A hash that shares a factor with the modulus would show through the blinding.
  if (gcd(bytesToBigint(ring.product(hashes)), ring.modulus) !== 1n) {
    throw new RangeError('RSA modulus: it shares a factor with a hash, the peer must not use it')
  }
  return {
    blinded: ring.multiply(hashes, ring.power(factors, PUBLIC_EXPONENT)),
    unblinders: invertRows(ring, factors),
  }
}

/** What the signer needs to sign blinded values. */
export interface SignCall {
  readonly key: RsaPrivateKey
  /** Rows of `blind` at the requester. */
  readonly blinded: Uint8Array
}

/** The signature of every row. Throws RangeError for rows that are not below the modulus. */
export function signBlinded({ key, blinded }: SignCall): Uint8Array {
  checkRows(blinded, key.n)
  return powerOfPrivate(key, blinded)
}

/** What the signer needs to sign its own identifiers. */
export interface TagCall {
  readonly key: RsaPrivateKey
  readonly ids: readonly string[]
}

/** SHA-256 of the signature of every identifier: rows of 32 bytes, comparable with those of `unblind`. */
export function signIds({ key, ids }: TagCall): Uint8Array {
  return hashSignatures(powerOfPrivate(key, hashIds(key.n, ids)), key.n.length)
}

/** What the requester needs to use what the signer sent back. */
export interface UnblindCall extends Blinded {
  readonly modulus: Uint8Array
  /** The signer's answer, rows in the same order. */
  readonly signed: Uint8Array
}

/**
 * SHA-256 of the signature of every identifier: rows of 32 bytes. Throws RangeError when a signature is wrong: each
 * is checked, so that a signer cannot make identifiers drop out unnoticed.
 */
export function unblind({ modulus, blinded, unblinders, signed }: UnblindCall): Uint8Array {
  if (signed.length !== blinded.length) {
    throw new RangeError(`RSA: got ${signed.length} bytes of signatures for ${blinded.length}`)
  }
  checkRows(signed, modulus)
  const ring = ringOf(bytesToBigint(modulus))
  const found = ring.power(signed, PUBLIC_EXPONENT)
  const wrong = found.findIndex((byte, at) => byte !== blinded[at])
  if (wrong >= 0) {
    const row = Math.floor(wrong / modulus.length)
    throw new RangeError(`RSA: signature ${row} is wrong, the peer does not keep to the protocol`)
  }
  return hashSignatures(ring.multiply(signed, unblinders), modulus.length)
}

function hashIds(modulus: Uint8Array, ids: readonly string[]): Uint8Array {
  const hash = hashToModulus(modulus, 'identifier')
  const encoder = new TextEncoder()
  return toRows(
    ids.map((id) => hash(encoder.encode(id))),
    modulus.length,
  )
}

function hashSignatures(signatures: Uint8Array, width: number): Uint8Array {
  const domain = sha256.create().update(new TextEncoder().encode('weft psi rsa signature v1'))
  const hashes = new Uint8Array((signatures.length / width) * 32)
  for (let at = 0, to = 0; at < signatures.length; at += width, to += 32) {
    const signature = signatures.subarray(at, at + width)
    hashes.set(domain.clone().update(signature).digest(), to)
  }
  return hashes
}

function checkRows(rows: Uint8Array, modulus: Uint8Array): void {
  const width = modulus.length
  if (rows.length % width !== 0) {
    throw new RangeError(`RSA: ${rows.length} bytes are not whole numbers of ${width} bytes`)
  }
  const n = bytesToBigint(modulus)
  for (let row = 0; row < rows.length / width; row++) {
    if (readRow(rows, width, row) >= n) throw new RangeError(`RSA: number ${row} is above n`)
  }
}
