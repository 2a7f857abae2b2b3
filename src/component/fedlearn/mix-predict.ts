/**
 * Predictions of MixGBoost: all parties know the ids that are asked for, each has some of them. The guest sends rows down
 * its trees and asks the first party that has both a row and the column of a split where it goes; a row that nobody can
 * tell of goes with the rest.
 * @module
 */
import { type Frame, features } from '../../compute/ml/frame.ts'
import { blob, json, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { packBits, unpackBits } from '../tree/sbt-messages.ts'
import { treePredictions } from '../tree/tree-prediction.ts'
import { MIX_BITS, type MixOrder } from './mix-messages.ts'
import { inFirst, type MixState } from './mix-model.ts'
import type { MixGBoostParam } from './mix-param.ts'
import { mixTask } from './mix-training.ts'

type Context = TaskContext<MixGBoostParam>

/** Predictions of the ids that any party has, at the guest; undefined at a host, which answers. */
export async function predictMix(
  context: Context,
  { state, frame }: { state: MixState; frame: Frame },
): Promise<Frame | undefined> {
  const ids = context.params.ids ?? frame.ids
  const own = sidesOf(state, { frame, ids })
  if (context.role === 'host') {
    await answer(context, { ids, own })
    return undefined
  }
  const { channel } = context
  const hosts = hostsOf(context)
  const have = [own.has]
  for (const host of hosts) {
    const { count, bits } = MIX_BITS.decode(await channel.receive(host, 'mix_have'))
    if (count[0] !== ids.length) throw new Error(`${host} speaks of other ids than were asked for`)
    have.push(unpackBits(bits, ids.length))
  }
  const rows = [...ids.keys()].filter((row) => have.some((has) => has[row] === 1))
  const scores = new Float64Array(ids.length)
  let waiting = state.trees.map((_, tree) => ({ tree, at: new Map(rows.map((row) => [row, 0])) }))
  while (waiting.length > 0) {
    const stops = hosts.map((): Stop[] => [])
    const sides = new Map<string, number>()
    for (const { tree, at } of waiting) {
      for (const [row, node] of at) {
        const { holders } = state.trees[tree][node]
        const who = holders?.find((party) => have[party][row] === 1)
        if (who === 0) sides.set(`${tree} ${row}`, own.side({ tree, node, row }))
        else if (who !== undefined) stops[who - 1].push({ tree, node, row })
      }
    }
    await Promise.all(
      hosts.map(async (_, host) => {
        const bits = await ask(context, { host, stops: stops[host] })
        stops[host].forEach(({ tree, row }, place) => sides.set(`${tree} ${row}`, bits[place]))
      }),
    )
    waiting = waiting.flatMap(({ tree, at }) => {
      const next = new Map<number, number>()
      for (const [row, node] of at) {
        const { holders, left, right, weight } = state.trees[tree][node]
        if (holders === null) scores[row] += weight
        else next.set(row, sides.get(`${tree} ${row}`) === 1 ? left : right)
      }
      return next.size > 0 ? [{ tree, at: next }] : []
    })
  }
  for (const host of hosts) await channel.send(host, 'mix_order', json.encode({ do: 'finish' }))
  const known = rows.map((row) => ids[row])
  const table: Frame = { kind: 'data', idName: frame.idName, ids: known, columns: [] }
  const order = Uint32Array.from(rows, (_, at) => at)
  return treePredictions(
    { frame: table, order, ids: known, header: [], columns: [] },
    [Float64Array.from(rows, (row) => scores[row])],
    { task: mixTask(context.params), threshold: 0.5, type: 'test' },
  )
}

interface Stop {
  readonly tree: number
  readonly node: number
  readonly row: number
}

/** Where a host's rows go, in the order of `stops`. */
async function ask(
  context: Context,
  { host, stops }: { host: number; stops: readonly Stop[] },
): Promise<Uint8Array> {
  if (stops.length === 0) return new Uint8Array(0)
  const { channel } = context
  const to = hostsOf(context)[host]
  const groups = Map.groupBy(stops, ({ tree, node }) => `${tree} ${node}`)
  const order: MixOrder = {
    do: 'answer',
    stops: [...groups.values()].map((list) => ({
      tree: list[0].tree,
      node: list[0].node,
      rows: list.length,
    })),
  }
  const joined = [...groups.values()].flat()
  await channel.send(to, 'mix_order', json.encode(order))
  await channel.send(to, 'query_rows', uint32s.encode(Uint32Array.from(joined, ({ row }) => row)))
  const bits = unpackBits(blob.decode(await channel.receive(to, 'answers')), joined.length)
  const places = new Map(joined.map((stop, at) => [stop, at]))
  return Uint8Array.from(stops, (stop) => bits[places.get(stop) ?? 0])
}

interface Sides {
  /** 1 for each id that the party has. */
  readonly has: Uint8Array
  /** 1 where a row is in the first part of a split of this party. */
  side(at: Stop): number
}

function sidesOf(
  { splits }: MixState,
  { frame, ids }: { frame: Frame; ids: readonly string[] },
): Sides {
  const places = new Map(frame.ids.map((id, row) => [id, row]))
  const columns = new Map(features(frame).map(({ name, values }) => [name, values]))
  const byNode = new Map(splits.map((split) => [`${split.tree} ${split.node}`, split]))
  return {
    has: Uint8Array.from(ids, (id) => (places.has(id) ? 1 : 0)),
    side({ tree, node, row }) {
      const split = byNode.get(`${tree} ${node}`)
      if (!split) {
        throw new Error(
          `There is no split of node ${node} of tree ${tree} here: the parts of the model are not of one training`,
        )
      }
      const values = columns.get(split.column)
      if (!values) throw new Error(`The table has no numeric column "${split.column}"`)
      const place = places.get(ids[row])
      if (place === undefined) throw new Error('The guest asks for a row that is not there')
      return inFirst(values[place], split) ? 1 : 0
    },
  }
}

async function answer(
  context: Context,
  { ids, own }: { ids: readonly string[]; own: Sides },
): Promise<void> {
  const { channel, signal } = context
  const guest = guestOf(context)
  const have = { count: Int32Array.of(ids.length), bits: packBits(own.has) }
  await channel.send(guest, 'mix_have', MIX_BITS.encode(have))
  for (;;) {
    signal.throwIfAborted()
    const order = json.decode(await channel.receive(guest, 'mix_order')) as MixOrder
    if (order.do === 'finish') return
    if (order.do !== 'answer') throw new Error(`${guest} ordered "${order.do}" at the wrong time`)
    const asked = uint32s.decode(await channel.receive(guest, 'query_rows'))
    const total = order.stops.reduce((sum, { rows }) => sum + rows, 0)
    if (total !== asked.length) throw new Error(`${guest} sent a malformed query`)
    const left = new Uint8Array(total)
    let at = 0
    for (const { tree, node, rows } of order.stops) {
      for (const end = at + rows; at < end; at++)
        left[at] = own.side({ tree, node, row: asked[at] })
    }
    await channel.send(guest, 'answers', blob.encode(packBits(left)))
  }
}
