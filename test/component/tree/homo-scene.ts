/**
 * The training of HomoSecureBoost on the rows of all parties in one table, from the parts of the plain learner; and the
 * parties' tables.
 * @module
 */
import { boostRule } from '../../../src/component/tree/boosting-param.ts'
import { asBoosting, HomoSecureBoostParam } from '../../../src/component/tree/homo-param.ts'
import { taskOf } from '../../../src/component/tree/tree-prediction.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { binColumn, isMissing, quantileThresholds } from '../../../src/compute/ml/tree/binning.ts'
import { featuresOf, roundOf } from '../../../src/compute/ml/tree/gbdt.ts'
import { exponentFor, joinOutputs, quantise } from '../../../src/compute/ml/tree/gradient.ts'
import { growTree, type Tree } from '../../../src/compute/ml/tree/grow.ts'
import { localSplitter } from '../../../src/compute/ml/tree/local-splitter.ts'
import { weighObjective } from '../../../src/compute/ml/tree/objective.ts'
import { addLeaves } from '../../../src/compute/ml/tree/predict.ts'
import { allRows } from '../../../src/compute/ml/tree/sample.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { treeFrame, type TreeData } from '../../helpers/tree-data.ts'

/** Trees, losses and thresholds over all rows, from first scores on. */
export async function trainPooled(
  given: object,
  data: TreeData & { readonly weights?: Float64Array },
  initial: readonly number[],
): Promise<{ trees: Tree[]; losses: number[]; thresholds: number[][] }> {
  const params = asBoosting(HomoSecureBoostParam.parse(given))
  const rule = boostRule(params)
  const { objective: bare, classes } = taskOf(params, data.labels, 'y')
  const objective = weighObjective(bare, data.weights)
  const labels = data.labels.map((value) => (classes.length > 0 ? classes.indexOf(value) : value))
  const edges = data.columns.map((values) =>
    quantileThresholds(
      values.map((value) => (isMissing(value, rule.missing) ? value : ceilSingle(value))),
      { most: rule.bins, rule: rule.missing },
    ),
  )
  const columns = data.columns.map((values, at) => binColumn(values, edges[at], rule.missing))
  const scores = initial.map((score) => new Float64Array(labels.length).fill(score))
  const trees: Tree[] = []
  const losses: number[] = []
  for (let round = 0; round < rule.rounds; round++) {
    const derivatives = initial.map((_, output) => objective.derivatives(labels, scores, output))
    for (const output of roundOf(initial.length, rule)) {
      const bound = (values: Float64Array, most: number): number => {
        if (params.task_type === 'classification' && !data.weights)
          return exponentFor(values.length, most)
        const large = values.reduce((high, value) => Math.max(high, Math.abs(value)), 0)
        return exponentFor(values.length, large === 0 ? 0 : 2 ** Math.ceil(Math.log2(large)))
      }
      const rounded = derivatives.map(({ g, h }) =>
        quantise(g, h, { g: bound(g, 1), h: bound(h, 0.25) }),
      )
      const gradients = output === 'all' ? joinOutputs(rounded) : rounded[output]
      const features = featuresOf(columns.length, { rule, tree: trees.length })
      const splitter = localSplitter(columns, { features, gradients, rule })
      const { tree, leaves } = await growTree({
        gradients,
        count: labels.length,
        used: allRows(labels.length),
        rule,
        learningRate: rule.learningRate,
        splittersAt: () => [splitter],
      })
      trees.push(tree)
      addLeaves(output === 'all' ? scores : [scores[output]], [tree], [leaves])
    }
    losses.push(objective.loss(labels, scores))
  }
  return { trees, losses, thresholds: edges.map((list) => [...list]) }
}

/** Rows of a table that parties share. */
export const SHARED_ROWS = 180

/** Where the rows of each party begin; the last one's end is that of the table. */
export type Shares = Readonly<Record<Address, number>>

/** The parties that have rows. */
export function sharers(shares: Shares): Address[] {
  return Object.keys(shares) as Address[]
}

/** The rows of each party with all columns. */
export function sharedTables(
  data: TreeData,
  shares: Shares,
  slot = 'train_data',
): Record<Address, Record<string, Frame>> {
  const from = Object.entries(shares) as [Address, number][]
  return Object.fromEntries(
    from.map(([at, first], index) => {
      const end = from.at(index + 1)?.[1] ?? SHARED_ROWS
      const rows = Array.from({ length: end - first }, (_, row) => first + row)
      const frame = treeFrame(data, { from: 0, to: data.columns.length, label: true, rows })
      return [at, { [slot]: frame }]
    }),
  )
}

/** The least number of single precision that is not below `value`, from the bits of its neighbours. */
function ceilSingle(value: number): number {
  const near = Math.fround(value)
  if (near >= value) return near
  const bits = new Int32Array(Float32Array.of(near).buffer)
  bits[0] += near < 0 ? -1 : 1
  return new Float32Array(bits.buffer)[0]
}
