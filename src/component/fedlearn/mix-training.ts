/**
 * The training of MixGBoost: trees one after another, of which the guest grows each and all parties keep their part.
 * @module
 */
import { decodeRing } from '../../compute/crypto/ring-mask.ts'
import { takeRows, type Frame } from '../../compute/ml/frame.ts'
import { type Exponents, exponentFor } from '../../compute/ml/tree/gradient.ts'
import {
  binaryObjective,
  type Objective,
  regressionObjective,
} from '../../compute/ml/tree/objective.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { concatPredictions } from '../linear/prediction.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { type Task, treePredictions } from '../tree/tree-prediction.ts'
import { shareKeys, SUM_CODE, sumAtGuest } from './mix-exchange.ts'
import { growMixTree } from './mix-guest.ts'
import { MIX_ROLES, type MixOrder } from './mix-messages.ts'
import type { MixSplit, MixState, MixTreeNode } from './mix-model.ts'
import type { MixGBoostParam } from './mix-param.ts'
import { createPeer, type MixPeer } from './mix-peer.ts'
import { SCORE_CODE, SCORE_LANES, scoreFrom, scoreSums } from './mix-score.ts'
import { type MixSetup, setUp } from './mix-setup.ts'
import { shareSeeds } from './pair-masks.ts'

type Context = TaskContext<MixGBoostParam>

/** What a party keeps after every tree. */
interface Kept {
  readonly scores: Float64Array
  readonly splits: MixSplit[]
  readonly trees: (readonly MixTreeNode[])[]
  /** Metrics of each tree, as sums: rows that are learnt from, then those to validate with. */
  readonly sums: Float64Array[]
}

/** Trains with the other parties; the part of this one, and at the guest predictions of its rows. */
export async function trainMix(
  context: Context,
  input: { frame: Frame; matched: Frame },
): Promise<{ state: MixState; predictions: Frame | undefined }> {
  const { role, channel, params, signal } = context
  const setup = await setUp(context, input)
  const work = await openWork(context, setup)
  const { kept } = work
  const { scores, splits, trees } = kept
  if (role === 'guest') {
    kept.sums.forEach((_, tree) => tellScores(context, kept, tree))
    for (let tree = trees.length; tree < params.maxTreeNum; tree++) {
      signal.throwIfAborted()
      trees.push(await leadTree(context, work, tree))
      tellScores(context, kept, tree)
      context.progress(tree + 1, params.maxTreeNum, `tree ${tree + 1} of ${params.maxTreeNum}`)
      await work.tell({ do: 'save', step: tree + 1 })
      for (const host of hostsOf(context)) await channel.receive(host, 'kept')
      await context.checkpoints.save(tree + 1, kept)
    }
    await work.tell({ do: 'finish' })
  } else await follow(context, work)
  const header = [
    ...setup.alone.map(({ name }) => name),
    ...setup.common.flatMap(({ own }) => (own ? [own.name] : [])),
  ]
  const order = input.frame.columns.map(({ name }) => name).filter((name) => header.includes(name))
  const state: MixState = { header: order, splits, trees }
  const predictions =
    role === 'guest' ? ownPredictions(input.frame, { setup, scores, params }) : undefined
  return { state, predictions }
}

interface Work {
  readonly setup: MixSetup
  readonly peer: MixPeer
  readonly kept: Kept
  readonly task: Task
  tell(order: MixOrder): Promise<void>
  sum(own: Float64Array, tag: 'mix_sums' | 'mix_scores'): Promise<BigUint64Array | undefined>
}

async function openWork(context: Context, setup: MixSetup): Promise<Work> {
  const { channel, params, role } = context
  const task = mixTask(params)
  const { rows, parties } = setup
  const stray = rows.labels.find(
    (value, row) =>
      rows.owner[row] === parties.self && task.classes.length > 0 && !task.classes.includes(value),
  )
  if (stray !== undefined) {
    throw new Error(
      `Objective ${params.objective} is for labels 0 and 1, and ${channel.self} has others: set objective to what they are`,
    )
  }
  const saved = await agreeOnStep(context, MIX_ROLES)
  const kept = (saved?.state as Kept | undefined) ?? {
    scores: new Float64Array(rows.places.length),
    splits: [],
    trees: [],
    sums: [],
  }
  if (kept.scores.length !== rows.places.length) {
    throw new Error('The rows are others than in an earlier attempt: submit the job again')
  }
  const keys = await shareKeys(context, setup)
  const hosts = hostsOf(context)
  const seeds = role === 'host' ? await shareSeeds(context, hosts) : undefined
  let number = 0
  return {
    setup,
    task,
    kept,
    peer: createPeer(context, { setup, keys, splits: kept.splits }),
    async tell(order) {
      for (const host of hosts) await channel.send(host, 'mix_order', json.encode(order))
    },
    sum(own, tag) {
      const code = tag === 'mix_sums' ? SUM_CODE : SCORE_CODE
      return sumAtGuest(context, own, { seeds, tag, number: number++, code })
    },
  }
}

