/**
 * Private set intersection: every party keeps the rows whose ids all parties have, in the same order.
 *
 * The guest meets each host alone, keeps what it shares with all of them and, if asked to, tells each host which of
 * its rows these are. So a host learns of the other hosts no more than the common part; the guest learns what it
 * shares with each.
 * @module
 */
import { z } from 'zod'

import type { Frame } from '../../compute/ml/frame.ts'
import { address, type Address, type Disclosure } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { checkIds } from './check-ids.ts'
import { output, report } from './intersect-output.ts'
import { difference, IntersectParam, termsOf } from './intersect-param.ts'
import { join, meet, placeOf, rowsOf, rowsWhere, serve } from './meeting.ts'
import { encodePositions, readPositions } from './positions.ts'
import type { MethodContext } from './protocol.ts'
import { METHOD_MESSAGES, protocolOf } from './protocols.ts'
import { hostJoins } from './raw.ts'

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
    reveals: 'How many ids all have, if sync_cardinality is set; else nothing.',
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

const TERMS = z.object({
  rows: z.int().nonnegative(),
  terms: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

async function guest(context: MethodContext, frame: Frame): Promise<void> {
  const { channel, members, params } = context
  const hosts = (members.host ?? []).map((party) => address('host', party))
  const total = frame.ids.length * hosts.length
  const done = counter(context, total)
  const terms = json.encode({ rows: frame.ids.length, terms: termsOf(params) })
  for (const peer of hosts) await channel.send(peer, 'terms', terms)
  if (params.cardinality_only && hosts.length > 1) {
    const parties = [channel.self, ...hosts]
    const count = await protocolOf(params.intersect_method).count?.(context, frame.ids, {
      parties,
      done,
    })
    await tellCount(context, { count: count ?? 0, rows: frame.ids.length })
    return
  }

  const meetings = await Promise.all(
    hosts.map((peer, at) => meet(context, frame, placeOf(context, { peer, at, done }))),
  )
  if (meetings.some((partners) => partners === undefined)) {
    context.log('info', 'The host keeps the common ids to itself: no output here')
    return
  }
  const partners = meetings.filter((found) => found !== undefined)
  if (params.cardinality_only) {
    const count = partners[0].reduce((sum, place) => (place < 0 ? sum : sum + 1), 0)
    await tellCount(context, { count, rows: frame.ids.length })
    return
  }
  const common = rowsWhere(frame.ids.length, (row) => partners.every((found) => found[row] >= 0))

  // A joining host already knows what it shares with the guest, and has chosen to share it.
  const shared = hostJoins(params) || params.is_send_intersect_ids
  for (const [at, peer] of hosts.entries()) {
    const positions = shared ? common.map((row) => partners[at][row]) : new Int32Array(0)
    await channel.send(peer, 'common', encodePositions(shared, positions))
  }
  if (!shared) context.log('info', 'The hosts are not told the common ids and have no output')
  if (hostJoins(params) && !params.is_get_intersect_ids) {
    context.log('info', 'is_get_intersect_ids is false: no output here')
    return
  }
  await output(context, frame, common)
}

async function host(context: MethodContext, frame: Frame): Promise<void> {
  const { channel, members, params } = context
  const [peer] = (members.guest ?? []).map((party) => address('guest', party))
  const announced = TERMS.safeParse(json.decode(await channel.receive(peer, 'terms')))
  if (!announced.success) throw new RangeError(`${peer} sent terms of an unknown form`)
  const { rows, terms } = announced.data
  const differs = difference(termsOf(params), terms)
  if (differs) throw new Error(`${peer} set up another intersection: ${differs}`)

  const own = frame.ids.length
  if (params.cardinality_only && (members.host ?? []).length > 1) {
    const parties = [peer, ...(members.host ?? []).map((party) => address('host', party))]
    const done = counter(context, own)
    await protocolOf(params.intersect_method).count?.(context, frame.ids, { parties, done })
    await hearCount(context, { peer, rows, own })
    return
  }
  const done = counter(context, params.intersect_method === 'raw' ? own : own + rows)
  const place = placeOf(context, { peer, at: 0, done })
  const rowAt = hostJoins(params)
    ? await join(context, frame, place)
    : await serve(context, frame, { ...place, rows })

  if (params.cardinality_only) {
    await hearCount(context, { peer, rows, own })
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

/** Tells the hosts the number of common ids, if that is wanted, and reports it here. */
async function tellCount(
  context: MethodContext,
  { count, rows }: { readonly count: number; readonly rows: number },
): Promise<void> {
  const { channel, members, params } = context
  const told = json.encode(params.sync_cardinality ? count : null)
  for (const party of members.host ?? []) {
    await channel.send(address('host', party), 'cardinality', told)
  }
  await report(context, { count, rows })
}

/** Takes the number of common ids, where the guest tells it. */
async function hearCount(
  context: MethodContext,
  { peer, rows, own }: { readonly peer: Address; readonly rows: number; readonly own: number },
): Promise<void> {
  const { channel } = context
  const told = z
    .int()
    .min(0)
    .max(Math.min(own, rows))
    .nullable()
    .safeParse(json.decode(await channel.receive(peer, 'cardinality')))
  if (!told.success) throw new RangeError(`${peer} sent a number of common ids that cannot be`)
  if (told.data !== null) await report(context, { count: told.data, rows: own })
  else context.log('info', 'The guest keeps the number of common ids: no output here')
}

async function inputOf(context: MethodContext): Promise<Frame> {
  const tables = await context.tables('data')
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in "data", got ${tables.length}`)
  }
  const [{ frame }] = tables
  await checkIds(context.name, frame.ids, context)
  return frame
}

function checkMembers({ name, members, params }: MethodContext): void {
  const [guests, hosts] = [members.guest?.length ?? 0, members.host?.length ?? 0]
  if (guests !== 1 || hosts === 0) {
    throw new Error(`${name} needs one guest and a host or more, got ${guests} and ${hosts}`)
  }
  if (params.cardinality_only && !protocolOf(params.intersect_method).count) {
    throw new Error(`${name}: cardinality_only needs intersect_method ecdh`)
  }
  if (hostJoins(params) && hosts > 1 && !params.is_send_intersect_ids) {
    throw new Error(
      `${name}: with join_role host and ${hosts} hosts, is_send_intersect_ids must be true, or ` +
        'nobody could find what all parties have',
    )
  }
}

/** Reports ids as they get done. */
function counter(context: MethodContext, total: number): (ids: number) => void {
  const note = `intersection by ${context.params.intersect_method}`
  let done = 0
  context.progress(0, total, note)
  return (ids) => context.progress((done += ids), total, note)
}
