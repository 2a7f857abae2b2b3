/**
 * Sums of vectors over the guest and all hosts, of which the guest learns the sum, and tells it: hosts send under masks
 * that cancel (`pair-masks.ts`), so that of two hosts or more it learns nothing of each.
 * @module
 */
import { addShares, encodeShares, wrapShare } from '../../compute/crypto/shared-real.ts'
import { floats, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { maskShares, type PairSeeds, shareSeeds } from './pair-masks.ts'

/** Adds up a vector; `tell` has the guest tell the hosts the sum, which else get an empty one. */
export type HostSum = (values: Float64Array, tell: boolean) => Promise<Float64Array>

/** Bits after the point; a sum is exact below 2^119. */
const FRACTION = 40

/** Sets up the masks; all members call the sum in the same order. */
export async function openHostSum(context: TaskContext): Promise<HostSum> {
  const { channel, role } = context
  const [guest, hosts] = [guestOf(context), hostsOf(context)]
  const seeds: PairSeeds | undefined =
    role === 'host' ? await shareSeeds(context, hosts) : undefined
  let number = 0
  return async (values, tell) => {
    if (values.some((value) => !(Math.abs(value) < 2 ** 64))) {
      throw new Error(
        'The training diverges: a number is not below 2^64. Scale the columns before they are offered',
      )
    }
    let sum = encodeShares(values, FRACTION)
    if (seeds) {
      const masked = await maskShares(seeds, sum, { receiver: guest, number: number++ })
      await channel.send(guest, 'sum_part', json.encode(masked.map(String)))
      if (!tell) return new Float64Array(0)
      const told = floats.decode(await channel.receive(guest, 'average'))
      if (told.length === values.length && told.every(Number.isFinite)) return told
      throw new Error(`${guest} sent a malformed average`)
    }
    for (const host of hosts) {
      const part = json.decode(await channel.receive(host, 'sum_part'))
      if (!isPart(part, values.length)) throw new Error(`${host} sent a malformed sum_part`)
      sum = addShares(sum, part.map(BigInt))
    }
    const total = Float64Array.from(sum, (share) => Number(wrapShare(share)) / 2 ** FRACTION)
    if (tell) for (const host of hosts) await channel.send(host, 'average', floats.encode(total))
    return total
  }
}

function isPart(value: unknown, length: number): value is string[] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    value.every((text) => typeof text === 'string' && /^-?\d{1,49}$/.test(text))
  )
}
