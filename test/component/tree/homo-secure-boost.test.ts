import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { homoSecureBoost, type HomoState } from '../../../src/component/tree/homo-secure-boost.ts'
import { column, type Frame } from '../../../src/compute/ml/frame.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { quantileThresholds } from '../../../src/compute/ml/tree/binning.ts'
import { keyValue, searchKey } from '../../../src/compute/ml/tree/quantile-search.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { sharedData } from '../../helpers/shared-data.ts'
import { sharedTable, treeData, treeFrame, type TreeData } from '../../helpers/tree-data.ts'
import { trainPooled } from './homo-scene.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const PARTIES: readonly Address[] = ['guest:1', 'host:2', 'host:3']
const ROWS = 240
/** Rows of the three parties: half, a third and the rest. */
const PARTS = [
  [0, 120],
  [120, 200],
  [200, 240],
] as const
const BASE = { num_trees: 3, n_iter_no_change: false, bin_num: 8 }

function tablesOf(data: TreeData, slot = 'train_data'): Record<Address, Record<string, Frame>> {
  return Object.fromEntries(
    PARTS.map(([from, to], at) => {
      const rows = Array.from({ length: to - from }, (_, row) => from + row)
      const frame = treeFrame(data, { from: 0, to: data.columns.length, label: true, rows })
      return [PARTIES[at], { [slot]: frame }]
    }),
  )
}

function train(
  params: object,
  data: TreeData,
  more: Partial<RunOptions> = {},
): Promise<ComponentRun> {
  return runComponent(homoSecureBoost, {
    members: MEMBERS,
    params: { ...BASE, ...params },
    tables: tablesOf(data),
    name: 'homo_secureboost_0',
    ...more,
  })
}

const stateAt = (run: ComponentRun, at: Address = 'guest:1'): HomoState =>
  run.parties[at].models[0].state as HomoState

const scoresOf = (run: ComponentRun, type?: string): number[] =>
  PARTIES.flatMap((at) => {
    const [table] = run.parties[at].tables
    const types = column(table, 'type').values
    const scores = column(table, 'predict_score').values as Float64Array
    return [...scores].filter((_, row) => type === undefined || types[row] === type)
  })

const CASES: Record<string, { params?: object; data?: Partial<Parameters<typeof treeData>[0]> }> = {
  'two classes': {},
  'some of the columns': { params: { subsample_feature_rate: 0.6 } },
  'deep trees with many rows in a leaf': {
    params: { tree_param: { max_depth: 6, min_leaf_node: 5, min_sample_split: 14 } },
  },
  'both penalties and a least child weight': {
    params: { tree_param: { criterion_params: [1, 0.3], min_child_weight: 2 } },
  },
  'missing values': { params: { use_missing: true }, data: { missing: 0.2 } },
  'zeros as missing values': { params: { zero_as_missing: true } },
  'three classes': { params: { num_trees: 2 }, data: { classes: 3 } },
  'a number': { params: { task_type: 'regression' }, data: { classes: 0 } },
  ...Object.fromEntries(
    ['lae', 'huber', 'fair', 'log_cosh', 'tweedie'].map((objective) => [
      `a number under ${objective}`,
      {
        params: { task_type: 'regression', objective_param: { objective, params: [1.4] } },
        data: { classes: 0 },
      },
    ]),
  ),
}

