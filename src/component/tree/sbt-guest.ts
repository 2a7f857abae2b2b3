/**
 * The guest of HeteroSecureBoost: has the labels and the key, grows the trees, and is the only one to know them.
 * @module
 */
import {
  drawGradientKey,
  encryptGradients,
  type GradientSecret,
} from '../../compute/crypto/gradient-vector.ts'
import { label } from '../../compute/ml/frame.ts'
import { binColumns, type BinnedColumn } from '../../compute/ml/tree/binning.ts'
import { type BoostRule, featuresOf, type Lesson, lessonOf } from '../../compute/ml/tree/gbdt.ts'
import { growTree, type Splitter, type Tree } from '../../compute/ml/tree/grow.ts'
import { localSplitter } from '../../compute/ml/tree/local-splitter.ts'
import { addLeaves, findLeaves } from '../../compute/ml/tree/predict.ts'
import { blob } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint, DataSlot, TaskContext } from '../define.ts'
import { concatPredictions } from '../linear/prediction.ts'
import { alignGuest, hostsOf } from '../linear/row-alignment.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { onlineSides } from './online-sides.ts'
import { askHost, order, startRemote } from './remote-splitter.ts'
import { SBT_ROLES } from './sbt-messages.ts'
import { guestModel, type GuestState, readGuest } from './sbt-model.ts'
import { createWatch, UNWATCHED, type Watch, type WatchState } from './sbt-watch.ts'
import { openTree, treeLabels, type TreeTable } from './tree-inputs.ts'
import { encodeLabels, type Task, taskFor, taskOf, treePredictions } from './tree-prediction.ts'

type Context = TaskContext<BoostingTreeParam>

/** Runs the guest. */
export async function runGuest(context: Context): Promise<void> {
  if (hostsOf(context).length === 0) throw new Error('HeteroSecureBoost needs at least one host')
  const mode = modeOf(context)
  if (mode.type === 'predict') await predict(context, mode.slot)
  else await fit(context, mode)
  // Online nothing was ordered.
  if (context.online) return
  for (const host of hostsOf(context)) await order(context, host, { do: 'finish' })
}

async function predict(context: Context, slot: DataSlot): Promise<void> {
  const { params } = context
  const state = readGuest(await modelOf(context))
  const { header, missing, classes } = state
  const table = await openTree(context, { slot, rule: missing, header })
  await alignGuest(context, table.ids)
  const scores = await scoreTable(context, state, { table, index: 0 })
  const task = taskFor(params, classes)
  const { threshold } = params.predict_param
  await context.writeTable(treePredictions(table, scores, { task, threshold, type: 'test' }))
}

async function fit(
  context: Context,
  mode: Extract<ReturnType<typeof modeOf>, { type: 'fit' }>,
): Promise<void> {
  const { params } = context
  const rule = boostRule(params)
  const train = await openTree(context, { slot: mode.train, rule: rule.missing })
  const named = treeLabels(train)
  const task = taskOf(params, named, train.frame.labelName ?? 'label')
  await alignGuest(context, train.ids)
  const { header } = train
  let validation: Validation | undefined
  if (mode.validate !== undefined) {
    const table = await openTree(context, { slot: mode.validate, rule: rule.missing, header })
    await alignGuest(context, table.ids)
    validation = { table, watch: watchOf(context, { table, task }) }
  } else if (params.early_stopping_rounds !== null) {
    throw new Error('early_stopping_rounds needs a validation table: connect eval_data')
  }
  const saved = await agreeOnStep(context, SBT_ROLES)
  const secret = await drawKey(context)
  const labels = encodeLabels(named, task)
  const state = await boost(context, { train, labels, task, rule, secret, validation, saved })

  const best = validation?.watch?.rules.bestRound(state.watch)
  const rounds = best === undefined ? state.losses.length : best + 1
  const trees = state.trees.slice(0, rounds * task.objective.outputs)
  const initial = task.objective.initial(labels)
  const model: GuestState = {
    side: 'guest',
    header,
    missing: rule.missing,
    classes: task.classes,
    initial,
    trees,
  }
  const history = { losses: state.losses, bestRound: rounds - 1 }
  await context.writeModel(guestModel(params, model, history))
  const { threshold } = params.predict_param
  const whole = trees.length === state.trees.length
  const scores = whole ? state.scores : await scoreTable(context, model, { table: train, index: 0 })
  let frame = treePredictions(train, scores, { task, threshold, type: 'train' })
  if (validation) {
    const { table } = validation
    const other = await scoreTable(context, model, { table, index: 1 })
    const options = { task, threshold, type: 'validation' } as const
    frame = concatPredictions(frame, treePredictions(table, other, options))
  }
  await context.writeTable(frame)
}

interface Validation {
  readonly table: TreeTable
  readonly watch: { readonly rules: Watch; readonly labels: Float64Array } | undefined
}

/** What the guest keeps after every tree. */
interface BoostState {
  readonly trees: Tree[]
  /** Scores before the round, from which all its trees learn, and with the trees that it has so far. */
  scores: Float64Array[]
  next: Float64Array[]
  readonly losses: number[]
  watch: WatchState
  /** Scores of the validation table, where it is watched. */
  readonly watched: Float64Array[]
  over: boolean
}

