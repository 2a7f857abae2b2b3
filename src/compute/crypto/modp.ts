/**
 * Commutative blinding of identifiers in the 2048-bit safe-prime group of RFC 3526 (group 14), in bulk: hash a text into
 * the subgroup of squares, raise it to a secret exponent.
 *
 * S. Pohlig, M. Hellman, "An improved algorithm for computing logarithms over GF(p)", IEEE Trans. Inf. Theory 24 (1978);
 * as set intersection: Huberman, Franklin, Hogg, "Enhancing privacy and trust in electronic communities", EC 1999.
 *
 * Exponents are even, so that every result is a square whatever the peer sent, and have 257 bits of which 256 are random:
 * more than twice the strength of the group, as RFC 3526 §8 asks of short exponents. Not constant time (see `modular.ts`);
 * an exponent is meant for one meeting.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { ringOf } from '../kernel/load.ts'
import { bigintToBytes, bytesToBigint, readRow, toRows } from './bytes.ts'
import { hashToModulus } from './full-domain-hash.ts'

/** Bytes of an element. */
export const MODP_BYTES = 256
/** Random bytes of an exponent. */
export const EXPONENT_BYTES = 32

/** RFC 3526 §3: 2^2048 − 2^1984 − 1 + 2^64 · ([2^1918 π] + 124476). */
export const MODP_PRIME = BigInt(
  '0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22' +
    '514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6' +
    'f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3d' +
    'c2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb' +
    '9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e8603' +
    '9b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510' +
    '15728e5a8aacaa68ffffffffffffffff',
)

/** Identifiers and a secret exponent. */
export interface HashPowerCall {
  readonly ids: readonly string[]
  /** 32 secret random bytes. */
  readonly exponent: Uint8Array
}

/** Elements and a secret exponent. */
export interface PowerCall {
  /** Rows of 256 big-endian bytes. */
  readonly elements: Uint8Array
  readonly exponent: Uint8Array
}

/** `H(id)^e` for every id: rows of 256 bytes. */
export function hashPower({ ids, exponent }: HashPowerCall): Uint8Array {
  const encoder = new TextEncoder()
  const hash = hashToModulus(bigintToBytes(MODP_PRIME, MODP_BYTES), 'modp group 14')
  const elements = toRows(
    ids.map((id) => hash(encoder.encode(id))),
    MODP_BYTES,
  )
  return ringOf(MODP_PRIME).power(elements, exponentOf(exponent))
}

/**
 * `element^e` for every element: rows of 256 bytes. Throws a RangeError at one that is not between 2 and p − 2: the others
 * have large order, or their squares.
 */
export function powerElements({ elements, exponent }: PowerCall): Uint8Array {
  if (elements.length % MODP_BYTES !== 0) {
    throw new RangeError(`modp: expected rows of ${MODP_BYTES} bytes, got ${elements.length}`)
  }
  for (let i = 0; i < elements.length / MODP_BYTES; i++) {
    const element = readRow(elements, MODP_BYTES, i)
    if (element < 2n || element > MODP_PRIME - 2n) {
      throw new RangeError(`modp: element ${i} is trivial, the peer must not send it`)
    }
  }
  return ringOf(MODP_PRIME).power(elements, exponentOf(exponent))
}

/** SHA-256 of every element: rows of 32 bytes. */
export function hashElements(elements: Uint8Array): Uint8Array {
  const count = elements.length / MODP_BYTES
  const hashes = new Uint8Array(32 * count)
  for (let i = 0; i < count; i++) {
    hashes.set(sha256(elements.subarray(MODP_BYTES * i, MODP_BYTES * (i + 1))), 32 * i)
  }
  return hashes
}

function exponentOf(bytes: Uint8Array): bigint {
  if (bytes.length !== EXPONENT_BYTES) {
    throw new RangeError(
      `modp: expected an exponent of ${EXPONENT_BYTES} bytes, got ${bytes.length}`,
    )
  }
  // Twice a number that is not 0.
  return 2n * (bytesToBigint(bytes) || 1n)
}
