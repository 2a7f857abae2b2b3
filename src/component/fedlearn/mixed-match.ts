/**
 * Matches rows of parties of whom each has some: who else has a row, and a number for it that all its holders know.
 *
 * Hosts send digests of their ids with a salt of this match, which the parties alone know; the guest compares. It learns of
 * every digest which parties have it, and can try all ids that there may be; a host learns how many rows there are, and who
 * else has its own.
 * @module
 */
import { z } from 'zod'

import { digestId } from '../../compute/crypto/id-digest.ts'
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json, parts, texts, uint32s } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'

/** Digests in a batch. */
const BATCH = 8192
const SALT_BYTES = 16
/** Holders of a row are bits of one number. */
const MOST_PARTIES = 31

const IDS = parts<{ last: unknown; ids: readonly string[] }>({ last: json, ids: texts })
const PLACES = parts({ total: json, numbers: uint32s, holders: uint32s })

/** The column with the number of a row. */
export const NUMBER_COLUMN = 'number'
/** The column with how many rows there are in all. */
export const TOTAL_COLUMN = 'total'

/** The column that says whether a party has a row. */
export function holderColumn(party: string): string {
  return `held by ${party}`
}

/** FedLearn's matching of mixed tables. */
export const mixedMatch = component({
  name: 'MixedMatch',
  summary: 'Numbers the rows of several parties, and says who has which',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: z.looseObject({}),
  paramsName: 'MixedMatchParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  messages: {
    mix_salt: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'Random bytes that are hashed with every id; no data.',
    },
    mix_digests: {
      kind: 'plain',
      from: ['host'],
      to: ['guest'],
      reveals:
        'A salted hash of every id of the host: which of them the guest or another host has too; whoever can list the ' +
        'possible ids finds all of them by trying.',
    },
    mix_places: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals:
        "For each of the host's own rows a random number that stands for it and which parties have it, and how many " +
        'different rows there are.',
    },
  },
  async run(context) {
    const [table] = await context.tables('data')
    if (!table) throw new Error(`${context.name} needs a data set`)
    const { frame } = table
    if (new Set(frame.ids).size < frame.ids.length) {
      throw new Error(
        `The table of ${context.channel.self} has an id more than once: ids must be unique`,
      )
    }
    context.warn(
      'MIX_MD5 shows hashes of all ids to the first client, who can find ids by trying all that there may be',
    )
    const places =
      context.role === 'guest' ? await number(context, frame.ids) : await ask(context, frame.ids)
    await leave(context, frame, places)
  },
})

interface Places {
  readonly total: number
  readonly numbers: Uint32Array
  /** Bit i for the party at position i: the guest, then the hosts. */
  readonly holders: Uint32Array
}

/** The guest's side. */
async function number(context: TaskContext, ids: readonly string[]): Promise<Places> {
  const { channel, random, signal } = context
  const hosts = hostsOf(context)
  if (hosts.length + 1 > MOST_PARTIES) {
    throw new Error(`${hosts.length + 1} parties cannot be matched: ${MOST_PARTIES} at most`)
  }
  const salt = random(SALT_BYTES)
  for (const host of hosts) await channel.send(host, 'mix_salt', blob.encode(salt))
  const holders = new Map<string, number>()
  const lists: string[][] = [digestsOf(ids, salt)]
  for (const host of hosts) lists.push(await receiveDigests(context, host))
  for (const [at, list] of lists.entries()) {
    signal.throwIfAborted()
    for (const digest of list) holders.set(digest, (holders.get(digest) ?? 0) | (1 << at))
  }
  const total = holders.size
  const drawn = randomPermutation(total, random)
  const numbers = new Map([...holders.keys()].map((digest, at) => [digest, drawn[at]]))
  const placesOf = (list: readonly string[]): Places => ({
    total,
    numbers: Uint32Array.from(list, (digest) => numbers.get(digest) ?? 0),
    holders: Uint32Array.from(list, (digest) => holders.get(digest) ?? 0),
  })
  for (const [at, host] of hosts.entries()) {
    await channel.send(host, 'mix_places', PLACES.encode(placesOf(lists[at + 1])))
  }
  return placesOf(lists[0])
}

/** A host's side. */
async function ask(context: TaskContext, ids: readonly string[]): Promise<Places> {
  const { channel, signal } = context
  const guest = guestOf(context)
  const salt = blob.decode(await channel.receive(guest, 'mix_salt'))
  if (salt.length !== SALT_BYTES) throw new Error(`${guest} sent a malformed mix_salt`)
  const digests = digestsOf(ids, salt)
  // In the order of the hashes, which says nothing of the order of the table.
  const order = Uint32Array.from(digests, (_, at) => at).sort((a, b) =>
    digests[a] < digests[b] ? -1 : 1,
  )
  for (let from = 0; from === 0 || from < order.length; from += BATCH) {
    signal.throwIfAborted()
    const batch = Array.from(order.subarray(from, from + BATCH), (at) => digests[at])
    const last = from + BATCH >= order.length
    await channel.send(guest, 'mix_digests', IDS.encode({ last, ids: batch }))
  }
  const { total, ...sent } = PLACES.decode(await channel.receive(guest, 'mix_places'))
  const bad =
    typeof total !== 'number' ||
    sent.numbers.length !== ids.length ||
    sent.holders.length !== ids.length ||
    sent.numbers.some((each) => each >= total)
  if (bad) throw new Error(`${guest} sent malformed mix_places`)
  const [numbers, holders] = [new Uint32Array(ids.length), new Uint32Array(ids.length)]
  order.forEach((row, at) => {
    numbers[row] = sent.numbers[at]
    holders[row] = sent.holders[at]
  })
  return { total, numbers, holders }
}

function digestsOf(ids: readonly string[], salt: Uint8Array): string[] {
  const text = Array.from(salt, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return ids.map((id) => digestId(id, { method: 'sha256', salt: text, base64: true }))
}

async function receiveDigests({ channel }: TaskContext, host: Address): Promise<string[]> {
  const list: string[] = []
  for (let last = false; !last;) {
    const batch = IDS.decode(await channel.receive(host, 'mix_digests'))
    list.push(...batch.ids)
    last = batch.last === true
  }
  return list
}

async function leave(context: TaskContext, frame: Frame, places: Places): Promise<void> {
  const { numbers, holders, total } = places
  const parties = [...(context.members.guest ?? []), ...(context.members.host ?? [])]
  const count = numbers.length
  await context.writeTable({
    kind: 'data',
    idName: frame.idName,
    ids: frame.ids,
    columns: [
      { name: NUMBER_COLUMN, type: 'number', values: Float64Array.from(numbers) },
      { name: TOTAL_COLUMN, type: 'number', values: new Float64Array(count).fill(total) },
      ...parties.map((party, at) => ({
        name: holderColumn(party),
        type: 'number' as const,
        values: Float64Array.from(holders, (bits) => (bits >> at) & 1),
      })),
    ],
  })
  const all = 2 ** parties.length - 1
  const common = holders.filter((bits) => bits === all).length
  context.metric({
    namespace: 'train',
    name: 'intersection',
    points: [
      ['intersect_count', common],
      ['union_count', total],
    ],
    meta: { name: 'intersection', metric_type: 'INTERSECTION' },
  })
  context.log('info', `${common} of ${total} rows are at all parties; ${count} are here`)
  context.progress(1, 1)
}