describe('HomoSecureBoost', { timeout: 300_000 }, () => {
  for (const [name, { params = {}, data: shape = {} }] of Object.entries(CASES)) {
    it(`grows the trees of pooled rows, bit for bit: ${name}`, async () => {
      const data = treeData({ rows: ROWS, columns: 5, classes: 2, ...shape })
      const run = await train(params, data)
      assert.equal(run.unread, 0)
      const { initial, trees, losses } = stateAt(run).trees
        ? { ...stateAt(run), losses: run.parties['guest:1'].models[0].param['losses'] as number[] }
        : assert.fail()
      const plain = await trainPooled({ ...BASE, ...params }, data, initial)
      assert.deepEqual(trees, plain.trees)
      assert.ok(trees.flat().filter(({ split }) => split).length > 2 * trees.length)
      assert.equal(losses.length, plain.losses.length)
      losses.forEach((loss, at) => assert.ok(Math.abs(loss - plain.losses[at]) < 1e-6))
      const means = Float64Array.from(data.labels).reduce((sum, y) => sum + y / ROWS, 0)
      if (shape.classes === 0 && name === 'a number') {
        assert.ok(Math.abs(initial[0] - means) < 1e-6)
      }
      assert.deepEqual(scoresOf(run).length, ROWS)
      for (const at of PARTIES.slice(1)) assert.deepEqual(stateAt(run, at).trees, trees)
    })
  }

  it('predicts later what it predicted at once, with no message', async () => {
    const data = treeData({ rows: ROWS, columns: 5, classes: 2 })
    const run = await train({}, data)
    const models = Object.fromEntries(
      PARTIES.map((at) => [at, { model: run.parties[at].models[0] }]),
    )
    const later = await runComponent(homoSecureBoost, {
      members: MEMBERS,
      params: BASE,
      tables: tablesOf(data, 'eval_data'),
      models,
    })
    assert.deepEqual(scoresOf(later, 'test'), scoresOf(run, 'train'))
    assert.equal(later.wire.length, 0)
  })

  it('stops early, at the round in which the tables of all parties were best', async () => {
    const data = treeData({ rows: ROWS, columns: 5, classes: 2 })
    const other = treeData({ rows: ROWS, columns: 5, classes: 2, seed: 12 })
    const [tables, others] = [tablesOf(data), tablesOf(other, 'eval_data')]
    for (const at of PARTIES) Object.assign(tables[at], others[at])
    const params = {
      num_trees: 30,
      learning_rate: 0.9,
      metrics: ['loss'],
      early_stopping_rounds: 2,
    }
    const run = await train(params, data, { tables })
    const { param } = run.parties['guest:1'].models[0]
    const best = Number(param['bestIteration'])
    assert.equal((param['losses'] as number[]).length, best + 3)
    assert.equal(stateAt(run).trees.length, best + 1)
    const curve = run.parties['arbiter:4'].metrics
      .filter(({ namespace }) => namespace === 'validate')
      .flatMap(({ points }) => points.map(([, value]) => value))
    assert.equal(curve.indexOf(Math.min(...curve)), best)
    // The loss that all were told is the one over the validation rows of all.
    const plain = scoresOf(run, 'validation')
    const mean = plain.reduce((sum, score, row) => {
      return sum - Math.log(other.labels[row] === 1 ? score : 1 - score) / ROWS
    }, 0)
    assert.ok(Math.abs(mean - curve[best]) < 1e-6, `${mean} ${curve[best]}`)
  })

  it('measures what a party with one class cannot be asked for by the others', async () => {
    const data = treeData({ rows: ROWS, columns: 5, classes: 2 })
    const other = { ...data, labels: data.labels.map((label, row) => (row < 120 ? label : 1)) }
    const [tables, others] = [tablesOf(data), tablesOf(other, 'eval_data')]
    for (const at of PARTIES) Object.assign(tables[at], others[at])
    const run = await train({ validation_freqs: 1, num_trees: 2 }, data, { tables })
    const areas = run.parties['host:2'].metrics.filter(({ name }) => name === 'auc')
    assert.equal(areas.length, 2)
    for (const { points } of areas) assert.ok(points[0][1] > 0.5 && points[0][1] <= 1)
  })

  it('goes on where it was stopped, to the same bits', async () => {
    const data = treeData({ rows: ROWS, columns: 4, classes: 3 })
    const whole = await train({ num_trees: 2 }, data)
    const checkpoints: RunOptions['checkpoints'] = {}
    for (const share of [0.8, 0.5]) {
      let left = Math.floor(share * whole.wire.length)
      const crash = train({ num_trees: 2 }, data, {
        checkpoints,
        tamper({ bytes }) {
          if (left-- > 0) return bytes
          throw new Error('line cut')
        },
      })
      await crash.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
    }
    const resumed = await train({ num_trees: 2 }, data, { checkpoints })
    const verdicts = (run: ComponentRun) => run.wire.filter(({ tag }) => tag === 'verdicts').length
    assert.ok(verdicts(resumed) < verdicts(whole))
    for (const at of [...PARTIES, 'arbiter:4'] as const) {
      const of = ({ parties }: ComponentRun) => encodeModel(parties[at].models[0])
      assert.deepEqual(of(resumed), of(whole))
    }
    assert.deepEqual(scoresOf(resumed), scoresOf(whole))
  })

  it('cross validates at every party', async () => {
    const data = treeData({ rows: ROWS, columns: 4, classes: 2 })
    const run = await train({ num_trees: 2, cv_param: { need_cv: true, n_splits: 2 } }, data)
    for (const at of PARTIES) {
      const names = run.parties[at].metrics.map(({ name }) => name)
      assert.ok(names.includes('train_fold_0') && names.includes('validate_fold_1'))
      assert.equal(run.parties[at].models.length, 0)
    }
  })

  it('gives the arbiter nothing of one party but under masks', async () => {
    const data = treeData({ rows: ROWS, columns: 3, classes: 2 })
    const run = await train({ num_trees: 1 }, data)
    const kinds = new Set(
      run.ledger.flatMap(({ receiver, sender, tag, kind }) =>
        receiver === 'arbiter:4' && sender !== 'arbiter:4' ? [`${tag} ${kind}`] : [],
      ),
    )
    assert.deepEqual([...kinds].toSorted(), [
      'resume_step plain',
      'size plain',
      'sum_vector masked',
    ])
    const vectors = (await train({ num_trees: 1 }, data)).wire.map(({ bytes }) => bytes.join())
    const again = new Set(vectors)
    for (const { tag, bytes } of run.wire) {
      if (tag === 'sum_vector') assert.ok(!again.has(bytes.join()))
    }
  })

  it('shows trees, losses and importances as FATE names them', async () => {
    const data = treeData({ rows: ROWS, columns: 3, classes: 2 })
    const run = await train({ num_trees: 2 }, data)
    const { name, param, meta } = run.parties['host:2'].models[0]
    assert.equal(name, 'HomoSecureBoostingTreeHost')
    assert.equal(param['treeNum'], 2)
    assert.deepEqual(param['featureNameFidMapping'], { x0: 0, x1: 1, x2: 2 })
    const [first] = param['trees'] as { tree: { sitename: string }[]; splitMaskdict: object }[]
    assert.equal(first.tree[0].sitename, 'host.0')
    const splits = stateAt(run)
      .trees.flat()
      .filter(({ split }) => split !== null)
    const importances = param['featureImportances'] as { importance: number }[]
    assert.equal(
      importances.reduce((sum, { importance }) => sum + importance, 0),
      splits.length,
    )
    assert.equal(meta['numTrees'], 2)
    const losses = run.parties['guest:1'].metrics.filter(({ name: series }) => series === 'loss')
    assert.equal(losses.length, 2)
  })

  it('says what does not fit', async () => {
    const data = treeData({ rows: ROWS, columns: 3, classes: 2 })
    const tables = tablesOf(data)
    tables['host:3'] = {
      train_data: treeFrame(data, { from: 0, to: 2, label: true, rows: [200, 201] }),
    }
    await assert.rejects(train({}, data, { tables }), /host:3 has no numeric column "x2"/)
    tables['host:3'] = { train_data: treeFrame(data, { from: 0, to: 3, rows: [200, 201] }) }
    await assert.rejects(train({}, data, { tables }), /host:3 has no label column/)
    await assert.rejects(train({ early_stopping_rounds: 2 }, data), /needs a validation table/)
    const run = await train({ run_goss: true, num_trees: 1 }, data)
    assert.ok(
      run.parties['guest:1'].warnings.some((text) =>
        /^run_goss of .+ has no effect: every tree/.test(text),
      ),
    )
    const below = { ...data, labels: data.labels.map((label) => label - 0.5) }
    const tweedie = { task_type: 'regression', objective_param: { objective: 'tweedie' } }
    await assert.rejects(train(tweedie, below), /a label below 0, which tweedie does not allow/)
  })
})

