/**
 * The guest of a random forest: has the labels and the key, and grows the trees one after another, each from a sample of
 * the rows and columns. Labels are encrypted once for all trees; hosts answer with sums, as in HeteroSecureBoost.
 * @module
 */
import {
  drawGradientKey,
  encryptGradients,
  type GradientSecret,
} from '../../compute/crypto/gradient-vector.ts'
import { label } from '../../compute/ml/frame.ts'
import { binColumns, type BinnedColumn } from '../../compute/ml/tree/binning.ts'
import { featuresOf } from '../../compute/ml/tree/gbdt.ts'
import { type Gradients, quantise } from '../../compute/ml/tree/gradient.ts'
import { growTree, type Splitter, type Tree } from '../../compute/ml/tree/grow.ts'
import { localSplitter } from '../../compute/ml/tree/local-splitter.ts'
import { addLeaves } from '../../compute/ml/tree/predict.ts'
import { blob } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { concatPredictions } from '../linear/prediction.ts'
import { alignGuest, type HostWidths, hostsOf } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam } from '../tree/boosting-param.ts'
import { order, startRemote, type TreeStart } from '../tree/remote-splitter.ts'
import { SBT_ROLES } from '../tree/sbt-messages.ts'
import { guestModel, type GuestState } from '../tree/sbt-model.ts'
import { leavesOf, scoreTable } from '../tree/sbt-scores.ts'
import { openTree, treeLabels, type TreeTable } from '../tree/tree-inputs.ts'
import { type Task, taskFor, treePredictions } from '../tree/tree-prediction.ts'
import { columnShares, treeRows } from './forest-draw.ts'
import { noisyChoice, noisyLeaves, type TreeNoise } from './forest-noise.ts'
import { depthOf, type RandomForestParam } from './forest-param.ts'
import { tellCurves, tellTree } from './forest-watch.ts'

/** The context of a task with the parameters of boosted trees, and those of the forest beside it. */
type Context = TaskContext<BoostingTreeParam>

/** What is kept after every tree. Leaves weigh their share of the mean over all trees. */
interface ForestState {
  readonly trees: Tree[]
  /** Sums of the weights of leaves, by row. */
  readonly sums: Float64Array
  readonly watched: Float64Array
}

/** Trains a forest, and predicts the rows that it was learnt from and those to validate with. */
export async function fitForest(
  context: Context,
  mode: Extract<RunMode, { type: 'fit' }>,
  forest: RandomForestParam,
): Promise<void> {
  const { params } = context
  const rule = boostRule(params).missing
  const train = await openTree(context, { slot: mode.train, rule })
  const labels = treeLabels(train)
  const widths = await alignGuest(context, train.ids)
  const { header } = train
  const other =
    mode.validate === undefined
      ? undefined
      : await openTree(context, { slot: mode.validate, rule, header })
  if (other) await alignGuest(context, other.ids)
  const saved = await agreeOnStep(context, SBT_ROLES)
  const centre = forest.useDP === 'true' ? middleOf(labels) : { middle: 0, bound: 0 }
  const task = taskFor(params, [])
  const validation = other && { table: other, labels: labelsOf(other) }
  const work = { forest, train, labels, widths, centre, task, validation }
  const state = await growForest(context, work, saved)

  const model: GuestState = {
    side: 'guest',
    header,
    missing: rule,
    classes: [],
    initial: [centre.middle],
    trees: state.trees,
  }
  const last = forest.numTrees - 1
  await context.writeModel(guestModel(params, model, { losses: [], bestRound: last }))
  const options = { task, threshold: 0.5 }
  const scores = [state.sums.map((sum) => sum + centre.middle)]
  let frame = treePredictions(train, scores, { ...options, type: 'train' })
  tellCurves(context, { forest, table: 'train', labels, predictions: scores[0], tree: last })
  if (other) {
    const theirs = await scoreTable(context, model, { table: other, index: 1 })
    const rows = { ...options, type: 'validation' } as const
    frame = concatPredictions(frame, treePredictions(other, theirs, rows))
    if (validation?.labels) {
      const [predictions] = theirs
      const of = { forest, table: 'validate', labels: validation.labels, predictions, tree: last }
      tellCurves(context, of)
    }
  }
  await context.writeTable(frame)
}

interface Work {
  readonly forest: RandomForestParam
  readonly train: TreeTable
  readonly labels: Float64Array
  readonly widths: HostWidths
  readonly centre: { readonly middle: number; readonly bound: number }
  readonly task: Task
  readonly validation:
    | { readonly table: TreeTable; readonly labels: Float64Array | undefined }
    | undefined
}

