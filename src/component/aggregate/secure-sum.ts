/**
 * Adds up vectors of several parties at one of them, which learns the sum only: for components that train
 * horizontally. The protocol is `compute/crypto/secure-sum.ts`; this is how it crosses a channel.
 *
 * A contributor whose channel closes is left out from there on, and the sum is that of the others as long as enough are
 * left. All parties call with the same terms; a component declares the messages of `secureSumMessages`.
 * @module
 */
import { createAggregator, createContributor } from '../../compute/crypto/secure-sum.ts'
import type { ByNumber, SumTerms } from '../../compute/crypto/sum-terms.ts'
import { type Address, ChannelClosed, type Disclosure } from '../../federation/channel.ts'
import { blob, type Codec, json, parts, rows, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'

/** Terms of a sum between parties. */
export interface SecureSumOptions extends Omit<SumTerms, 'count'> {
  /** Who adds up. */
  readonly server: Address
  /** Who contributes, in an order that all know. */
  readonly contributors: readonly Address[]
}

/** The messages of a sum, to be declared by a component that has `server` add up what `contributors` send. */
export function secureSumMessages(roles: {
  contributors: readonly string[]
  server: string
}): Record<'sum_keys' | 'sum_parcels' | 'sum_vector' | 'sum_roll' | 'sum_shares', Disclosure> {
  const both = [...roles.contributors, roles.server]
  return {
    sum_keys: {
      kind: 'plain',
      from: both,
      to: both,
      reveals: 'Two public keys of each contributor, drawn for this sum.',
    },
    sum_parcels: {
      kind: 'share',
      from: both,
      to: both,
      reveals:
        'Shares of the secrets that masks come from, encrypted for one contributor each: nothing to the server, and a ' +
        'share alone says nothing to its receiver.',
    },
    sum_vector: {
      kind: 'masked',
      from: roles.contributors,
      to: [roles.server],
      reveals: 'Nothing: a vector under masks that only cancel in the sum.',
    },
    sum_roll: {
      kind: 'plain',
      from: [roles.server],
      to: roles.contributors,
      reveals: 'Which contributors the sum is of.',
    },
    sum_shares: {
      kind: 'share',
      from: roles.contributors,
      to: [roles.server],
      reveals:
        'Shares that take the masks off the sum: of contributors in it those of their own mask, of those that dropped ' +
        'out those of the masks for the others; never both of one.',
    },
  }
}

/** What the server gets. */
export interface SecureSum {
  readonly sum: Float64Array
  /** Whose vectors are in it. */
  readonly of: readonly Address[]
}

/** The server's side. Throws RangeError where fewer contributors than the threshold are left. */
export async function collectSum(
  context: Pick<TaskContext, 'channel'>,
  options: SecureSumOptions,
): Promise<SecureSum> {
  const { channel } = context
  const { contributors } = options
  const server = createAggregator(termsOf(options))
  const nameOf = (number: number) => contributors[number - 1]
  let present = contributors.map((_, at) => at + 1)

  /** One message of everybody that is still there. */
  async function gather<T>(tag: string, codec: Codec<T>): Promise<Map<number, T>> {
    const found = await Promise.all(
      present.map(async (number): Promise<[number, T] | undefined> => {
        const bytes = await unlessClosed(channel.receive(nameOf(number), tag))
        return bytes && [number, codec.decode(bytes)]
      }),
    )
    const there = found.filter((entry) => entry !== undefined)
    present = there.map(([number]) => number)
    return new Map(there)
  }
  async function tell(tag: string, bytesFor: (number: number) => Uint8Array): Promise<void> {
    await Promise.all(
      present.map((number) => unlessClosed(channel.send(nameOf(number), tag, bytesFor(number)))),
    )
  }

  const keys = server.collectKeys(await gather('sum_keys', blob))
  const allKeys = NUMBERED.encode(toNumbered(keys, 64))
  await tell('sum_keys', () => allKeys)
  const parcels = await gather('sum_parcels', NUMBERED)
  const handed = server.collectParcels(
    new Map([...parcels].map(([from, list]) => [from, fromNumbered(list)])),
  )
  present = [...handed.keys()]
  await tell('sum_parcels', (to) =>
    NUMBERED.encode(toNumbered(handed.get(to) ?? new Map(), PARCEL)),
  )
  const arrived = server.collectVectors(await gather('sum_vector', blob))
  present = [...arrived]
  await tell('sum_roll', () => json.encode(arrived))
  const shares = await gather('sum_shares', NUMBERED)
  const opened = new Map([...shares].map(([from, list]) => [from, fromNumbered(list)]))
  return { sum: await server.finish(opened), of: arrived.map(nameOf) }
}

/** A contributor's side. */
export async function contributeToSum(
  context: Pick<TaskContext, 'channel' | 'random'>,
  options: SecureSumOptions & { values: Float64Array },
): Promise<void> {
  const { channel, random } = context
  const { server, contributors, values } = options
  const number = contributors.indexOf(channel.self) + 1
  if (number === 0) throw new Error(`${channel.self} is not one of the contributors to the sum`)
  const own = createContributor(termsOf(options), { self: number, values, random })
  await channel.send(server, 'sum_keys', blob.encode(own.keys()))
  const keys = fromNumbered(NUMBERED.decode(await channel.receive(server, 'sum_keys')))
  const parcels = await own.shareSecrets(keys)
  await channel.send(server, 'sum_parcels', NUMBERED.encode(toNumbered(parcels, PARCEL)))
  const handed = fromNumbered(NUMBERED.decode(await channel.receive(server, 'sum_parcels')))
  await channel.send(server, 'sum_vector', blob.encode(await own.maskVector(handed)))
  const arrived = json.decode(await channel.receive(server, 'sum_roll'))
  if (!Array.isArray(arrived) || !arrived.every(Number.isInteger)) {
    throw new Error(`${server} sent a malformed sum_roll`)
  }
  const shares = own.reveal(arrived as number[])
  await channel.send(server, 'sum_shares', NUMBERED.encode(toNumbered(shares, SHARE)))
}

/** Byte strings of one size by the number of a contributor. */
const NUMBERED = parts({ numbers: uint32s, data: rows })
/** Bytes of a share, and of two shares under AES-GCM. */
const SHARE = 32
const PARCEL = 2 * SHARE + 16

function toNumbered(map: ByNumber<Uint8Array>, width: number) {
  const data = new Uint8Array(map.size * width)
  ;[...map.values()].forEach((bytes, at) => data.set(bytes, at * width))
  return { numbers: Uint32Array.from(map.keys()), data: { width, data } }
}

function fromNumbered(list: {
  numbers: Uint32Array
  data: { width: number; data: Uint8Array }
}): Map<number, Uint8Array> {
  const { width, data } = list.data
  if (data.length !== list.numbers.length * width) {
    throw new RangeError('secure sum: a message has more numbers than rows, or fewer')
  }
  return new Map(
    Array.from(list.numbers, (number, at) => [number, data.slice(at * width, (at + 1) * width)]),
  )
}

function termsOf(options: SecureSumOptions): SumTerms {
  const { threshold, length, fraction, bound, contributors } = options
  return { count: contributors.length, threshold, length, fraction, bound }
}

/** Undefined where the other side is gone. */
async function unlessClosed<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ChannelClosed) return undefined
    throw error
  }
}