/** Adds trees until there are enough of them, or they no longer help. */
async function boost(
  context: Context,
  work: {
    train: TreeTable
    labels: Float64Array
    task: Task
    rule: BoostRule
    secret: GradientSecret
    validation: Validation | undefined
    saved: Checkpoint | undefined
  },
): Promise<BoostState> {
  const { train, labels, task, rule, validation, saved } = work
  const { objective } = task
  const { outputs } = objective
  const columns = binColumns(train.columns, { most: rule.bins, rule: rule.missing })
  const start = objective.initial(labels)
  const fresh = (rows: number) => start.map((score) => new Float64Array(rows).fill(score))
  const state = readState(saved) ?? {
    trees: [],
    scores: fresh(labels.length),
    next: fresh(labels.length),
    losses: [],
    watch: UNWATCHED,
    watched: validation?.watch ? fresh(validation.table.ids.length) : [],
    over: false,
  }
  tellLosses(context, state, 0)
  tellWatch(context, { watch: validation?.watch?.rules, state: state.watch, from: 0 })
  const total = rule.rounds * outputs
  while (!state.over) {
    context.signal.throwIfAborted()
    const tree = state.trees.length
    const [round, output] = [Math.floor(tree / outputs), tree % outputs]
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
    addLeaves([state.next[output]], [grown.tree], [grown.leaves])
    if (output === outputs - 1) await endRound(context, { state, round, work })
    context.progress(state.trees.length, total, `tree ${tree + 1} of at most ${total}`)
    await keep(context, state)
  }
  return state
}

/** Measures a round that has all its trees, and decides whether it was the last one. */
async function endRound(
  context: Context,
  {
    state,
    round,
    work,
  }: {
    state: BoostState
    round: number
    work: { labels: Float64Array; task: Task; rule: BoostRule; validation: Validation | undefined }
  },
): Promise<void> {
  const { params } = context
  const { labels, task, rule, validation } = work
  const { outputs } = task.objective
  state.scores = state.next.map((scores) => scores.slice())
  const loss = task.objective.loss(labels, state.scores)
  const change = Math.abs(loss - (state.losses.at(-1) ?? Infinity))
  state.losses.push(loss)
  tellLosses(context, state, round)
  state.over = round + 1 === rule.rounds || (params.n_iter_no_change && change < params.tol)
  const watch = validation?.watch
  if (!validation || !watch) return
  const trees = state.trees.slice(-outputs)
  const leaves = await leavesOf(context, trees, { table: validation.table, index: 1 })
  addLeaves(state.watched, trees, leaves)
  if (!watch.rules.due(round)) return
  const data = { labels: watch.labels, scores: state.watched }
  state.watch = watch.rules.measure(state.watch, round, data)
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
  const pairs = { g: pick(gradients.g), h: pick(gradients.h) }
  const start = {
    tree,
    sample: sampled ? used : null,
    ciphertexts: await encryptGradients(secret, pairs, { parallel, signal }),
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

function readState(saved: Checkpoint | undefined): BoostState | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<BoostState>
  if (Array.isArray(state.trees) && Array.isArray(state.next)) return state as BoostState
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}

/** A fresh key, whose public part all hosts get. */
async function drawKey(context: Context): Promise<GradientSecret> {
  const bits = context.params.encrypt_param.key_length
  if (bits < 2048) {
    context.warn(
      `encrypt_param.key_length is ${bits}: below 2048 bits a key does not protect real data`,
    )
  }
  const secret = drawGradientKey(context.params.encrypt_param.method, {
    bits,
    random: context.random,
  })
  const bytes = blob.encode(secret.bytes)
  for (const host of hostsOf(context)) await context.channel.send(host, 'public_key', bytes)
  return secret
}

/** Scores of an aligned table under a finished model. */
async function scoreTable(
  context: Context,
  { trees, initial }: GuestState,
  place: { table: TreeTable; index: number },
): Promise<Float64Array[]> {
  const rows = place.table.ids.length
  const scores = initial.map((score) => new Float64Array(rows).fill(score))
  addLeaves(scores, trees, await leavesOf(context, trees, place))
  return scores
}

function leavesOf(
  context: Context,
  trees: readonly Tree[],
  { table, index }: { table: TreeTable; index: number },
): Promise<Int32Array[]> {
  const hosts = hostsOf(context)
  return findLeaves(trees, {
    columns: table.columns,
    rows: table.ids.length,
    rule: boostRule(context.params).missing,
    ask: context.online
      ? onlineSides(context, table.ids.length)
      : (party, queries) => askHost(context, hosts[party - 1], { table: index, queries }),
  })
}

/** What to watch of the validation table; undefined where nothing is to be, or its labels are not all known. */
function watchOf(
  context: Context,
  { table, task }: { table: TreeTable; task: Task },
): Validation['watch'] {
  const rules = createWatch(context.params, task)
  if (!rules) return undefined
  const found = label(table.frame)
  const labels =
    found &&
    encodeLabels(
      Float64Array.from(table.order, (row) => found[row]),
      task,
    )
  if (labels && labels.every(Number.isFinite)) return { rules, labels }
  const lacking = `${context.name} cannot measure the validation table: it has rows without a known label`
  if (context.params.early_stopping_rounds !== null) throw new Error(lacking)
  context.warn(lacking)
  return undefined
}

/** Publishes the losses from round `from` on. */
function tellLosses(context: Context, { losses }: BoostState, from: number): void {
  if (from >= losses.length) return
  context.metric({
    namespace: 'train',
    name: 'loss',
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: {
      name: 'train',
      metric_type: 'LOSS',
      unit_name: 'iters',
      curve_name: 'loss',
      Best: Math.min(...losses),
    },
  })
}

/** Publishes the metrics of the validation table from measurement `from` on. */
function tellWatch(
  context: Context,
  { watch, state, from }: { watch: Watch | undefined; state: WatchState; from: number },
): void {
  const rounds = state.rounds.slice(from)
  if (!watch || rounds.length === 0) return
  watch.names.forEach((name, at) =>
    context.metric({
      namespace: 'validate',
      name,
      points: rounds.map(({ round, values }): [number, number] => [round, values[at]]),
      meta: { name: 'validate', metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
    }),
  )
}
