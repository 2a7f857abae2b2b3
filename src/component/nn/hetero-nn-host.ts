/**
 * A host of HeteroNN: has a network on its own columns and a share of the interactive layer's weights, and does what the
 * guest orders.
 * @module
 */
import { ringFromText, ringToText } from '../../compute/crypto/shared-dense.ts'
import { type Matrix, sliceRows } from '../../compute/ml/matrix.ts'
import { readDescent } from '../../compute/nn/descent.ts'
import { createNetwork, type Network, type NetworkState } from '../../compute/nn/network.ts'
import type { Topology } from '../../compute/nn/topology.ts'
import { blob, json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { openTable, type OpenTable } from '../linear/lr-inputs.ts'
import { alignHost, guestOf } from '../linear/row-alignment.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { bottomOf } from './guest-network.ts'
import {
  drawKey,
  HETERO_NN_ROLES,
  type Order,
  receiveKey,
  receiveWidth,
} from './hetero-nn-messages.ts'
import { nnHostModel, readNnHost } from './hetero-nn-model.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'
import { spreadRows, takeRows } from './row-selector.ts'
import { type HostLayer, hostLayer } from './shared-layer.ts'

type Context = TaskContext<HeteroNNParam>

/** Runs a host until the guest says that all is done. */
export async function runNnHost(context: Context): Promise<void> {
  const mode = modeOf(context)
  if (mode.type === 'predict') {
    const state = readNnHost(await modelOf(context))
    const { header, topology, units } = state
    const table = await open(context, { slot: mode.slot, header })
    const network = await build(context, topology)
    network.setWeights(state.weights)
    const met = await meet(context, network.outputs)
    if (met.units !== units) {
      throw new Error(
        'The models of guest and hosts are not of one training: connect those of one job',
      )
    }
    met.layer.setNoise(ringFromText(state.noise))
    await obey(context, {
      network,
      layer: met.layer,
      tables: [table],
      learns: false,
      saved: undefined,
    })
    network.dispose()
    return
  }
  const train = await open(context, { slot: mode.train })
  const { header } = train
  if (header.length === 0) throw new Error(`The table of ${context.channel.self} has no features`)
  const tables = [train]
  if (mode.validate !== undefined) {
    tables.push(await open(context, { slot: mode.validate, header }))
  }
  const define = context.params.bottom_nn_define
  if (!define)
    throw new Error(`bottom_nn_define is missing at ${context.channel.self}: give its layers`)
  const party = 1 + context.position
  const options = { name: 'bottom_nn_define', define, inputs: header.length, party }
  const topology = bottomOf(context, options)
  const network = await build(context, topology)
  const saved = (await agreeOnStep(context, HETERO_NN_ROLES))?.state as HostState | undefined
  const { layer, units } = await meet(context, network.outputs)
  const epochs = await obey(context, { network, layer, tables, learns: true, saved })
  const weights = network.weights()
  const noise = ringToText(layer.noise())
  const state = { side: 'host', header, topology, weights, units, noise } as const
  await context.writeModel(nnHostModel(context.params, state, epochs))
  network.dispose()
}

/** What a host remembers of a time. */
interface Snapshot {
  readonly network: NetworkState
  readonly noise: string
}

/** What it keeps after every epoch. */
interface HostState extends Snapshot {
  readonly epochs: number
  readonly best: Snapshot | null
}

/** Follows orders until `finish`; how many epochs there were. */
async function obey(
  context: Context,
  work: {
    network: Network
    layer: HostLayer
    tables: readonly OpenTable[]
    learns: boolean
    saved: HostState | undefined
  },
): Promise<number> {
  const { channel, signal } = context
  const { network, layer, tables, learns, saved } = work
  const guest = guestOf(context)
  let best = saved?.best ?? null
  let epochs = saved?.epochs ?? 0
  let last: { x: Matrix; answers: Matrix; step: number } | undefined
  const remember = async (): Promise<Snapshot> => {
    return { network: await network.save(), noise: ringToText(layer.noise()) }
  }
  const recall = async (snapshot: Snapshot): Promise<void> => {
    await network.restore(snapshot.network)
    layer.setNoise(ringFromText(snapshot.noise))
  }
  if (saved) await recall(saved)
  for (;;) {
    signal.throwIfAborted()
    const order = json.decode(await channel.receive(guest, 'order')) as Order
    if (order.do === 'finish') return epochs
    if (order.do === 'forward') {
      const x = rowsOf(tables, order)
      const answers = network.forward(x, order.step ?? undefined)
      await layer.answerForward(answers, { fresh: order.fresh })
      last = order.step === null ? undefined : { x, answers, step: order.step }
    } else if (!learns) throw new Error(`${guest} ordered "${order.do}" while predicting`)
    else if (order.do === 'backward') {
      if (!last) throw new Error(`${guest} ordered "backward" of rows that are not learnt from`)
      const { x, answers, step } = last
      const { rows } = order
      if (rows !== undefined) checkRows(rows, x.rows)
      const found = await layer.answerBackward(rows ? takeRows(answers, rows) : answers)
      network.follow(x, rows ? spreadRows(found, rows, x.rows) : found, { step })
      last = undefined
    } else if (order.do === 'remember') best = await remember()
    else if (order.do === 'recall') {
      if (best) await recall(best)
    } else if (order.do === 'save') {
      epochs = order.step
      const kept: HostState = { ...(await remember()), epochs, best }
      await context.checkpoints.save(order.step, kept)
      await channel.send(guest, 'kept', json.encode(order.step))
    } else throw new Error(`${guest} sent a malformed order`)
  }
}

function rowsOf(tables: readonly OpenTable[], order: Extract<Order, { do: 'forward' }>): Matrix {
  const { from, to } = order
  const table = tables.at(order.table)
  const whole = [from, to].every(Number.isSafeInteger) && from >= 0 && from < to
  const stepped = order.step === null || Number.isSafeInteger(order.step)
  if (table && whole && stepped && to <= table.matrix.rows) return sliceRows(table.matrix, from, to)
  throw new Error('The guest asks for rows that are not there')
}

/** Throws unless these are places of rows, ascending. */
function checkRows(rows: unknown, all: number): void {
  const fine =
    Array.isArray(rows) &&
    rows.length > 0 &&
    rows.every(
      (row, at) => Number.isSafeInteger(row) && row < all && row > (at === 0 ? -1 : rows[at - 1]),
    )
  if (!fine) throw new Error('The guest has rows learnt from that are not there')
}

async function open(
  context: Context,
  options: { slot: Parameters<typeof openTable>[1]['slot']; header?: readonly string[] },
): Promise<OpenTable> {
  const table = await openTable(context, options)
  await alignHost(context, { ids: table.ids, columns: table.header.length })
  return table
}

function build(context: Context, topology: Topology): Promise<Network> {
  const { params } = context
  const descent = readDescent(params.optimizer)
  const seed = params.random_seed + 1 + context.position
  return createNetwork(topology, { descent, seed, name: 'bottom_nn_define' })
}

/** Exchanges keys and widths with the guest. */
async function meet(
  context: Context,
  inputs: number,
): Promise<{ layer: HostLayer; units: number }> {
  const { channel } = context
  const guest = guestOf(context)
  const { secret, bytes } = drawKey(context)
  await channel.send(guest, 'public_key', blob.encode(bytes))
  await channel.send(guest, 'widths', json.encode(inputs))
  const theirs = await receiveKey(context, guest)
  const units = await receiveWidth(context, guest)
  return { layer: hostLayer(context, { inputs, units }, { secret, theirs }), units }
}