describe('thresholds that are found by counting', () => {
  it('are those of all rows in one table, to single precision', async () => {
    const up = (value: number): number => keyValue(searchKey(value))
    for (const bin_num of [2, 5, 8, 32]) {
      const data = treeData({ rows: ROWS, columns: 3, classes: 2, seed: bin_num })
      // Rare values between common ones, and few at the end.
      data.columns.push(
        Float64Array.from({ length: ROWS }, (_, row) => (row < 3 ? row : row < 6 ? -7 : 1.5)),
        Float64Array.from({ length: ROWS }, (_, row) => (row === 0 ? 0 : 1)),
        new Float64Array(ROWS).fill(-0.1),
      )
      const run = await train({ bin_num, num_trees: 1 }, data)
      const expected = data.columns.map((values) => [
        ...quantileThresholds(values.map(up), {
          most: bin_num,
          rule: { useMissing: false, zeroAsMissing: false },
        }),
      ])
      const plain = await trainPooled({ ...BASE, bin_num, num_trees: 1 }, data, [0])
      assert.deepEqual(plain.thresholds, expected)
      assert.deepEqual(stateAt(run).trees, plain.trees)
    }
  })

  it('have keys in the order of the numbers', () => {
    const numbers = [-3e38, -1.5, -1e-45, 0, 1e-45, 0.1, 1, 3.4e38]
    const keys = numbers.map(searchKey)
    assert.deepEqual(
      keys,
      keys.toSorted((a, b) => a - b),
    )
    for (const [at, key] of keys.entries()) {
      assert.ok(keyValue(key) >= numbers[at])
      assert.ok(keyValue(key - 2) < numbers[at])
    }
    assert.equal(searchKey(-0), searchKey(0))
    assert.throws(() => searchKey(1e300), /scale the column/)
  })
})

