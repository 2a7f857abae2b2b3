/**
 * How many ids all parties have, for three of them or more. Every party's points go round the ring of all parties; each
 * multiplies them by its own scalar and passes them on in an order that only it knows. What comes to the guest is under
 * all scalars, and equal ids are equal points.
 *
 *     guest ──► host 1 ──► host 2 ──► … ──► guest     each party's own set first, then what came from the one before
 *     last of a set's round ──► guest                 the set under all scalars
 *
 * Source: J. Vaidya, C. Clifton, "Secure set intersection cardinality with application to association rule mining",
 * Journal of Computer Security 13(4), 2005, §3, on Curve25519.
 * @module
 */
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import type { Address, Disclosure } from '../../federation/channel.ts'
import { scratchOf } from './buckets.ts'
import { receiveBatch, sendBatch } from './exchange.ts'
import { cut, inOrder } from './id-list.ts'
import { createMatcher } from './match.ts'
import { drawSide, POINT } from './points.ts'
import type { MethodContext } from './protocol.ts'
import { createShuffler, type Shuffler } from './shuffle.ts'

/** What goes round, and what comes out. */
const TAGS = { round: 'ecdh_ring', end: 'ecdh_ring_end' } as const
/** Identifiers in a batch: 256 KiB a message. */
const BATCH = 8192

/** Its messages. */
export const RING_MESSAGES: Readonly<Record<string, Disclosure>> = {
  [TAGS.round]: {
    kind: 'blinded',
    from: ['guest', 'host'],
    to: ['guest', 'host'],
    reveals:
      'How many ids each party has; each id is hidden by the secret scalars of all parties that ' +
      'passed it on, in an order that the receiver does not know.',
  },
  [TAGS.end]: {
    kind: 'blinded',
    from: ['host'],
    to: ['guest'],
    reveals:
      'How many ids any group of parties has in common, not only all of them; each id is hidden by ' +
      'the secret scalars of all parties, in an order that the guest does not know.',
  },
}

/** Who is in the ring, the guest first, and who hears how many of this party's ids are on their way. */
export interface Ring {
  readonly parties: readonly Address[]
  readonly done: (ids: number) => void
}

/** The number of ids that all parties have, at the guest; undefined at a host. */
export async function countInRing(
  context: MethodContext,
  ids: readonly string[],
  { parties, done }: Ring,
): Promise<number | undefined> {
  const { channel, signal } = context
  const scratch = scratchOf(context.scratch, 'ring')
  const random = (bytes: number) => context.random(bytes)
  const size = parties.length
  const self = parties.indexOf(channel.self)
  const [guest] = parties
  const next = { channel, peer: parties[(self + 1) % size] }
  const before = { channel, peer: parties[(self + size - 1) % size] }
  const side = drawSide(context)
  // Sets pass through here one after another, the last of them under all scalars.
  const passing = Array.from({ length: size - 1 }, () => Promise.withResolvers<Shuffler>())

  async function collect(): Promise<void> {
    for (const [hop, { resolve }] of passing.entries()) {
      const shuffler = createShuffler({ name: `hop${hop}`, scratch, random })
      await receiveAll(before, TAGS.round, async (points) => {
        signal.throwIfAborted()
        await shuffler.add(await side.multiply(points))
      })
      resolve(shuffler)
    }
  }

  // Beside `collect`, or all parties could wait for each other to receive.
  async function pass(): Promise<void> {
    for (const { batch, last } of cut(inOrder(ids, randomPermutation(ids.length, random)), BATCH)) {
      signal.throwIfAborted()
      const data = await side.hash(batch)
      await sendBatch(next, { tag: TAGS.round, width: POINT, data, last })
      done(batch.length)
    }
    for (const { promise } of passing.slice(0, -1)) {
      for await (const { rows: data, last } of (await promise).runs(BATCH)) {
        await sendBatch(next, { tag: TAGS.round, width: POINT, data, last })
      }
    }
    if (self === 0) return
    for await (const { rows: data, last } of (await passing[size - 2].promise).runs(BATCH)) {
      const place = { channel, peer: guest }
      await sendBatch(place, { tag: TAGS.end, width: POINT, data, last })
    }
  }

  if (self > 0) {
    await Promise.all([collect(), pass()])
    return undefined
  }
  const hosts = parties.slice(1)
  const matchers = hosts.map((peer, at) =>
    createMatcher({ peer, scratch: scratchOf(scratch, `set${at}`) }),
  )
  let own = 0

  /** Takes the set of a party under all scalars. */
  async function add(owner: number, points: Uint8Array): Promise<void> {
    if (owner > 0) return matchers[owner - 1].addTheirs(points)
    own += points.length / POINT
    for (const matcher of matchers) await matcher.addOwn(points)
  }
  async function keep(): Promise<void> {
    for await (const { rows } of (await passing[size - 2].promise).runs(BATCH)) await add(1, rows)
  }
  const ends = hosts.map((peer, at) =>
    receiveAll({ channel, peer }, TAGS.end, (points) => add((at + 2) % size, points)),
  )
  await Promise.all([collect(), pass(), keep(), ...ends])
  if (own !== ids.length) {
    throw new RangeError(`The ring gave ${own} of this party's ${ids.length} ids back`)
  }
  let common = new Uint8Array(own).fill(1)
  for (const matcher of matchers) {
    const found = await matcher.finish()
    common = common.map((all, row) => (found[row] >= 0 ? all : 0))
  }
  return common.reduce((sum, all) => sum + all, 0)
}

/** Hands on the points of all batches up to the last. */
async function receiveAll(
  place: Parameters<typeof receiveBatch>[0],
  tag: string,
  take: (points: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let last = false; !last;) {
    const batch = await receiveBatch(place, { tag, width: POINT })
    await take(batch.data)
    last = batch.last
  }
}
