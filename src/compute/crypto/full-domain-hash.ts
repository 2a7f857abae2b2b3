/**
 * A hash onto all of 0 … n − 1, as full-domain-hash signatures need it (Bellare, Rogaway, The exact security of
 * digital signatures, EUROCRYPT 1996). A plain 256-bit hash is not enough: smooth small numbers could be forged.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { bytesToBigint } from './bytes.ts'

/**
 * The hash function of one modulus (big-endian bytes) and one purpose. A message is hashed to a seed, the seed is
 * expanded with a counter (MGF1 of RFC 8017, appendix B.2.1) to 128 bits more than the modulus has, and reduced, so
 * that every residue is equally likely up to 2^-128.
 */
export function hashToModulus(
  modulus: Uint8Array,
  purpose: string,
): (message: Uint8Array) => bigint {
  const n = bytesToBigint(modulus)
  const domain = sha256.create().update(new TextEncoder().encode(`weft psi rsa ${purpose} v1`))
  // 40 bytes stand before the message, so no seed input is as short as the 36 bytes of an expansion input.
  const prefix = sha256.create().update(domain.digest()).update(new Uint8Array(8)).update(modulus)
  const blocks = Math.ceil((modulus.length + 16) / 32)

  return (message) => {
    const input = new Uint8Array(36)
    input.set(prefix.clone().update(message).digest())
    const counter = new DataView(input.buffer, 32)
    const expanded = new Uint8Array(32 * blocks)
    for (let i = 0; i < blocks; i++) {
      counter.setUint32(0, i)
      expanded.set(sha256(input), 32 * i)
    }
    return bytesToBigint(expanded.subarray(0, modulus.length + 16)) % n
  }
}
