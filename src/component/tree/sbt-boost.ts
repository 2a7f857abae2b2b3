/**
 * How the guest of HeteroSecureBoost adds trees, and what it keeps after each.
 * @module
 */
import { encryptOutputs } from '../../compute/crypto/gradient-outputs.ts'
import type { GradientSecret } from '../../compute/crypto/gradient-vector.ts'
import { binColumns, type BinnedColumn } from '../../compute/ml/tree/binning.ts'
import {
  type BoostRule,
  featuresOf,
  type Lesson,
  lessonOf,
  roundOf,
} from '../../compute/ml/tree/gbdt.ts'
import { outputsOf } from '../../compute/ml/tree/gradient.ts'
import { growTree, type Splitter, type Tree } from '../../compute/ml/tree/grow.ts'
import { localSplitter } from '../../compute/ml/tree/local-splitter.ts'
import { type Objective, weighObjective } from '../../compute/ml/tree/objective.ts'
import { addLeaves, treesPerRound } from '../../compute/ml/tree/predict.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { rowWeightsOf } from '../linear/lr-inputs.ts'
import { hostsOf } from '../linear/row-alignment.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import { order, startRemote } from './remote-splitter.ts'
import type { GuestState } from './sbt-model.ts'
import { tellLosses, tellWatch } from './sbt-report.ts'
import { leavesOf, scoreTable } from './sbt-scores.ts'
import { UNWATCHED, type Watch, type WatchState } from './sbt-watch.ts'
import type { TreeTable } from './tree-inputs.ts'
import type { Task } from './tree-prediction.ts'

type Context = TaskContext<BoostingTreeParam>

/** The validation table, and how it is watched. */
export interface Validation {
  readonly table: TreeTable
  readonly watch: { readonly rules: Watch; readonly labels: Float64Array } | undefined
}

/** What the guest keeps after every tree. */
export interface BoostState {
  /** Rounds of the model that the training started from. */
  readonly first: number
  readonly initial: readonly number[]
  readonly trees: Tree[]
  /** Scores before the round, from which all its trees learn, and with the trees that it has so far. */
  scores: Float64Array[]
  next: Float64Array[]
  readonly losses: number[]
  watch: WatchState
  /** What was measured of the rows that are learnt from. */
  own: WatchState
  /** Scores of the validation table, where it is watched. */
  readonly watched: Float64Array[]
  over: boolean
  /** What is learnt in the place of the labels. */
  readonly learnt?: Float64Array
}

/** Adds trees until there are enough of them, or they no longer help. */
export async function boost(
  context: Context,
  work: {
    train: TreeTable
    labels: Float64Array
    task: Task
    rule: BoostRule
    secret: GradientSecret
    validation: Validation | undefined
    saved: Checkpoint | undefined
    earlier: GuestState | undefined
    /** What to measure of the rows that are learnt from. */
    watch: Watch | undefined
    /** What is learnt in the place of the labels, where it is something else. */
    learnt?: Float64Array
  },
): Promise<BoostState> {
  const { train, labels, task, rule, validation, saved } = work
  const objective = weighObjective(task.objective, rowWeightsOf(train))
  const plan = roundOf(objective.outputs, rule)
  const columns = binColumns(train.columns, { most: rule.bins, rule: rule.missing })
  const state = readState(saved) ?? (await begin(context, work))
  tellLosses(context, state.losses, 0)
  tellWatch(context, { watch: validation?.watch?.rules, state: state.watch, from: 0 })
  tellWatch(context, { watch: work.watch, state: state.own, from: 0, table: 'train' })
  const total = (state.first + rule.rounds) * plan.length
  while (!state.over) {
    context.signal.throwIfAborted()
    const tree = state.trees.length
    const [round, output] = [Math.floor(tree / plan.length), plan[tree % plan.length]]
    const lesson = lessonOf({ objective, labels, scores: state.scores }, { rule, round, output })
    const splittersAt = await openSplitters(context, {
      columns,
      lesson,
      rule,
      secret: work.secret,
      tree,
      round,
    })
    const grown = await growTree({
      gradients: lesson.gradients,
      count: labels.length,
      used: lesson.used,
      rule,
      learningRate: rule.learningRate,
      splittersAt,
    })
    state.trees.push(grown.tree)
    addLeaves(output === 'all' ? state.next : [state.next[output]], [grown.tree], [grown.leaves])
    if (state.trees.length % plan.length === 0) {
      await endRound(context, { state, round: round - state.first, objective, work })
    }
    context.progress(state.trees.length, total, `tree ${tree + 1} of at most ${total}`)
    await keep(context, state)
  }
  return state
}

