/**
 * Private set intersection: every party keeps the rows whose ids all parties have, in the same order.
 *
 * The guest meets each host alone, keeps what it shares with all of them and, if asked to, tells each host which of
 * its rows these are. So a host learns of the other hosts no more than the common part; the guest learns what it
 * shares with each.
 * @module
 */
import { z } from 'zod'

import { randomPermutation } from '../../compute/crypto/permutation.ts'
import { takeRows, type Frame } from '../../compute/ml/frame.ts'
import { compareText } from '../../compute/text.ts'
import { address, type Address, type Disclosure } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { checkIds } from './check-ids.ts'
import { difference, IntersectParam, termsOf } from './intersect-param.ts'
import { encodePositions, readPositions } from './positions.ts'
import type { Meeting } from './protocol.ts'
import { METHOD_MESSAGES, protocolOf } from './protocols.ts'
import { digestOf, hostJoins, matchIds, sendIds } from './raw.ts'

const MESSAGES: Readonly<Record<string, Disclosure>> = {
  terms: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'The method and its options, and how many ids the guest has.',
  },
  ...METHOD_MESSAGES,
  raw_matches: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals: 'Which of the guest’s own ids the host has too, unless the host keeps it to itself.',
  },
  common: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'Which of the host’s own ids all parties have, unless the guest keeps it to itself.',
  },
  cardinality: {
    kind: 'aggregate',
    from: ['guest'],
    to: ['host'],
    reveals: 'How many ids both have, if sync_cardinality is set; else nothing.',
  },
}

/** FATE's `Intersection`. */
export const intersection = component({
  name: 'Intersection',
  summary: 'Keep the rows whose ids all parties have, without showing the others',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: IntersectParam,
  paramsName: 'IntersectParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'pass',
  messages: MESSAGES,
  async run(context) {
    checkMembers(context)
    const frame = await inputOf(context)
    const { params } = context
    warnOfUnknown(context, IntersectParam)
    const weakness = protocolOf(params.intersect_method).weakness?.(params)
    if (weakness) context.warn(weakness)
    if (context.role === 'guest') await guest(context, frame)
    else await host(context, frame)
  },
})

type Context = TaskContext<IntersectParam>

