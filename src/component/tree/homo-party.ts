/**
 * A party with rows in HomoSecureBoost: adds its histograms to the sum of all, and follows the arbiter's verdicts.
 * @module
 */
import type { BinnedColumn } from '../../compute/ml/tree/binning.ts'
import { type BinLayout, type Cut, goesLeft, layOutBins } from '../../compute/ml/tree/candidate.ts'
import { featuresOf, roundOf } from '../../compute/ml/tree/gbdt.ts'
import { type Gradients, outputsOf } from '../../compute/ml/tree/gradient.ts'
import type { GrownTree, Tree, TreeNode } from '../../compute/ml/tree/grow.ts'
import { buildHistogram, lanesOf } from '../../compute/ml/tree/histogram.ts'
import { addLeaves, findLeaves, treesPerRound } from '../../compute/ml/tree/predict.ts'
import { allRows } from '../../compute/ml/tree/sample.ts'
import { json } from '../../federation/codec.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { arbiterOf } from '../linear/row-alignment.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { agreeOnStart, binTable, type HomoStart } from './homo-bins.ts'
import type { HomoTable } from './homo-inputs.ts'
import { unpackVerdicts } from './homo-messages.ts'
import { isRound } from './homo-round.ts'
import { roundAlike } from './homo-scale.ts'
import { type Adder, createAdder } from './homo-sum.ts'
import { tellLosses, tellWatch } from './sbt-report.ts'
import { createWatch, UNWATCHED, type Watch, type WatchState } from './sbt-watch.ts'
import { roundsOf } from './warm-start.ts'

type Context = TaskContext<BoostingTreeParam>

/** What a party keeps after every tree. */
export interface HomoPartyState {
  /** Rounds of the model that the training started from. */
  readonly first: number
  readonly start: HomoStart
  readonly trees: Tree[]
  /** Scores before the round, from which all its trees learn, and with the trees that it has so far. */
  scores: Float64Array[]
  next: Float64Array[]
  readonly losses: number[]
  watch: WatchState
  readonly watched: Float64Array[]
  over: boolean
}

/** The rows of a validation table that have known labels. */
export interface HomoValidation {
  readonly columns: readonly Float64Array[]
  readonly labels: Float64Array
}

/** What a training may start from. */
export interface EarlierModel {
  readonly initial: readonly number[]
  readonly trees: readonly Tree[]
}

/** A party's side of the whole training. */
export async function boostHomo(
  context: Context,
  work: {
    table: HomoTable
    validation: HomoValidation | undefined
    saved: Checkpoint | undefined
    earlier: EarlierModel | undefined
  },
): Promise<HomoPartyState & { readonly watching: Watch | undefined }> {
  const { table, validation, saved } = work
  const { params } = context
  const rule = boostRule(params)
  const { objective } = table
  const plan = roundOf(objective.outputs, rule)
  const adder = await createAdder(context)
  const state = readState(saved) ?? (await fresh(context, { ...work, adder }))
  const columns = binTable(table, state.start.edges, params)
  const watching = validation && createWatch(params, table.task)
  tellLosses(context, state.losses, 0)
  tellWatch(context, { watch: watching, state: state.watch, from: 0 })
  const total = (state.first + rule.rounds) * plan.length
  while (!state.over) {
    context.signal.throwIfAborted()
    const tree = state.trees.length
    const [round, output] = [Math.floor(tree / plan.length), plan[tree % plan.length]]
    const pairs = (output === 'all' ? state.scores.map((_, at) => at) : [output]).map((each) =>
      objective.derivatives(table.labels, state.scores, each),
    )
    const gradients = await roundAlike(context, pairs, { adder, weighed: table.weighed })
    const layout = layOutBins(columns, featuresOf(columns.length, { rule, tree }))
    const grown = await follow(context, { columns, layout, gradients, adder })
    state.trees.push(grown.tree)
    addLeaves(output === 'all' ? state.next : [state.next[output]], [grown.tree], [grown.leaves])
    if (state.trees.length % plan.length === 0) {
      const ended = round - state.first
      await endRound(context, { state, round: ended, watching, adder, ...work })
    }
    context.progress(state.trees.length, total, `tree ${tree + 1} of at most ${total}`)
    await context.checkpoints.save(state.trees.length, state)
  }
  return { ...state, watching }
}

