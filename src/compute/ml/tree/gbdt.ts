/**
 * Gradient boosted trees over the columns of one party: the learner that the federated ones are measured by, and
 * whose parts they share.
 * @module
 */
import { createRng } from '../rng.ts'
import { binColumns, type MissingRule } from './binning.ts'
import { type Gradients, quantise } from './gradient.ts'
import { growTree, type Tree } from './grow.ts'
import { localSplitter } from './local-splitter.ts'
import { type Objective, weighObjective } from './objective.ts'
import { addLeaves, findLeaves } from './predict.ts'
import { allRows, gossSample, type RowSample, sampleOf } from './sample.ts'
import type { SplitRule } from './split.ts'

/** How trees are boosted. */
export interface BoostRule extends SplitRule {
  readonly rounds: number
  readonly learningRate: number
  readonly bins: number
  readonly missing: MissingRule
  /** The share of the columns that a tree sees. */
  readonly featureRate: number
  /** The share of the rows that a tree learns from; not with `goss`. */
  readonly rowRate: number
  readonly goss: { readonly top: number; readonly other: number } | null
  /** Whether a round of several outputs has one tree for all of them. */
  readonly multiOutput?: boolean
  readonly seed: number
}

/** Defaults of everything: 50 rounds of depth 3. */
export const BOOST_RULE: BoostRule = {
  rounds: 50,
  learningRate: 0.3,
  bins: 32,
  missing: { useMissing: false, zeroAsMissing: false },
  featureRate: 1,
  rowRate: 1,
  goss: null,
  seed: 100,
  lambda: 0.1,
  alpha: 0,
  minGain: 1e-3,
  minChildWeight: 0,
  minLeaf: 1,
  minSplit: 2,
  maxDepth: 3,
}

/** A boosted model: tree i adds to output i mod `initial.length`, or to all where it has several outputs. */
export interface Gbdt {
  readonly initial: readonly number[]
  readonly trees: readonly Tree[]
  readonly losses: readonly number[]
}

/** Trains on `columns`; labels are what the objective wants; rows count `weights` times. */
export async function trainGbdt(
  data: { columns: readonly Float64Array[]; labels: Float64Array; weights?: Float64Array },
  plain: Objective,
  rule: BoostRule = BOOST_RULE,
): Promise<Gbdt> {
  const { labels } = data
  const objective = weighObjective(plain, data.weights)
  const columns = binColumns(data.columns, { most: rule.bins, rule: rule.missing })
  const initial = objective.initial(labels)
  const scores = initial.map((score) => new Float64Array(labels.length).fill(score))
  const trees: Tree[] = []
  const losses: number[] = []
  for (let round = 0; round < rule.rounds; round++) {
    const lessons = roundOf(initial.length, rule).map((output) => {
      return { ...lessonOf({ objective, labels, scores }, { rule, round, output }), output }
    })
    for (const { gradients, used, output } of lessons) {
      const features = featuresOf(columns.length, { rule, tree: trees.length })
      const splitter = localSplitter(columns, { features, gradients, rule })
      const { tree, leaves } = await growTree({
        gradients,
        count: labels.length,
        used,
        rule,
        learningRate: rule.learningRate,
        splittersAt: () => [splitter],
      })
      trees.push(tree)
      addLeaves(output === 'all' ? scores : [scores[output]], [tree], [leaves])
    }
    losses.push(objective.loss(labels, scores))
  }
  return { initial, trees, losses }
}

/** Scores of rows: `result[output][row]`. */
export async function scoreGbdt(
  { initial, trees }: Pick<Gbdt, 'initial' | 'trees'>,
  columns: readonly Float64Array[],
  { rows, missing }: { rows: number; missing: MissingRule },
): Promise<Float64Array[]> {
  const scores = initial.map((score) => new Float64Array(rows).fill(score))
  addLeaves(scores, trees, await findLeaves(trees, { columns, rows, rule: missing }))
  return scores
}

/** What a tree learns from: integer gradients of all rows, 0 outside of `used`. */
export interface Lesson {
  readonly gradients: Gradients
  readonly used: Uint32Array
}

/** What one tree adds to: an output, or every one. */
export type TreeOutput = number | 'all'

/** What the trees of a round add to, in their order. */
export function roundOf(
  outputs: number,
  { multiOutput = false }: Pick<BoostRule, 'multiOutput'>,
): TreeOutput[] {
  return multiOutput && outputs > 1 ? ['all'] : Array.from({ length: outputs }, (_, at) => at)
}

/** The lesson of one tree, the same for the same seed, round and output. */
export function lessonOf(
  state: { objective: Objective; labels: Float64Array; scores: readonly Float64Array[] },
  { rule, round, output }: { rule: BoostRule; round: number; output: TreeOutput },
): Lesson {
  const { objective, labels, scores } = state
  const first = output === 'all' ? 0 : output
  const { g, h } = objective.derivatives(labels, scores, first)
  const others = Array.from({ length: output === 'all' ? objective.outputs - 1 : 0 }, (_, at) =>
    objective.derivatives(labels, scores, at + 1),
  )
  // Streams of rows are even, those of columns odd.
  const rng = createRng(rule.seed, 2 * (round * objective.outputs + first))
  const sizes = others.reduce(
    (sum, other) => sum.map((size, row) => size + Math.abs(other.g[row])),
    others.length > 0 ? g.map(Math.abs) : g,
  )
  const sample: RowSample = rule.goss
    ? gossSample(sizes, { ...rule.goss, rng })
    : { rows: sampleOf(g.length, rule.rowRate, rng) }
  const gradients = sampled(g, h, sample)
  const { rows: used } = sample
  if (others.length === 0) return { gradients, used }
  const rest = others.map((other) => sampled(other.g, other.h, sample))
  return { gradients: { ...gradients, others: rest }, used }
}

/** Derivatives of the rows of a sample, 0 outside of it. */
function sampled(g: Float64Array, h: Float64Array, { rows, factors }: RowSample): Gradients {
  if (rows.length === g.length && !factors) return quantise(g, h)
  const [kept, bent] = [new Float64Array(g.length), new Float64Array(g.length)]
  rows.forEach((row, at) => {
    const factor = factors?.[at] ?? 1
    kept[row] = g[row] * factor
    bent[row] = h[row] * factor
  })
  return quantise(kept, bent)
}

/** The columns that one tree sees of `count`; `party` is 0 at the party with the labels, others count from 1. */
export function featuresOf(
  count: number,
  {
    rule,
    tree,
    party = 0,
  }: { rule: Pick<BoostRule, 'featureRate' | 'seed'>; tree: number; party?: number },
): Uint32Array {
  if (rule.featureRate === 1 || count === 0) return allRows(count)
  return sampleOf(count, rule.featureRate, createRng(rule.seed, 1 + 2 * (tree + party * 2 ** 32)))
}