const TERMS = z.object({
  rows: z.int().nonnegative(),
  terms: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

async function guest(context: Context, frame: Frame): Promise<void> {
  const { channel, members, params } = context
  const hosts = (members.host ?? []).map((party) => address('host', party))
  const total = frame.ids.length * hosts.length
  const done = counter(context, total)
  const terms = json.encode({ rows: frame.ids.length, terms: termsOf(params) })
  for (const peer of hosts) await channel.send(peer, 'terms', terms)

  const meetings = await Promise.all(
    hosts.map((peer) => meet(context, frame, placeOf(context, { peer, done }))),
  )
  if (meetings.some((partners) => partners === undefined)) {
    context.log('info', 'The host keeps the common ids to itself: no output here')
    return
  }
  const partners = meetings.filter((found) => found !== undefined)
  if (params.cardinality_only) {
    const count = partners[0].reduce((sum, place) => (place < 0 ? sum : sum + 1), 0)
    const told = params.sync_cardinality ? count : null
    await channel.send(hosts[0], 'cardinality', json.encode(told))
    await report(context, { count, rows: frame.ids.length })
    return
  }
  const common = rowsWhere(frame, (row) => partners.every((found) => found[row] >= 0))

  // A joining host already knows what it shares with the guest, and has chosen to share it.
  const shared = hostJoins(params) || params.is_send_intersect_ids
  for (const [at, peer] of hosts.entries()) {
    const positions = shared ? common.map((row) => partners[at][row]) : []
    await channel.send(peer, 'common', encodePositions(shared, positions))
  }
  if (!shared) context.log('info', 'The hosts are not told the common ids and have no output')
  if (hostJoins(params) && !params.is_get_intersect_ids) {
    context.log('info', 'is_get_intersect_ids is false: no output here')
    return
  }
  await output(context, frame, common)
}

/**
 * The guest's side of a meeting with one host: for each row its place in the list that both know, or −1; nothing when
 * the host keeps the result back.
 */
async function meet(
  context: Context,
  frame: Frame,
  place: Meeting,
): Promise<Int32Array | undefined> {
  const { params } = context
  const order = randomPermutation(frame.ids.length, (bytes) => context.random(bytes))
  const ids = inOrder(frame.ids, order)
  if (hostJoins(params)) {
    await sendIds(ids, { place, digest: digestOf(params) })
    const reply = await place.channel.receive(place.peer, 'raw_matches')
    const { shared, positions } = readPositions(reply, { peer: place.peer, below: ids.length })
    if (!shared) return undefined
    const partners = new Int32Array(ids.length).fill(-1)
    for (const position of positions) partners[order[position]] = position
    return partners
  }
  const found = await protocolOf(params.intersect_method).ask(context, ids, place)
  const partners = new Int32Array(ids.length)
  for (let at = 0; at < found.length; at++) partners[order[at]] = found[at]
  return partners
}

async function host(context: Context, frame: Frame): Promise<void> {
  const { channel, members, params } = context
  const [peer] = (members.guest ?? []).map((party) => address('guest', party))
  const announced = TERMS.safeParse(json.decode(await channel.receive(peer, 'terms')))
  if (!announced.success) throw new RangeError(`${peer} sent terms of an unknown form`)
  const { rows, terms } = announced.data
  const differs = difference(termsOf(params), terms)
  if (differs) throw new Error(`${peer} set up another intersection: ${differs}`)

  const own = frame.ids.length
  const done = counter(context, params.intersect_method === 'raw' ? own : own + rows)
  const place = placeOf(context, { peer, done })
  const rowAt = hostJoins(params)
    ? await join(context, frame, place)
    : await serve(context, frame, { ...place, rows })

  if (params.cardinality_only) {
    const told = z
      .int()
      .min(0)
      .max(Math.min(own, rows))
      .nullable()
      .safeParse(json.decode(await channel.receive(peer, 'cardinality')))
    if (!told.success) throw new RangeError(`${peer} sent a number of common ids that cannot be`)
    if (told.data !== null) await report(context, { count: told.data, rows: own })
    else context.log('info', 'The guest keeps the number of common ids: no output here')
    return
  }

  if (hostJoins(params) && !params.is_send_intersect_ids) {
    context.log('info', 'The guest is not told the common ids and has no output')
    const common = rowsOf(rowAt)
    await output(context, frame, common)
    return
  }
  const reply = readPositions(await channel.receive(peer, 'common'), { peer, below: rowAt.length })
  if (!reply.shared || (!hostJoins(params) && !params.is_get_intersect_ids)) {
    const why = reply.shared ? 'is_get_intersect_ids is false' : 'The guest keeps the result'
    context.log('info', `${why}: no output here`)
    return
  }
  const common = rowsOf(reply.positions.map((position) => rowAt[position]))
  if (common.length !== reply.positions.length) {
    throw new Error(`${peer} names common ids that this party does not have`)
  }
  await output(context, frame, common)
}

/** Lets the guest find the common ids. Gives the row that each place of the host's list stands for. */
async function serve(
  context: Context,
  frame: Frame,
  place: Meeting & { readonly rows: number },
): Promise<Int32Array> {
  const { params } = context
  const order = randomPermutation(frame.ids.length, (bytes) => context.random(bytes))
  const ids = inOrder(frame.ids, order)
  await protocolOf(params.intersect_method).answer(context, ids, place)
  return Int32Array.from(order)
}

/** Finds the common ids in the guest's list. Gives the row that each of its places stands for, or −1. */
async function join(context: Context, frame: Frame, place: Meeting): Promise<Int32Array> {
  const { params } = context
  const found = await matchIds(frame.ids, { place, digest: digestOf(params) })
  const matched = rowsWhere(frame, (row) => found[row] >= 0)
  const shared = params.is_send_intersect_ids
  const positions = shared ? matched.map((row) => found[row]) : []
  await place.channel.send(place.peer, 'raw_matches', encodePositions(shared, positions))
  const end = found.reduce((most, position) => Math.max(most, position), -1) + 1
  const rowAt = new Int32Array(end).fill(-1)
  for (const row of matched) rowAt[found[row]] = row
  return rowAt
}

/** Writes the rows of the common ids, sorted by id so that all parties end in the same order. */
async function output(context: Context, frame: Frame, common: readonly number[]): Promise<void> {
  const { params } = context
  const order = common.toSorted((a, b) => compareText(frame.ids[a], frame.ids[b]))
  const taken = takeRows(frame, order)
  const { kind, idName, ids } = taken
  await context.writeTable(params.only_output_key ? { kind, idName, ids, columns: [] } : taken)

  await report(context, { count: common.length, rows: frame.ids.length })
}

/** The number of common ids, as metric, model and line of the log. */
async function report(
  context: Context,
  { count, rows }: { readonly count: number; readonly rows: number },
): Promise<void> {
  const { params } = context
  const rate = count === 0 ? 0 : count / rows
  context.metric({
    namespace: 'train',
    name: 'intersection',
    points: [
      ['intersect_count', count],
      ['intersect_rate', rate],
    ],
    meta: { name: 'intersection', metric_type: 'INTERSECTION' },
  })
  await context.writeModel({
    name: 'IntersectModel',
    param: { intersectCount: count, intersectRate: rate },
    meta: { intersectMethod: params.intersect_method },
  })
  context.log('info', `${count} of ${rows} ids are common to all parties`)
}

async function inputOf(context: Context): Promise<Frame> {
  const tables = await context.tables('data')
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in "data", got ${tables.length}`)
  }
  const [{ frame }] = tables
  checkIds(context.name, frame.ids)
  return frame
}

function checkMembers({ name, members, params }: Context): void {
  const [guests, hosts] = [members.guest?.length ?? 0, members.host?.length ?? 0]
  if (guests !== 1 || hosts === 0) {
    throw new Error(`${name} needs one guest and a host or more, got ${guests} and ${hosts}`)
  }
  if (params.cardinality_only && (params.intersect_method !== 'ecdh' || hosts > 1)) {
    throw new Error(`${name}: cardinality_only needs intersect_method ecdh and one host`)
  }
  if (hostJoins(params) && hosts > 1 && !params.is_send_intersect_ids) {
    throw new Error(
      `${name}: with join_role host and ${hosts} hosts, is_send_intersect_ids must be true, or ` +
        'nobody could find what all parties have',
    )
  }
}

function placeOf(
  { channel, signal, scratch }: Context,
  options: { readonly peer: Address; readonly done: (ids: number) => void },
): Meeting {
  return { channel, signal, scratch, ...options }
}

/** Reports ids as they get done. */
function counter(context: Context, total: number): (ids: number) => void {
  const note = `intersection by ${context.params.intersect_method}`
  let done = 0
  context.progress(0, total, note)
  return (ids) => context.progress((done += ids), total, note)
}

function inOrder(ids: readonly string[], order: Uint32Array): string[] {
  const ordered: string[] = []
  for (let at = 0; at < order.length; at++) ordered.push(ids[order[at]])
  return ordered
}

function rowsWhere(frame: Frame, has: (row: number) => boolean): number[] {
  return Array.from(frame.ids.keys()).filter(has)
}

/** The rows in `rowAt` that are rows, not −1. */
function rowsOf(rowAt: Int32Array): number[] {
  return Array.from(rowAt).filter((row) => row >= 0)
}
