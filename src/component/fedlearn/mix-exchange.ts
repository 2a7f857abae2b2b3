/**
 * Keys that the parties of MixGBoost hand each other, and sums that the guest learns of all of them together.
 * @module
 */
import {
  drawGradientKey,
  type GradientKey,
  type GradientSecret,
  readGradientKey,
} from '../../compute/crypto/gradient-vector.ts'
import {
  addRing,
  encodeRing,
  type RingCode,
  ringFromBytes,
  ringToBytes,
} from '../../compute/crypto/ring-mask.ts'
import { SUM_BITS } from '../../compute/ml/tree/gradient.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { MixGBoostParam } from './mix-param.ts'
import type { MixSetup } from './mix-setup.ts'
import { maskRing, type PairSeeds } from './pair-masks.ts'

type Context = TaskContext<MixGBoostParam>

/** Keys of a training: the own one, where it has labels, and those of the others. */
export interface MixKeys {
  readonly secret: GradientSecret | undefined
  readonly others: ReadonlyMap<number, GradientKey>
}

/** Draws a key where this party has labels, and hands its public half to all. */
export async function shareKeys(context: Context, { parties }: MixSetup): Promise<MixKeys> {
  const { channel } = context
  const { self, addresses, labels } = parties
  const options = { bits: 2048, random: context.random }
  const secret = labels[self] ? drawGradientKey('okamoto-uchiyama', options) : undefined
  const others = new Map<number, GradientKey>()
  for (const [party, to] of addresses.entries()) {
    if (party !== self && secret) await channel.send(to, 'public_key', blob.encode(secret.bytes))
  }
  for (const [party, from] of addresses.entries()) {
    if (party === self || !labels[party]) continue
    const key = readGradientKey(blob.decode(await channel.receive(from, 'public_key')))
    if (key.bits < 2048) throw new Error(`${from} sent a key of ${key.bits} bits, expected 2048`)
    others.set(party, key)
  }
  return { secret, others }
}

/** Sends whole numbers to the guest under masks, which adds them up; the sum at the guest, undefined elsewhere. */
export async function sumAtGuest(
  context: Context,
  values: Float64Array,
  of: {
    seeds: PairSeeds | undefined
    tag: 'mix_sums' | 'mix_scores'
    number: number
    code: RingCode
  },
): Promise<BigUint64Array | undefined> {
  const { channel } = context
  const { seeds, tag, number, code } = of
  const [guest, hosts] = [guestOf(context), hostsOf(context)]
  const ring = encodeRing(values, { ...code, terms: hosts.length + 1 })
  if (seeds) {
    await maskRing(seeds, ring, { receiver: guest, number })
    await channel.send(guest, tag, blob.encode(ringToBytes(ring)))
    return undefined
  }
  for (const host of hosts) {
    const theirs = ringFromBytes(blob.decode(await channel.receive(host, tag)))
    if (theirs.length !== ring.length) throw new Error(`${host} sent malformed ${tag}`)
    addRing(ring, theirs)
  }
  return ring
}

/** Whole numbers as the sums of derivatives are. */
export const SUM_CODE = { fraction: 0, bound: 2 ** SUM_BITS, terms: 1 }