describe(
  "HomoSecureBoost on FATE's tables",
  { skip: sharedData === undefined && 'needs the shared data' },
  () => {
    for (const [name, files, bar] of [
      ['breast', ['breast_homo_guest.csv', 'breast_homo_host.csv'], 0.999],
      ['credit', ['default_credit_homo_guest.csv', 'default_credit_homo_host_1.csv'], 0.78],
    ] as const) {
      it(`${name}: the trees of pooled rows`, async () => {
        const [guest, host] = files.map((file) => sharedTable(file, { label: true }))
        const params = { num_trees: 20, n_iter_no_change: false }
        const run = await runComponent(homoSecureBoost, {
          members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
          params,
          tables: { 'guest:1': { train_data: guest }, 'host:2': { train_data: host } },
        })
        const data = stacked(guest, host)
        const plain = await trainPooled(params, data, [0])
        assert.deepEqual(stateAt(run).trees, plain.trees)
        const scores = (['guest:1', 'host:2'] as const).flatMap((at) => [
          ...(column(run.parties[at].tables[0], 'predict_score').values as Float64Array),
        ])
        const reached = auc(data.labels, scores)
        assert.ok(reached > bar, `AUC ${reached}`)
      })
    }
  },
)

/** The rows of two tables of the same columns, the label apart. */
function stacked(one: Frame, other: Frame): TreeData {
  const both = one.columns.map(({ name, values }) =>
    Float64Array.of(...(values as Float64Array), ...(column(other, name).values as Float64Array)),
  )
  return { labels: both[0], columns: both.slice(1) }
}