/** One tree at the guest. */
async function leadTree(context: Context, work: Work, tree: number): Promise<MixTreeNode[]> {
  const { channel, params } = context
  const { setup, peer, kept, tell } = work
  await tell({ do: 'scale' })
  let power = powerOf(work)
  for (const host of hostsOf(context)) {
    const theirs = json.decode(await channel.receive(host, 'mix_scale'))
    if (!Number.isInteger(theirs)) throw new Error(`${host} sent a malformed mix_scale`)
    power = Math.max(power, Number(theirs))
  }
  const exponents: Exponents = {
    g: exponentFor(setup.rows.total, 2 ** power),
    h: exponentFor(setup.rows.total, 1),
  }
  await tell({ do: 'tree', tree, exponents })
  await peer.startTree(tree, { derivatives: derivativesOf(work), exponents })
  const sum = async (own: Float64Array) => (await work.sum(own, 'mix_sums')) as BigUint64Array
  const nodes = await growMixTree({ params, setup, peer, exponents, tell, sum })
  const weights = nodes.flatMap(({ holders, weight }, node): [number, number][] =>
    holders === null ? [[node, weight]] : [],
  )
  await tell({ do: 'end', weights })
  addWeights(work, weights)
  const total = (await work.sum(ownScores(work), 'mix_scores')) as BigUint64Array
  kept.sums.push(decodeRing(total, SCORE_CODE))
  return nodes
}

/** A host: does what the guest says until all is done. */
async function follow(context: Context, work: Work): Promise<void> {
  const { channel, signal } = context
  const { peer, kept } = work
  const guest = guestOf(context)
  for (;;) {
    signal.throwIfAborted()
    const order = json.decode(await channel.receive(guest, 'mix_order')) as MixOrder
    if (order.do === 'finish') return
    if (order.do === 'scale') await channel.send(guest, 'mix_scale', json.encode(powerOf(work)))
    else if (order.do === 'tree') {
      const { exponents, tree } = order
      // Of an attempt that was stopped within a tree there are splits that were not kept.
      while ((kept.splits.at(-1)?.tree ?? -1) >= tree) kept.splits.pop()
      await peer.startTree(tree, { derivatives: derivativesOf(work), exponents })
      await work.sum(peer.totals(), 'mix_sums')
    } else if (order.do === 'level') await work.sum(await peer.level(order.nodes), 'mix_sums')
    else if (order.do === 'split') await peer.split(order.choices)
    else if (order.do === 'end') {
      addWeights(work, order.weights)
      await work.sum(ownScores(work), 'mix_scores')
    } else if (order.do === 'save') {
      await context.checkpoints.save(order.step, kept)
      await channel.send(guest, 'kept', json.encode(order.step))
    } else throw new Error(`${guest} ordered "${order.do}" at the wrong time`)
  }
}

/** The task of the parameters: half the squared error, or cross entropy of labels 0 and 1. */
export function mixTask({ objective }: MixGBoostParam): Task {
  if (objective !== 'regSquare') return { classes: [0, 1], objective: binaryObjective() }
  const whole = regressionObjective('lse')
  const half: Objective = {
    ...whole,
    derivatives(labels, scores, output) {
      const { g, h } = whole.derivatives(labels, scores, output)
      return { g: g.map((value) => value / 2), h: h.map((value) => value / 2) }
    },
  }
  return { classes: [], objective: half }
}

function derivativesOf({ setup, kept, task }: Work): { g: Float64Array; h: Float64Array } {
  return task.objective.derivatives(setup.rows.labels, [kept.scores], 0)
}

/** The power of two above the greatest first derivative of own rows. */
function powerOf(work: Work): number {
  const { rows, parties } = work.setup
  const { g } = derivativesOf(work)
  let most = 0
  g.forEach((value, row) => {
    if (rows.owner[row] === parties.self) most = Math.max(most, Math.abs(value))
  })
  return most === 0 ? -30 : Math.ceil(Math.log2(most))
}

function addWeights({ peer, kept }: Work, weights: readonly (readonly [number, number])[]): void {
  const byNode = new Map(weights)
  peer.at.forEach((node, row) => (kept.scores[row] += byNode.get(node) ?? 0))
}

function ownScores({ setup, kept, task }: Work): Float64Array {
  const { rows, parties } = setup
  const sums = [1, 0].map((learnt) => {
    const own = Array.from(rows.owner.keys()).filter(
      (row) => rows.owner[row] === parties.self && rows.learnt[row] === learnt,
    )
    return scoreSums(
      Float64Array.from(own, (row) => rows.labels[row]),
      Float64Array.from(own, (row) => task.objective.link([kept.scores[row]])[0]),
    )
  })
  return Float64Array.from([...sums[0], ...sums[1]])
}

function tellScores(context: Context, { sums }: Kept, tree: number): void {
  for (const [at, namespace] of ['train', 'validate'].entries()) {
    const own = sums[tree].subarray(at * SCORE_LANES, (at + 1) * SCORE_LANES)
    for (const type of own[0] > 0 ? context.params.evalMetric : []) {
      const { label: name, value } = scoreFrom(type, own)
      context.metric({
        namespace,
        name,
        points: [[tree, value]],
        meta: { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
      })
    }
  }
}

function ownPredictions(
  frame: Frame,
  { setup, scores, params }: { setup: MixSetup; scores: Float64Array; params: MixGBoostParam },
): Frame {
  const { rows } = setup
  const part = (learnt: number, type: 'train' | 'validation'): Frame | undefined => {
    const list = Array.from(rows.places.keys()).filter((row) => rows.learnt[row] === learnt)
    if (list.length === 0) return undefined
    const own = takeRows(
      frame,
      list.map((row) => rows.places[row]),
    )
    const order = Uint32Array.from(list, (_, at) => at)
    const table = { frame: own, order, ids: own.ids, header: [], columns: [] }
    const task = mixTask(params)
    const values = [Float64Array.from(list, (row) => scores[row])]
    return treePredictions(table, values, { task, threshold: 0.5, type })
  }
  const [train, validation] = [part(1, 'train'), part(0, 'validation')]
  if (train && validation) return concatPredictions(train, validation)
  return (train ?? validation) as Frame
}
