/**
 * A host, as the guest's tree sees it: something that offers splits and divides rows.
 * @module
 */
import { openOutputs } from '../../compute/crypto/gradient-outputs.ts'
import type { GradientSecret } from '../../compute/crypto/gradient-vector.ts'
import type { Gradients } from '../../compute/ml/tree/gradient.ts'
import type { GrowNode, Splitter } from '../../compute/ml/tree/grow.ts'
import type { Query } from '../../compute/ml/tree/predict.ts'
import { bestSplit } from '../../compute/ml/tree/split.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, int32s, json, rows as rowsCodec, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { CANDIDATES, DIRECTIONS, type Order, unpackBits } from './sbt-messages.ts'

type Context = TaskContext<BoostingTreeParam>

/** Gives an order to a host. */
export async function order(context: Context, to: Address, what: Order): Promise<void> {
  await context.channel.send(to, 'order', json.encode(what))
}

/** What the guest tells its hosts of a tree, the same to all. */
export interface TreeStart {
  readonly tree: number
  /** The rows that are learnt from, or null for all. */
  readonly sample: Uint32Array | null
  /** Null where those of the tree before stand. */
  readonly ciphertexts: Uint8Array | null
  /** Whether the ciphertexts are of all rows, whatever the sample. */
  readonly whole?: boolean
  readonly gradients: Gradients
}

/** Begins a tree at `host`; the splitter is for that tree. `party` is the host's number, from 1. */
export async function startRemote(
  context: Context,
  key: GradientSecret,
  options: {
    host: Address
    party: number
    start: TreeStart
    /** How many of its columns the host draws; without it as many as the parameters say. */
    columns?: number
    /** Which of the offers is taken; the best, unless told otherwise. */
    choose?: typeof bestSplit
  },
): Promise<Splitter> {
  const { channel, params, parallel, signal } = context
  const { host, party, start, columns, choose = bestSplit } = options
  const rule = boostRule(params)
  const tellGain = params.tree_param.feature_importance_type === 'gain'
  const { width } = key
  const { tree, sample, ciphertexts } = start
  const outputs = 1 + (start.gradients.others?.length ?? 0)
  await order(context, host, {
    do: 'tree',
    tree,
    sampled: sample !== null,
    ...(outputs > 1 ? { outputs } : {}),
    ...(ciphertexts === null ? { ciphers: 'kept' } : start.whole ? { ciphers: 'all' } : {}),
    ...(columns === undefined ? {} : { columns }),
  })
  if (sample) await channel.send(host, 'sample', uint32s.encode(sample))
  if (ciphertexts) {
    await channel.send(host, 'gradients', rowsCodec.encode({ width, data: ciphertexts }))
  }

  return {
    async propose(level) {
      signal.throwIfAborted()
      const nodes = level.map(({ id, parent, open }) => ({ id, parent, open }))
      await order(context, host, { do: 'level', nodes })
      await channel.send(host, 'positions', int32s.encode(positionsOf(level, start.gradients)))
      const { counts, sums } = CANDIDATES.decode(await channel.receive(host, 'candidates'))
      const open = level.filter((node) => node.open)
      if (counts.length !== open.length || sums.width !== width) {
        throw new Error(`${host} sent malformed candidates`)
      }
      const left = await openOutputs(
        key,
        { outputs, rows: sums.data, counts, compress: params.cipher_compress },
        { parallel, signal },
      )
      return open.map((node, at) => choose(node.total, left[at], { units: start.gradients, rule }))
    },

    async divide(taken) {
      if (taken.length === 0) return []
      const choices = taken.map(({ node, offer }) => {
        const choice = { node: node.id, ties: offer.ties }
        return tellGain ? { ...choice, gain: offer.gain } : choice
      })
      await order(context, host, { do: 'divide', choices })
      const { keys, bits } = DIRECTIONS.decode(await channel.receive(host, 'directions'))
      const total = taken.reduce((sum, { node }) => sum + node.rows.length, 0)
      if (keys.length !== taken.length) throw new Error(`${host} sent malformed directions`)
      const flags = unpackBits(bits, total)
      let at = 0
      return taken.map(({ node }, index) => {
        const left = flags.slice(at, (at += node.rows.length))
        return { split: { party, key: keys[index] }, left }
      })
    },
  }
}

/** Asks a host where rows of the table number `table` go. */
export async function askHost(
  context: Context,
  host: Address,
  { table, queries }: { table: number; queries: readonly Query[] },
): Promise<Uint8Array[]> {
  const { channel } = context
  const counts = queries.map(({ rows }) => rows.length)
  const keys = queries.map(({ key }) => key)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const asked = new Uint32Array(total)
  let at = 0
  for (const { rows } of queries) {
    asked.set(rows, at)
    at += rows.length
  }
  await order(context, host, { do: 'answer', table, keys, counts })
  await channel.send(host, 'query_rows', uint32s.encode(asked))
  const flags = unpackBits(blob.decode(await channel.receive(host, 'answers')), total)
  at = 0
  return counts.map((count) => flags.slice(at, (at += count)))
}

/** For each row the place of its node in the level, -1 for those in leaves. */
function positionsOf(level: readonly GrowNode[], { g }: Gradients): Int32Array {
  const positions = new Int32Array(g.length).fill(-1)
  level.forEach(({ rows }, at) => {
    for (const row of rows) positions[row] = at
  })
  return positions
}
