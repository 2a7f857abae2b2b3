/**
 * Adds up vectors of several parties at one of them again and again, which learns the sums only: for components that train
 * horizontally in many small steps, with all parties or not at all. The protocol is `compute/crypto/steady-sum.ts`; where
 * parties may drop out it is `secure-sum.ts`.
 *
 * Contributors hand their keys to each other directly, so that who adds up cannot put its own in their place.
 * @module
 */
import type { RingCode } from '../../compute/crypto/ring-mask.ts'
import {
  createSteadyContributor,
  STEADY_KEY_BYTES,
  sumSteady,
} from '../../compute/crypto/steady-sum.ts'
import type { Address, Disclosure } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'

/** Who takes part. */
export interface SteadyParties {
  /** Who adds up. */
  readonly server: Address
  /** Who contributes, in an order that all know. */
  readonly contributors: readonly Address[]
}

/** How the entries of a vector become ring elements. */
export type SteadyCode = Omit<RingCode, 'terms'>

/** The messages of such sums, to be declared by a component that has `server` add up what `contributors` send. */
export function steadySumMessages(roles: {
  contributors: readonly string[]
  server: string
}): Record<'sum_key' | 'sum_vector', Disclosure> {
  return {
    sum_key: {
      kind: 'plain',
      from: roles.contributors,
      to: roles.contributors,
      reveals: 'A public key of the sender, drawn for this task.',
    },
    sum_vector: {
      kind: 'masked',
      from: roles.contributors,
      to: [roles.server],
      reveals: 'Nothing: a vector under masks that only cancel in the sum.',
    },
  }
}

/** Adds a vector to the next sum. */
export type Contribute = (values: Float64Array, code: SteadyCode) => Promise<void>

/** A contributor's side, after all have each other's keys. */
export async function joinSums(
  { channel, random }: Pick<TaskContext, 'channel' | 'random'>,
  { server, contributors }: SteadyParties,
): Promise<Contribute> {
  const at = contributors.indexOf(channel.self)
  if (at < 0) throw new Error(`${channel.self} is not one of the contributors to the sums`)
  const own = createSteadyContributor({ self: at + 1, count: contributors.length, random })
  const others = contributors.filter((party) => party !== channel.self)
  for (const to of others) await channel.send(to, 'sum_key', blob.encode(own.publicKey))
  const keys = new Map<number, Uint8Array>()
  for (const from of others) {
    const key = blob.decode(await channel.receive(from, 'sum_key'))
    if (key.length !== STEADY_KEY_BYTES) throw new Error(`${from} sent a malformed sum_key`)
    keys.set(contributors.indexOf(from) + 1, key)
  }
  own.meet(keys)
  return async (values, code) => {
    await channel.send(server, 'sum_vector', blob.encode(await own.mask(values, code)))
  }
}

/** The server's side of one sum. */
export async function collectSteady(
  { channel }: Pick<TaskContext, 'channel'>,
  { contributors }: SteadyParties,
  { length, code }: { length: number; code: SteadyCode },
): Promise<Float64Array> {
  const vectors = []
  for (const from of contributors) {
    vectors.push(blob.decode(await channel.receive(from, 'sum_vector')))
  }
  return sumSteady(vectors, { length, code })
}
