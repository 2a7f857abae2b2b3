/**
 * The keys and numbers of `test/vectors/paillier.json`, and repeatable randomness.
 * @module
 */
import type { OuSecretKey } from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import type { SecretKey } from '../../../src/compute/crypto/paillier-key.ts'
import type { RandomBytes } from '../../../src/compute/crypto/random.ts'
import ouVectors from '../../vectors/okamoto-uchiyama.json' with { type: 'json' }
import vectors from '../../vectors/paillier.json' with { type: 'json' }

/** One key with what an independent implementation computed under it. */
export interface Case {
  readonly key: SecretKey
  readonly encryptions: readonly { message: bigint; r: Uint8Array; ciphertext: bigint }[]
  readonly sum: { readonly message: bigint; readonly ciphertext: bigint }
  readonly products: {
    readonly of: number
    readonly results: readonly { scalar: bigint; ciphertext: bigint }[]
  }
}

/** All cases: a key of 1024 bits, for speed, and one of 2048. */
export const cases: readonly Case[] = vectors.keys.map((entry) => ({
  key: {
    publicKey: { scheme: 'paillier', bits: entry.bits, n: hex(entry.n), hs: hex(entry.hs) },
    p: hex(entry.p),
    q: hex(entry.q),
  },
  encryptions: entry.encryptions.map(({ message, r, ciphertext }) => ({
    message: hex(message),
    r: Uint8Array.from(r.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    ciphertext: hex(ciphertext),
  })),
  sum: { message: hex(entry.sum.message), ciphertext: hex(entry.sum.ciphertext) },
  products: {
    of: entry.products.of,
    results: entry.products.results.map(({ scalar, ciphertext }) => ({
      scalar: BigInt(scalar),
      ciphertext: hex(ciphertext),
    })),
  },
}))

/** The 1024-bit key, for properties. */
export const smallKey: SecretKey = cases[0].key
/** The 2048-bit key. */
export const fullKey: SecretKey = cases[1].key

/** One Okamoto–Uchiyama key with what an independent implementation computed under it. */
export interface OuCase {
  readonly key: OuSecretKey
  readonly encryptions: readonly { message: bigint; r: Uint8Array; ciphertext: bigint }[]
  readonly sum: { readonly message: bigint; readonly ciphertext: bigint }
  readonly product: { readonly of: number; readonly scalar: bigint; readonly ciphertext: bigint }
}

/** Keys of 1024 bits, for speed, 2048 and 3072. */
export const ouCases: readonly OuCase[] = ouVectors.keys.map((entry) => {
  const [p, q] = [hex(entry.p), hex(entry.q)]
  return {
    key: {
      publicKey: {
        scheme: 'okamoto-uchiyama',
        bits: entry.bits,
        n: p * p * q,
        g: hex(entry.g),
        h: hex(entry.h),
      },
      p,
      q,
      order: p - 1n,
    },
    encryptions: entry.encryptions.map(({ message, r, ciphertext }) => ({
      message: hex(message),
      r: Uint8Array.from(r.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
      ciphertext: hex(ciphertext),
    })),
    sum: { message: hex(entry.sum.message), ciphertext: hex(entry.sum.ciphertext) },
    product: {
      of: entry.product.of,
      scalar: hex(entry.product.scalar),
      ciphertext: hex(entry.product.ciphertext),
    },
  }
})

/** Bytes that repeat with the seed: xorshift, for tests only. */
export function seeded(seed: number): RandomBytes {
  let state = seed | 1
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}

function hex(text: string): bigint {
  return BigInt(`0x${text}`)
}
