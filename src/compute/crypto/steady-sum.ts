/**
 * Many sums of the same parties' vectors at a server that learns nothing else, where all parties stay to the end: the
 * pairwise masks of K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS 2017,
 * section 4, without what it adds for parties that drop out. Nothing is ever revealed that could take a mask off, so one
 * key agreement serves any number of sums, and a sum takes one message of each party.
 *
 * Two contributors share a secret by X25519; for sum number n each expands HKDF(secret, n) to a mask, which one adds and the
 * other takes off. A vector is uniform to the server unless it knows a secret of that party with every other one, so the
 * keys have to reach the contributors by another way than the server.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

import { type RandomBytes, randomBytes } from './random.ts'
import {
  addRing,
  decodeRing,
  encodeRing,
  expandMask,
  type RingCode,
  ringFromBytes,
  ringToBytes,
} from './ring-mask.ts'

/** Bytes of a contributor's public key. */
export const STEADY_KEY_BYTES = 32

/** One contributor. */
export interface SteadyContributor {
  readonly publicKey: Uint8Array
  /** Takes the others' public keys by their numbers. Throws RangeError for a key that is no key of another. */
  meet(keys: ReadonlyMap<number, Uint8Array>): void
  /** The next vector under masks; all contributors mask vectors of one length and code at the same turn. */
  mask(values: Float64Array, code: Omit<RingCode, 'terms'>): Promise<Uint8Array>
}

/** The contributor number `self` of 1 … `count`. */
export function createSteadyContributor(options: {
  self: number
  count: number
  random?: RandomBytes
}): SteadyContributor {
  const { self, count, random = randomBytes } = options
  if (!Number.isInteger(count) || count < 2 || !(self >= 1 && self <= count)) {
    throw new RangeError(`steady sum: there is no contributor ${self} of ${count}, or it is alone`)
  }
  const secretKey = random(32)
  const publicKey = x25519.getPublicKey(secretKey)
  let secrets: readonly (readonly [number, Uint8Array])[] = []
  let turn = 0
  return {
    publicKey,
    meet(keys) {
      const seen = new Set([publicKey.join()])
      for (const [other, key] of keys) {
        const known = Number.isInteger(other) && other >= 1 && other <= count && other !== self
        if (!known || key.length !== STEADY_KEY_BYTES || seen.has(key.join())) {
          throw new RangeError(
            `steady sum: the key of contributor ${other} is malformed or not its own`,
          )
        }
        seen.add(key.join())
      }
      if (keys.size !== count - 1) {
        throw new RangeError(`steady sum: expected keys of ${count - 1} others, got ${keys.size}`)
      }
      secrets = [...keys].map(([other, key]) => [other, x25519.getSharedSecret(secretKey, key)])
    },
    async mask(values, code) {
      if (secrets.length === 0) throw new RangeError('steady sum: a vector before the keys')
      const masked = encodeRing(values, { ...code, terms: count })
      const now = turn++
      for (const [other, secret] of secrets) {
        const [from, to] = self < other ? [self, other] : [other, self]
        const info = new TextEncoder().encode(`weft steady sum ${from} ${to} ${now}`)
        const seed = hkdf(sha256, secret, undefined, info, 32)
        addRing(masked, await expandMask(seed, values.length), self < other ? 1 : -1)
      }
      return ringToBytes(masked)
    },
  }
}

/** The sum of all contributors' vectors of `length` entries. Throws RangeError for vectors of another length. */
export function sumSteady(
  vectors: readonly Uint8Array[],
  { length, code }: { length: number; code: Omit<RingCode, 'terms'> },
): Float64Array {
  const sum = new BigUint64Array(length)
  for (const [at, bytes] of vectors.entries()) {
    if (bytes.length !== 8 * length) {
      throw new RangeError(`steady sum: contributor ${at + 1} sent a vector of another length`)
    }
    addRing(sum, ringFromBytes(bytes))
  }
  return decodeRing(sum, { ...code, terms: vectors.length })
}