async function growForest(
  context: Context,
  work: Work,
  saved: Checkpoint | undefined,
): Promise<ForestState> {
  const { forest, train, labels, centre, validation } = work
  const state = readState(saved) ?? {
    trees: [],
    sums: new Float64Array(labels.length),
    watched: new Float64Array(validation?.table.ids.length ?? 0),
  }
  const { bins, missing } = boostRule(context.params)
  const columns = binColumns(train.columns, { most: bins, rule: missing })
  const gradients = quantise(
    labels.map((value) => centre.middle - value),
    new Float64Array(labels.length).fill(1),
  )
  const secret = await drawKey(context)
  const { parallel, signal } = context
  let ciphertexts: Uint8Array | null = await encryptGradients(secret, gradients, {
    parallel,
    signal,
  })
  for (let before = 0; before < state.trees.length; before++) measure(context, work, state, before)
  for (let tree = state.trees.length; tree < forest.numTrees; tree++) {
    signal.throwIfAborted()
    const start = { tree, ciphertexts, gradients }
    const { grown, leaves } = await growOne(context, work, { columns, secret, start })
    ciphertexts = null
    state.trees.push(grown)
    addLeaves([state.sums], [grown], [leaves])
    if (validation?.labels) {
      const place = { table: validation.table, index: 1 }
      addLeaves([state.watched], [grown], await leavesOf(context, [grown], place))
    }
    measure(context, work, state, tree)
    context.progress(tree + 1, forest.numTrees, `tree ${tree + 1} of ${forest.numTrees}`)
    for (const host of hostsOf(context)) await order(context, host, { do: 'save', step: tree + 1 })
    for (const host of hostsOf(context)) await context.channel.receive(host, 'kept')
    await context.checkpoints.save(tree + 1, state)
  }
  return state
}

async function growOne(
  context: Context,
  { forest, labels, widths, centre, train }: Work,
  from: {
    columns: readonly BinnedColumn[]
    secret: GradientSecret
    start: { tree: number; ciphertexts: Uint8Array | null; gradients: Gradients }
  },
): Promise<{ grown: Tree; leaves: Int32Array }> {
  const { columns, secret, start } = from
  const { tree, gradients } = start
  const used = treeRows(labels.length, { params: forest, tree })
  const [own, ...shares] = columnShares([train.header.length, ...widths], { params: forest, tree })
  const factor = 1 / forest.numTrees
  const levels = depthOf(forest)
  const noise: TreeNoise | undefined =
    forest.useDP === 'true'
      ? { epsilon: forest.dpEpsilon * factor, levels, bound: centre.bound, random: context.random }
      : undefined
  const rule = {
    ...boostRule(context.params),
    maxDepth: levels,
    minGain: leastGain(gradients, used),
  }
  const choose = noise && noisyChoice(noise)
  const seed = { featureRate: own / Math.max(1, columns.length), seed: forest.randomSeed }
  const features = featuresOf(columns.length, { rule: seed, tree })
  const splitters: Splitter[] = [localSplitter(columns, { features, gradients, rule, choose })]
  const sample = used.length < labels.length ? used : null
  const told: TreeStart = { ...start, sample, whole: true }
  for (const [at, host] of hostsOf(context).entries()) {
    const options = { host, party: at + 1, start: told, columns: shares[at], choose }
    splitters.push(await startRemote(context, secret, options))
  }
  const grown = await growTree({
    gradients,
    count: labels.length,
    used,
    rule,
    learningRate: factor,
    splittersAt: () => splitters,
  })
  const shown = noise ? noisyLeaves(grown, { used, factor, noise }) : grown.tree
  return { grown: shown, leaves: grown.leaves }
}

/** What a split has to gain: more than rounding does. */
function leastGain({ g, gUnit }: Gradients, used: Uint32Array): number {
  let squares = 0
  for (const row of used) squares += (g[row] * gUnit) ** 2
  return 1e-9 * squares
}

/** A fresh key, whose public part all hosts get. */
async function drawKey(context: Context): Promise<GradientSecret> {
  const { method, key_length: bits } = context.params.encrypt_param
  const secret = drawGradientKey(method, { bits, random: context.random })
  const bytes = blob.encode(secret.bytes)
  for (const host of hostsOf(context)) await context.channel.send(host, 'public_key', bytes)
  return secret
}

/** The middle of the labels, and how far the outermost are from it. */
function middleOf(labels: Float64Array): { middle: number; bound: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of labels) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return { middle: (low + high) / 2, bound: (high - low) / 2 }
}

/** Labels of a table to validate with; undefined where one is missing. */
function labelsOf({ frame, order: rows }: TreeTable): Float64Array | undefined {
  const found = label(frame)
  const labels = found && Float64Array.from(rows, (row) => found[row])
  return labels?.every(Number.isFinite) ? labels : undefined
}

/** The mean over the trees so far, at both tables; of trees of an earlier attempt all is measured at the last only. */
function measure(context: Context, work: Work, state: ForestState, tree: number): void {
  const { forest, labels, centre, validation } = work
  if (tree < state.trees.length - 1) return
  const share = forest.numTrees / (tree + 1)
  const means = (sums: Float64Array) => sums.map((sum) => sum * share + centre.middle)
  const train = { forest, table: 'train', labels, predictions: means(state.sums), tree }
  tellTree(context, train)
  if (!validation?.labels) return
  const { labels: theirs } = validation
  const predictions = means(state.watched)
  tellTree(context, { forest, table: 'validate', labels: theirs, predictions, tree })
}

function readState(saved: Checkpoint | undefined): ForestState | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<ForestState>
  if (Array.isArray(state.trees) && state.sums instanceof Float64Array) return state as ForestState
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}
