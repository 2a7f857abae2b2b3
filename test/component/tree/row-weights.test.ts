import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sampleWeight } from '../../../src/component/feature/sample-weight.ts'
import { BoostingTreeParam, boostRule } from '../../../src/component/tree/boosting-param.ts'
import { homoSecureBoost, type HomoState } from '../../../src/component/tree/homo-secure-boost.ts'
import { taskOf } from '../../../src/component/tree/tree-prediction.ts'
import { label, rowWeights, type Frame } from '../../../src/compute/ml/frame.ts'
import { BOOST_RULE, trainGbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import { regressionObjective } from '../../../src/compute/ml/tree/objective.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { runAlone } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'
import { treeData, treeFrame, type TreeData } from '../../helpers/tree-data.ts'
import { trainPooled } from './homo-scene.ts'
import { SMALL, tablesOf, trainApart, wholeTrees } from './scene.ts'

/** Weights that two digits are enough for, so that nothing of them is rounded. */
const weightsOf = (rows: number) =>
  Float64Array.from({ length: rows }, (_, row) => 0.25 * (row % 7))

function weighed(frame: Frame, weights: Float64Array): Frame {
  return {
    ...frame,
    weightName: 'w',
    columns: [...frame.columns, { name: 'w', type: 'number', values: weights }],
  }
}

describe('weights of rows in boosted trees', { timeout: 120_000 }, () => {
  const cases: Record<string, { params?: object; classes: number }> = {
    'two classes': { classes: 2 },
    'three classes': { classes: 3, params: { num_trees: 2 } },
    'one tree for three classes': {
      classes: 3,
      params: { num_trees: 2, multi_mode: 'multi_output' },
    },
    'a number': { classes: 0, params: { task_type: 'regression' } },
    'one-sided samples': { classes: 2, params: { run_goss: true } },
  }
  for (const [name, { params = {}, classes }] of Object.entries(cases)) {
    it(`HeteroSecureBoost grows the trees of plain training, bit for bit: ${name}`, async () => {
      const data = treeData({ rows: 120, columns: 5, classes })
      const weights = weightsOf(120)
      const widths = [2, 2, 1]
      const tables = tablesOf(data, widths)
      tables['guest:1'] = { train_data: weighed(tables['guest:1']['train_data'], weights) }
      const run = await trainApart(params, data, widths, { tables })
      const parsed = BoostingTreeParam.parse({ ...SMALL, ...params })
      const { objective, classes: values } = taskOf(parsed, data.labels, 'y')
      const labels = data.labels.map((value) => (values.length > 0 ? values.indexOf(value) : value))
      const given = { columns: data.columns, labels }
      const plain = await trainGbdt({ ...given, weights }, objective, boostRule(parsed))
      assert.deepEqual(wholeTrees(run, widths), plain.trees)
      const { losses } = run.parties['guest:1'].models[0].param as { losses: number[] }
      assert.deepEqual(losses, plain.losses)
      const others = await trainGbdt(given, objective, boostRule(parsed))
      assert.notDeepEqual(plain.trees, others.trees)
    })
  }

  it('a row of weight two is two rows: weights of leaves and losses', async () => {
    const data = treeData({ rows: 60, columns: 3, classes: 0 })
    const objective = regressionObjective('lse')
    // Of so few values every one has a bin, so that repeated rows change no threshold.
    const columns = data.columns.map((values) => values.map((value) => Math.round(value)))
    const rule = { ...BOOST_RULE, rounds: 3, bins: 32 }
    const weights = data.labels.map((_, row) => 1 + (row % 2))
    const order = [...data.labels.keys()].flatMap((row) => (row % 2 === 1 ? [row, row] : [row]))
    const repeat = (values: Float64Array) => Float64Array.from(order, (row) => values[row])
    const start = { initial: () => [0] }
    const once = await trainGbdt(
      { columns, labels: data.labels, weights },
      { ...objective, ...start },
      rule,
    )
    const labels = repeat(data.labels)
    const twice = await trainGbdt(
      { columns: columns.map(repeat), labels },
      { ...objective, ...start },
      rule,
    )
    const leaves = (trees: typeof once.trees) => trees.flat().map(({ weight }) => weight)
    const expected = leaves(twice.trees)
    assert.equal(leaves(once.trees).length, expected.length)
    leaves(once.trees).forEach((weight, at) => assert.ok(Math.abs(weight - expected[at]) < 1e-9))
    const mean = (losses: readonly number[], rows: number) => losses.map((loss) => loss * rows)
    mean(once.losses, 60).forEach((loss, at) => {
      assert.ok(Math.abs(loss - mean(twice.losses, order.length)[at]) < 1e-9)
    })
  })

  for (const classes of [2, 0]) {
    it(`HomoSecureBoost grows the trees of pooled rows: ${classes} classes, one party with weights`, async () => {
      const data = treeData({ rows: 120, columns: 4, classes })
      const weights = weightsOf(120).map((weight, row) => (row < 70 ? 1 : weight * 3))
      const parts: [Address, number, number][] = [
        ['guest:1', 0, 70],
        ['host:2', 70, 120],
      ]
      const tables = parts.map(([at, from, to]): [Address, Record<string, Frame>] => {
        const rows = Array.from({ length: to - from }, (_, row) => from + row)
        const frame = treeFrame(data, { from: 0, to: 4, label: true, rows })
        return [at, { train_data: from === 0 ? frame : weighed(frame, weights.slice(from, to)) }]
      })
      const task_type = classes === 0 ? 'regression' : 'classification'
      const params = { num_trees: 3, n_iter_no_change: false, bin_num: 8, task_type }
      const run = await runComponent(homoSecureBoost, {
        members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
        params,
        tables: Object.fromEntries(tables),
      })
      const { trees, initial } = run.parties['guest:1'].models[0].state as HomoState
      const pooled: TreeData & { weights: Float64Array } = { ...data, weights }
      const plain = await trainPooled(params, pooled, initial)
      assert.deepEqual(trees, plain.trees)
      const { losses } = run.parties['arbiter:3'].models[0].param as { losses: number[] }
      losses.forEach((loss, at) => assert.ok(Math.abs(loss - plain.losses[at]) < 1e-6))
    })
  }

  it('they are those that SampleWeight has given', async () => {
    const data = treeData({ rows: 80, columns: 3, classes: 2 })
    data.labels.forEach((_, row) => (data.labels[row] = row < 20 ? 1 : 0))
    const tables = tablesOf(data, [2, 1])
    const frame = tables['guest:1']['train_data']
    const made = await runAlone(sampleWeight, { frame, params: { class_weight: 'balanced' } })
    const [balanced] = made.tables
    const weights = rowWeights(balanced)
    assert.ok(weights && label(balanced))
    assert.deepEqual(
      [...new Set(weights)].sort((a, b) => a - b),
      [80 / 120, 2],
    )
    const params = { num_trees: 1, tree_param: { max_depth: 1 } }
    const given = { ...tables, 'guest:1': { train_data: balanced } }
    const run = await trainApart(params, data, [2, 1], { tables: given })
    const [tree] = wholeTrees(run, [2, 1])
    const plain = await trainApart(params, data, [2, 1])
    assert.notDeepEqual(tree, wholeTrees(plain, [2, 1])[0])
  })
})
