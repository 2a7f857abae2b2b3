import { addRing, expandMask } from '../../compute/crypto/ring-mask.ts'
/**
 * Masks that cancel in a sum: every two senders share a seed, one adds what it gives and the other takes it off, so that
 * a receiver learns the sum of what all send and nothing of each (the pairwise masks of K. Bonawitz et al., "Practical
 * Secure Aggregation for Privacy-Preserving Machine Learning", CCS 2017, section 4, without drop-outs). Other senders
 * that tell the receiver their seeds uncover what one of them sent.
 * @module
 */
import { wrapShare } from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'

/** Seeds by the others' addresses. */
export interface PairSeeds {
  readonly parties: readonly Address[]
  readonly self: Address
  readonly seeds: ReadonlyMap<Address, Uint8Array>
}

/** What a mask is for: no two sums of a task have the same receiver and number. */
export interface MaskUse {
  readonly receiver: Address
  readonly number: number
}

/** A seed for every two of `parties`, of which this is one; the earlier one draws it. */
export async function shareSeeds(
  { channel, random }: TaskContext,
  parties: readonly Address[],
): Promise<PairSeeds> {
  const { self } = channel
  const place = parties.indexOf(self)
  const seeds = new Map<Address, Uint8Array>()
  for (const to of parties.slice(place + 1)) {
    const seed = random(SEED_BYTES)
    seeds.set(to, seed)
    await channel.send(to, 'mask_seed', blob.encode(seed))
  }
  for (const from of parties.slice(0, place)) {
    const seed = blob.decode(await channel.receive(from, 'mask_seed'))
    if (seed.length !== SEED_BYTES) throw new Error(`${from} sent a malformed mask_seed`)
    seeds.set(from, seed)
  }
  return { parties, self, seeds }
}

/** Shares under the masks of all pairs that send to the same receiver. */
export async function maskShares(
  pairs: PairSeeds,
  values: readonly bigint[],
  use: MaskUse,
): Promise<bigint[]> {
  const masked = [...values]
  for (const { mask, sign } of await masksOf(pairs, values.length * WORDS, use)) {
    for (let at = 0; at < masked.length; at++) {
      const words = mask.subarray(at * WORDS, (at + 1) * WORDS)
      const number = words.reduce((sum, word) => (sum << 64n) | word, 0n)
      masked[at] += BigInt(sign) * number
    }
  }
  return masked.map(wrapShare)
}

/** Elements of the ring of 64 bits, in place, under the masks of all pairs that send to the same receiver. */
export async function maskRing(
  pairs: PairSeeds,
  values: BigUint64Array,
  use: MaskUse,
): Promise<void> {
  const masks = await masksOf(pairs, values.length, use)
  for (const { mask, sign } of masks) addRing(values, mask, sign)
}

const SEED_BYTES = 32
/** Words of 64 bits that cover a share. */
const WORDS = 3

async function masksOf(
  { parties, self, seeds }: PairSeeds,
  length: number,
  { receiver, number }: MaskUse,
): Promise<{ mask: BigUint64Array; sign: 1 | -1 }[]> {
  const others = [...seeds].filter(([other]) => other !== receiver)
  return Promise.all(
    others.map(async ([other, seed]) => ({
      mask: await expandMask(await derive(seed, `${receiver} ${number}`), length),
      sign: parties.indexOf(self) < parties.indexOf(other) ? 1 : -1,
    })),
  )
}

async function derive(seed: Uint8Array, use: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', seed.slice(), algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(use)))
}