/** Grows a tree as the arbiter says. */
async function follow(
  context: Context,
  work: {
    columns: readonly BinnedColumn[]
    layout: BinLayout
    gradients: Gradients
    adder: Adder
  },
): Promise<GrownTree> {
  const { columns, layout, gradients, adder } = work
  const from = arbiterOf(context)
  const count = gradients.g.length
  const tree: TreeNode[] = []
  const leaves = new Int32Array(count)
  let level: { id: number; rows: Uint32Array }[] = [{ id: 0, rows: allRows(count) }]
  let wanted: Uint32Array = Uint32Array.of(0)
  let nodes = 1
  const outputs = outputsOf(gradients).length
  const size = layout.total * lanesOf(gradients)
  while (level.length > 0) {
    context.signal.throwIfAborted()
    if (wanted.length > 0) {
      const sums = new Float64Array(size * wanted.length)
      wanted.forEach((id, at) => {
        const node = level.find((each) => each.id === id)
        if (!node) throw new Error(`${from} wants the sums of a node that is not there`)
        sums.set(buildHistogram(columns, layout, { gradients, rows: node.rows }), at * size)
      })
      await adder.whole(sums)
    }
    const bytes = await context.channel.receive(from, 'verdicts')
    const verdicts = unpackVerdicts(bytes, { size: level.length, outputs })
    const next: typeof level = []
    for (const [at, { cut, gain, ...steps }] of verdicts.level.entries()) {
      const { id, rows } = level[at]
      if (cut === null) {
        tree.push({ split: null, left: -1, right: -1, ...steps, gain: 0 })
        for (const row of rows) leaves[row] = id
        continue
      }
      const { bins, thresholds, count: last } = columnOf(columns, cut, from)
      const [left, right] = [nodes++, nodes++]
      // Above all thresholds lies what is not missing.
      const threshold = thresholds[cut.bin] ?? Infinity
      tree.push({ split: { party: 0, ...cut, threshold }, left, right, ...steps, gain })
      const goes = (row: number): boolean => goesLeft(bins[row], last, cut)
      next.push({ id: left, rows: rows.filter(goes) })
      next.push({ id: right, rows: rows.filter((row) => !goes(row)) })
    }
    level = next
    wanted = verdicts.wanted
  }
  return { tree, leaves }
}

function columnOf(
  columns: readonly BinnedColumn[],
  { feature, bin }: Cut,
  from: string,
): BinnedColumn {
  const found = columns.at(feature)
  if (found && bin >= 0 && bin < found.count) return found
  throw new Error(`${from} splits by a column or a bin that is not there`)
}

/** Tells the arbiter losses and metrics, and hears what they are over all parties. */
async function endRound(
  context: Context,
  work: {
    state: HomoPartyState
    round: number
    watching: Watch | undefined
    adder: Adder
    table: HomoTable
    validation: HomoValidation | undefined
  },
): Promise<void> {
  const { state, round, watching, adder, table, validation } = work
  const { objective } = table
  state.scores = state.next.map((scores) => scores.slice())
  const own = [objective.loss(table.labels, state.scores) * table.labels.length]
  if (watching && validation) {
    const trees = state.trees.slice(-treesPerRound(state.trees, objective.outputs))
    addLeaves(state.watched, trees, await leavesOf(context, validation, trees))
    if (watching.due(round)) own.push(...measure(watching, validation, state.watched))
  }
  await adder.real(own, 'The loss or a metric')
  const from = arbiterOf(context)
  const told = json.decode(await context.channel.receive(from, 'round'))
  if (!isRound(told)) throw new Error(`${from} sent a malformed round`)
  state.losses.push(told.loss)
  tellLosses(context, state.losses, round)
  state.over = told.over
  if (!watching || !watching.due(round)) return
  const values = told.values.map((value) => value ?? Number.NaN)
  state.watch = watching.record(state.watch, round, values)
  tellWatch(context, { watch: watching, state: state.watch, from: state.watch.rounds.length - 1 })
}

/** Each metric times the rows it is of, then these; 0 of 0 rows where it has no value here. */
function measure(
  watching: Watch,
  { labels }: HomoValidation,
  scores: readonly Float64Array[],
): number[] {
  const values = watching.measurePart({ labels, scores })
  const known = values.map((value) => (Number.isFinite(value) ? labels.length : 0))
  return [...values.map((value, at) => (known[at] === 0 ? 0 : value * known[at])), ...known]
}

function leavesOf(
  context: Context,
  { columns, labels }: HomoValidation,
  trees: readonly Tree[],
): Promise<Int32Array[]> {
  return findLeaves(trees, {
    columns,
    rows: labels.length,
    rule: boostRule(context.params).missing,
  })
}

async function fresh(
  context: Context,
  work: {
    table: HomoTable
    validation: HomoValidation | undefined
    earlier: EarlierModel | undefined
    adder: Adder
  },
): Promise<HomoPartyState> {
  const { table, validation, earlier, adder } = work
  const found = await agreeOnStart(context, { table, adder })
  const { initial, trees } = earlier ?? { initial: found.initial, trees: [] }
  async function scored(columns: readonly Float64Array[], rows: number): Promise<Float64Array[]> {
    const scores = initial.map((score) => new Float64Array(rows).fill(score))
    const rule = boostRule(context.params).missing
    addLeaves(scores, trees, await findLeaves(trees, { columns, rows, rule }))
    return scores
  }
  const scores = await scored(table.columns, table.ids.length)
  return {
    first: roundsOf({ trees, initial }),
    start: { ...found, initial },
    trees: [...trees],
    scores,
    next: scores.map((each) => each.slice()),
    losses: [],
    watch: UNWATCHED,
    watched: validation ? await scored(validation.columns, validation.labels.length) : [],
    over: false,
  }
}

function readState(saved: Checkpoint | undefined): HomoPartyState | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<HomoPartyState>
  if (Array.isArray(state.trees) && state.start) return state as HomoPartyState
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}
