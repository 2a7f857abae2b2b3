/**
 * The sum of many parties' vectors at a server that learns nothing else, whoever drops out: the protocol of
 * K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS 2017, figure 4, for
 * parties that follow it (without its signatures and consistency round).
 *
 * Each contributor hides its vector under a mask of its own and one for each other contributor that cancels in the sum;
 * Shamir shares of both let the server take off what does not cancel:
 *
 * 1. `keys`: two public keys each, one to encrypt shares with, one for the masks;
 * 2. `shareSecrets`: shares of the mask key and of the own mask's seed, encrypted for each other;
 * 3. `maskVector`: the vector under all masks;
 * 4. `reveal`: for contributors whose vector has arrived the share of the own mask's seed, for those that dropped out
 *    since step 2 the share of the mask key. Never both of one: they would uncover its vector. A contributor therefore
 *    answers once.
 *
 * With fewer contributors than the threshold the server throws and learns nothing. The threshold is more than half: two
 * disjoint groups could otherwise be told different stories.
 * @module
 */
import { x25519 } from '@noble/curves/ed25519.js'

import { agree, openParcel, pairMask, sealParcel } from './pair-secret.ts'
import { type RandomBytes, randomBytes } from './random.ts'
import {
  addRing,
  decodeRing,
  encodeRing,
  expandMask,
  ringFromBytes,
  ringToBytes,
} from './ring-mask.ts'
import { joinShares, shareSecret } from './shamir.ts'
import {
  type ByNumber,
  checkKeys,
  checkTerms,
  codeOf,
  steps,
  type SumTerms,
  tooFew,
} from './sum-terms.ts'

/** One contributor; each method is one step, called once in this order. */
export interface Contributor {
  /** Two public keys, 64 bytes. */
  keys(): Uint8Array
  /** From everybody's keys: what to hand to each other contributor, encrypted for it. */
  shareSecrets(keys: ByNumber<Uint8Array>): Promise<Map<number, Uint8Array>>
  /** From what the others handed over: the masked vector. */
  maskVector(parcels: ByNumber<Uint8Array>): Promise<Uint8Array>
  /** From the numbers of those whose masked vector arrived: shares by the number of their owner. */
  reveal(arrived: readonly number[]): Map<number, Uint8Array>
}

/** The contributor number `self` with its vector. */
export function createContributor(
  terms: SumTerms,
  options: { self: number; values: Float64Array; random?: RandomBytes },
): Contributor {
  const { self, values, random = randomBytes } = options
  checkTerms(terms)
  if (values.length !== terms.length) {
    throw new RangeError(`secure sum: expected ${terms.length} values, got ${values.length}`)
  }
  const vector = encodeRing(values, codeOf(terms))
  const [parcelKey, maskKey, ownSeed] = [random(32), random(32), random(32)]
  let keys: ByNumber<Uint8Array> = new Map()
  let partners: readonly number[] = []
  /** Of each owner the share of its mask key, then that of its seed. */
  const held = new Map<number, Uint8Array>()
  const step = steps(`contributor ${self}`)

  return {
    keys() {
      step(1)
      return join([x25519.getPublicKey(parcelKey), x25519.getPublicKey(maskKey)])
    },

    async shareSecrets(all) {
      step(2)
      checkKeys(all, terms)
      if (!all.has(self)) throw new RangeError(`secure sum: contributor ${self} was left out`)
      keys = all
      const share = (secret: Uint8Array) =>
        shareSecret(secret, { threshold: terms.threshold, count: terms.count, random })
      const [ofKey, ofSeed] = [share(maskKey), share(ownSeed)]
      const parcels = new Map<number, Uint8Array>()
      for (const [other, theirs] of all) {
        const shares = join([ofKey[other - 1].data, ofSeed[other - 1].data])
        if (other === self) held.set(self, shares)
        else {
          const key = agree(parcelKey, theirs.subarray(0, 32), {
            use: 'parcel',
            from: self,
            to: other,
          })
          parcels.set(other, await sealParcel(key, shares))
        }
      }
      return parcels
    },

    async maskVector(parcels) {
      step(3)
      partners = [...parcels.keys()].toSorted((a, b) => a - b)
      if (partners.length + 1 < terms.threshold) throw tooFew(partners.length + 1, terms)
      const masked = vector.slice()
      addRing(masked, await expandMask(ownSeed, terms.length))
      for (const other of partners) {
        const theirs = keys.get(other)
        const parcel = parcels.get(other)
        if (other === self || !theirs || !parcel) {
          throw new RangeError(
            `secure sum: contributor ${self} got a parcel of ${other}, whose keys it has not`,
          )
        }
        const key = agree(parcelKey, theirs.subarray(0, 32), {
          use: 'parcel',
          from: other,
          to: self,
        })
        held.set(other, await openParcel(key, parcel, other))
        addRing(
          masked,
          await pairMask(maskKey, theirs.subarray(32), { self, other, length: terms.length }),
          self < other ? 1 : -1,
        )
      }
      return ringToBytes(masked)
    },

    reveal(arrived) {
      step(4)
      const known = new Set([self, ...partners])
      const there = new Set(arrived)
      if (there.size !== arrived.length || arrived.some((each) => !known.has(each))) {
        throw new RangeError(`secure sum: contributor ${self} is asked for one that took no part`)
      }
      if (there.size < terms.threshold) throw tooFew(there.size, terms)
      const shares = new Map<number, Uint8Array>()
      for (const [owner, both] of held) {
        shares.set(owner, there.has(owner) ? both.slice(32) : both.slice(0, 32))
      }
      return shares
    },
  }
}

