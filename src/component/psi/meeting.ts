/**
 * A meeting of the guest and one host: which rows of their tables stand for the same ids.
 * @module
 */
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import type { Address } from '../../federation/channel.ts'
import { scratchOf } from './buckets.ts'
import { inOrder } from './id-list.ts'
import { encodePositions, readPositions } from './positions.ts'
import type { Meeting, MethodContext } from './protocol.ts'
import { protocolOf } from './protocols.ts'
import { digestOf, hostJoins, matchIds, sendIds } from './raw.ts'

/**
 * The guest's side of a meeting with one host: for each row its place in the list that both know, or −1; nothing when
 * the host keeps the result back.
 */
export async function meet(
  context: MethodContext,
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

/** Lets the guest find the common ids. Gives the row that each place of the host's list stands for. */
export async function serve(
  context: MethodContext,
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
export async function join(
  context: MethodContext,
  frame: Frame,
  place: Meeting,
): Promise<Int32Array> {
  const { params } = context
  const found = await matchIds(context, frame.ids, place)
  const matched = rowsWhere(frame.ids.length, (row) => found[row] >= 0)
  const shared = params.is_send_intersect_ids
  const positions = shared ? matched.map((row) => found[row]) : new Int32Array(0)
  await place.channel.send(place.peer, 'raw_matches', encodePositions(shared, positions))
  const end = found.reduce((most, position) => Math.max(most, position), -1) + 1
  const rowAt = new Int32Array(end).fill(-1)
  for (const row of matched) rowAt[found[row]] = row
  return rowAt
}

/** Where a meeting takes place; `at` tells it from others that run side by side in the same scratch. */
export function placeOf(
  { channel, signal, scratch }: Pick<MethodContext, 'channel' | 'signal' | 'scratch'>,
  options: { readonly peer: Address; readonly at: number; readonly done: (ids: number) => void },
): Meeting {
  const { peer, at, done } = options
  return { channel, signal, scratch: scratchOf(scratch, `m${at}`), peer, done }
}

/** The rows of a table of `count` for which `has` is true. */
export function rowsWhere(count: number, has: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count)
  let found = 0
  for (let row = 0; row < count; row++) if (has(row)) rows[found++] = row
  return rows.slice(0, found)
}

/** The rows in `rowAt` that are rows, not −1. */
export function rowsOf(rowAt: Int32Array): Int32Array {
  return rowAt.filter((row) => row >= 0)
}