/** Where a training begins: at the first scores, or at those of an earlier model. */
async function begin(
  context: Context,
  work: {
    train: TreeTable
    labels: Float64Array
    task: Task
    validation: Validation | undefined
    earlier: GuestState | undefined
    learnt?: Float64Array
  },
): Promise<BoostState> {
  const { train, labels, task, validation, earlier, learnt } = work
  const initial = earlier?.initial ?? task.objective.initial(labels)
  const trees = earlier?.trees ?? []
  const scored = (table: TreeTable, index: number): Promise<Float64Array[]> =>
    scoreTable(context, { trees, initial }, { table, index })
  const scores = await scored(train, 0)
  return {
    first: trees.length / treesPerRound(trees, initial.length),
    initial,
    trees: [...trees],
    scores,
    next: scores.map((each) => each.slice()),
    losses: [],
    watch: UNWATCHED,
    own: UNWATCHED,
    watched: validation?.watch ? await scored(validation.table, 1) : [],
    over: false,
    ...(learnt ? { learnt } : {}),
  }
}

/** Measures a round that has all its trees, and decides whether it was the last one. */
async function endRound(
  context: Context,
  {
    state,
    round,
    objective,
    work,
  }: {
    state: BoostState
    round: number
    /** With the weights of rows, if they have any. */
    objective: Objective
    work: {
      labels: Float64Array
      rule: BoostRule
      validation: Validation | undefined
      watch: Watch | undefined
    }
  },
): Promise<void> {
  const { params } = context
  const { labels, rule, validation } = work
  state.scores = state.next.map((scores) => scores.slice())
  const loss = objective.loss(labels, state.scores)
  const change = Math.abs(loss - (state.losses.at(-1) ?? Infinity))
  state.losses.push(loss)
  tellLosses(context, state.losses, round)
  state.over = round + 1 === rule.rounds || (params.n_iter_no_change && change < params.tol)
  if (work.watch?.due(round)) {
    const measured = work.watch.measure({ labels, scores: state.scores })
    state.own = work.watch.record(state.own, round, measured)
    const from = state.own.rounds.length - 1
    tellWatch(context, { watch: work.watch, state: state.own, from, table: 'train' })
  }
  const watch = validation?.watch
  if (!validation || !watch) return
  const trees = state.trees.slice(-treesPerRound(state.trees, objective.outputs))
  const leaves = await leavesOf(context, trees, { table: validation.table, index: 1 })
  addLeaves(state.watched, trees, leaves)
  if (!watch.rules.due(round)) return
  const values = watch.rules.measure({ labels: watch.labels, scores: state.watched })
  state.watch = watch.rules.record(state.watch, round, values)
  const from = state.watch.rounds.length - 1
  tellWatch(context, { watch: watch.rules, state: state.watch, from })
  if (watch.rules.over(state.watch, round)) {
    state.over = true
    context.log('info', `Stops after round ${round + 1}: the validation table got no better`)
  }
}

/** Who may split which level of a tree; sends the gradients to the hosts that may. */
async function openSplitters(
  context: Context,
  input: {
    columns: readonly BinnedColumn[]
    lesson: Lesson
    rule: BoostRule
    secret: GradientSecret
    tree: number
    round: number
  },
): Promise<(depth: number) => readonly Splitter[]> {
  const { params, parallel, signal } = context
  const { columns, lesson, rule, secret, tree, round } = input
  const { gradients, used } = lesson
  const hosts = hostsOf(context)
  const features = featuresOf(columns.length, { rule, tree })
  const local = localSplitter(columns, { features, gradients, rule })
  const turn = Math.floor(round / params.tree_num_per_party) % (hosts.length + 1)
  const alone = params.boosting_strategy === 'mix' ? turn : null
  if (round < params.complete_secure || alone === 0) return () => [local]

  const sampled = used.length < gradients.g.length
  const pick = (values: Float64Array) =>
    sampled ? Float64Array.from(used, (row) => values[row]) : values
  const pairs = outputsOf(gradients).map(({ g, h }) => ({ g: pick(g), h: pick(h) }))
  const start = {
    tree,
    sample: sampled ? used : null,
    ciphertexts: await encryptOutputs(secret, pairs, { parallel, signal }),
    gradients,
  }
  const remote: Splitter[] = []
  for (const [at, host] of hosts.entries()) {
    if (alone !== null && alone !== at + 1) continue
    remote.push(await startRemote(context, secret, { host, party: at + 1, start }))
  }
  if (alone !== null) return () => remote
  if (params.boosting_strategy === 'layered') {
    return (depth) => (depth < params.host_depth ? remote : [local])
  }
  return () => [local, ...remote]
}

/** Hosts keep their tables first: a guest that has kept a tree must find its splits again. */
async function keep(context: Context, state: BoostState): Promise<void> {
  const step = state.trees.length
  for (const host of hostsOf(context)) await order(context, host, { do: 'save', step })
  for (const host of hostsOf(context)) await context.channel.receive(host, 'kept')
  await context.checkpoints.save(step, state)
}

/** What an earlier attempt learnt in the place of the labels. */
export function keptLabels(saved: Checkpoint | undefined): Float64Array | undefined {
  const { learnt } = (saved?.state ?? {}) as Partial<BoostState>
  return learnt
}

function readState(saved: Checkpoint | undefined): BoostState | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<BoostState>
  if (Array.isArray(state.trees) && Array.isArray(state.next)) return state as BoostState
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}