/** The server; each method is one step, called once in this order with what has arrived by then. */
export interface Aggregator {
  /** Everybody's keys, for everybody. */
  collectKeys(keys: ByNumber<Uint8Array>): ByNumber<Uint8Array>
  /** What each contributor is to be handed: parcels by their sender. */
  collectParcels(parcels: ByNumber<ByNumber<Uint8Array>>): Map<number, Map<number, Uint8Array>>
  /** The numbers of those whose vector has arrived. */
  collectVectors(vectors: ByNumber<Uint8Array>): number[]
  /** The sum over those, from the shares of at least as many as the threshold. */
  finish(shares: ByNumber<ByNumber<Uint8Array>>): Promise<Float64Array>
}

/** A server for one sum. */
export function createAggregator(terms: SumTerms): Aggregator {
  checkTerms(terms)
  let keys: ByNumber<Uint8Array> = new Map()
  let sharing: readonly number[] = []
  let vectors: ByNumber<Uint8Array> = new Map()
  const step = steps('the server')
  const enough = (count: number) => {
    if (count < terms.threshold) throw tooFew(count, terms)
  }

  return {
    collectKeys(all) {
      step(1)
      checkKeys(all, terms)
      keys = new Map([...all].toSorted(([a], [b]) => a - b))
      return keys
    },

    collectParcels(all) {
      step(2)
      sharing = [...all.keys()].filter((from) => keys.has(from)).toSorted((a, b) => a - b)
      enough(sharing.length)
      return new Map(
        sharing.map((to) => {
          const others = sharing.filter((from) => from !== to)
          const own = others.map((from): [number, Uint8Array] => {
            const parcel = all.get(from)?.get(to)
            if (parcel) return [from, parcel]
            throw new RangeError(`secure sum: contributor ${from} sent nothing for ${to}`)
          })
          return [to, new Map(own)]
        }),
      )
    },

    collectVectors(all) {
      step(3)
      vectors = new Map([...all].filter(([from]) => sharing.includes(from)))
      enough(vectors.size)
      for (const [from, bytes] of vectors) {
        if (bytes.length === 8 * terms.length) continue
        throw new RangeError(`secure sum: contributor ${from} sent a vector of another length`)
      }
      return [...vectors.keys()].toSorted((a, b) => a - b)
    },

    async finish(all) {
      step(4)
      const answering = [...all].filter(([from]) => vectors.has(from))
      enough(answering.length)
      const secretOf = (owner: number) =>
        joinShares(
          answering.map(([from, shares]) => {
            const data = shares.get(owner)
            if (data) return { at: from, data }
            throw new RangeError(`secure sum: contributor ${from} sent no share of ${owner}`)
          }),
          terms.threshold,
        )
      const sum = new BigUint64Array(terms.length)
      for (const bytes of vectors.values()) addRing(sum, ringFromBytes(bytes))
      for (const owner of vectors.keys()) {
        addRing(sum, await expandMask(secretOf(owner), terms.length), -1)
      }
      for (const gone of sharing) {
        if (vectors.has(gone)) continue
        const maskKey = secretOf(gone)
        const published = keys.get(gone)?.subarray(32)
        if (!published || !same(x25519.getPublicKey(maskKey), published)) {
          throw new RangeError(`secure sum: the shares of ${gone} do not give its key`)
        }
        for (const self of vectors.keys()) {
          const theirs = keys.get(self)
          if (!theirs) continue
          // The mask that `self` put on for the one that is gone, seen from the other end.
          const pair = { self: gone, other: self, length: terms.length }
          const mask = await pairMask(maskKey, theirs.subarray(32), pair)
          addRing(sum, mask, self < gone ? -1 : 1)
        }
      }
      return decodeRing(sum, codeOf(terms))
    },
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
