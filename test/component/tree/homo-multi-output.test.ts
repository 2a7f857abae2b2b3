import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { boostRule } from '../../../src/component/tree/boosting-param.ts'
import { VERDICTS } from '../../../src/component/tree/homo-messages.ts'
import { asBoosting, HomoSecureBoostParam } from '../../../src/component/tree/homo-param.ts'
import { homoSecureBoost, type HomoState } from '../../../src/component/tree/homo-secure-boost.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import { scoreGbdt, trainGbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import { softmaxObjective } from '../../../src/compute/ml/tree/objective.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { json } from '../../../src/federation/codec.ts'
import { decodeModel, encodeModel } from '../../../src/runner/data/model-store.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { treeData, type TreeData } from '../../helpers/tree-data.ts'
import { SHARED_ROWS, sharedTables, sharers, type Shares, trainPooled } from './homo-scene.ts'

const THREE: Shares = { 'guest:1': 0, 'host:2': 90, 'host:3': 150 }
const TWO: Shares = { 'guest:1': 0, 'host:2': 110 }
const BASE = { num_trees: 3, n_iter_no_change: false, bin_num: 8, multi_mode: 'multi_output' }
const NONE = { useMissing: false, zeroAsMissing: false }

function train(
  params: object,
  data: TreeData,
  { shares = THREE, ...more }: Partial<RunOptions> & { shares?: Shares } = {},
): Promise<ComponentRun> {
  return runComponent(homoSecureBoost, {
    members: {
      guest: ['1'],
      host: sharers(shares)
        .slice(1)
        .map((at) => at.slice('host:'.length)),
      arbiter: ['4'],
    },
    params: { ...BASE, ...params },
    tables: sharedTables(data, shares),
    ...more,
  })
}

const stateAt = (run: ComponentRun, at: Address = 'guest:1') =>
  run.parties[at].models[0].state as HomoState

/** What each party predicted of its rows, one party after another: the chance of every class. */
const details = (run: ComponentRun, type: string, shares = THREE): number[][] =>
  sharers(shares).flatMap((at) => {
    const [table] = run.parties[at].tables
    const types = column(table, 'type').values
    return [...column(table, 'predict_detail').values]
      .filter((_, row) => types[row] === type)
      .map((detail) => Object.values(detail as Record<string, number>))
  })

const modelsOf = (run: ComponentRun, shares = THREE): RunOptions['models'] =>
  Object.fromEntries(
    // As they are kept, exported and imported.
    sharers(shares).map((at) => [
      at,
      { model: decodeModel(encodeModel(run.parties[at].models[0])) },
    ]),
  )

const CASES: Record<string, { params?: object; missing?: number; shares?: Shares }> = {
  'three parties': {},
  'two parties': { shares: TWO },
  'some of the columns': { params: { subsample_feature_rate: 0.6 } },
  'missing values': { params: { use_missing: true }, missing: 0.2, shares: TWO },
  'deep trees with many rows in a leaf': {
    params: { tree_param: { max_depth: 6, min_leaf_node: 5, min_sample_split: 14 } },
  },
  'both penalties and a least child weight': {
    params: { tree_param: { criterion_params: [1, 0.3], min_child_weight: 6, max_depth: 5 } },
  },
}

describe('HomoSecureBoost of one tree for several classes', { timeout: 300_000 }, () => {
  for (const [name, { params = {}, missing = 0, shares = THREE }] of Object.entries(CASES)) {
    it(`grows the trees of pooled rows, bit for bit: ${name}`, async () => {
      const data = treeData({ rows: SHARED_ROWS, columns: 5, classes: 4, missing })
      const run = await train(params, data, { shares })
      assert.equal(run.unread, 0)
      const plain = await trainPooled({ ...BASE, ...params }, data, [0, 0, 0, 0])
      const { trees } = stateAt(run)
      assert.deepEqual(trees, plain.trees)
      assert.equal(trees.length, 3)
      assert.ok(trees.flat().filter(({ split }) => split).length > 2 * trees.length)
      assert.ok(trees.flat().every(({ weights }) => weights?.length === 4))
      for (const at of sharers(shares)) assert.deepEqual(stateAt(run, at).trees, trees)
      const losses = run.parties['arbiter:4'].models[0].param['losses'] as number[]
      assert.equal(losses.length, 3)
      losses.forEach((loss, at) => assert.ok(Math.abs(loss - plain.losses[at]) < 1e-6))
    })
  }

  it('learns what the plain learner does of all rows in one table', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 5, classes: 3 })
    // Thresholds have single precision.
    data.columns.forEach((values) => values.set(values.map(Math.fround)))
    const { trees } = stateAt(await train({}, data))
    const rule = boostRule(asBoosting(HomoSecureBoostParam.parse(BASE)))
    const plain = await trainGbdt(data, softmaxObjective(3), rule)
    assert.equal(trees.length, plain.trees.length)
    trees.forEach((tree, round) => {
      const expected = plain.trees[round]
      assert.deepEqual(
        tree.map(({ split }) => split),
        expected.map(({ split }) => split),
      )
      tree.forEach(({ weights = [] }, id) =>
        weights.forEach((weight, output) =>
          assert.ok(Math.abs(weight - (expected[id].weights?.[output] ?? Number.NaN)) < 1e-9),
        ),
      )
    })
  })

  it('rounds each class as finely as rows of weights allow', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 4, classes: 3 })
    // Rows of one class weigh most, so that its derivatives are larger than those of the others.
    const weights = data.labels.map((label, row) => {
      return row < TWO['host:2'] ? 1 : 0.5 + (label === 0 ? row % 7 : 0) * 3
    })
    const tables = sharedTables(data, TWO)
    const frame = tables['host:2']['train_data']
    const values = weights.slice(TWO['host:2'])
    tables['host:2'] = {
      train_data: {
        ...frame,
        weightName: 'w',
        columns: [...frame.columns, { name: 'w', type: 'number', values }],
      },
    }
    const run = await train({}, data, { shares: TWO, tables })
    const plain = await trainPooled(BASE, { ...data, weights }, [0, 0, 0])
    assert.deepEqual(stateAt(run).trees, plain.trees)
    assert.notDeepEqual(plain.trees, (await trainPooled(BASE, data, [0, 0, 0])).trees)
    const scales = run.wire.flatMap(({ tag, bytes }) =>
      tag === 'scale' ? [json.decode(bytes) as { g: number; others: { g: number }[] }] : [],
    )
    assert.ok(scales.some(({ g, others }) => others.some((other) => other.g !== g)))
  })

  it('predicts later what it predicted at once, with no message', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 5, classes: 4 })
    const run = await train({}, data)
    const scores = await scoreGbdt(stateAt(run), data.columns, { rows: SHARED_ROWS, missing: NONE })
    const { link } = softmaxObjective(4)
    const expected = Array.from({ length: SHARED_ROWS }, (_, row) =>
      link(scores.map((all) => all[row])),
    )
    assert.deepEqual(details(run, 'train'), expected)
    const later = await train({}, data, {
      tables: sharedTables(data, THREE, 'eval_data'),
      models: modelsOf(run),
    })
    assert.deepEqual(details(later, 'test'), expected)
    assert.equal(later.wire.length, 0)
  })

  it('shows its model as FATE names it, at every party', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 4, classes: 3 })
    const run = await train({}, data)
    for (const at of sharers(THREE)) {
      const { param } = run.parties[at].models[0]
      assert.deepEqual([param['treeNum'], param['treeDim'], param['numClasses']], [3, 1, 3])
      assert.deepEqual(param['initScore'], [0, 0, 0])
      const shown = param['trees'] as { tree: { weight: number; moWeight: number[] }[] }[]
      const { trees } = stateAt(run, at)
      shown.forEach(({ tree }, index) =>
        tree.forEach((node, id) => {
          assert.equal(node.weight, 0)
          assert.deepEqual(node.moWeight, trees[index][id].weights)
        }),
      )
    }
    const { param } = run.parties['arbiter:4'].models[0]
    assert.deepEqual([param['treeNum'], param['treeDim'], param['bestIteration']], [3, 1, 2])
  })

  it('stops early, and keeps the trees of the best round', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 5, classes: 3 })
    const other = treeData({ rows: SHARED_ROWS, columns: 5, classes: 3, seed: 12 })
    const [tables, others] = [sharedTables(data, THREE), sharedTables(other, THREE, 'eval_data')]
    for (const at of sharers(THREE)) Object.assign(tables[at], others[at])
    const stopping = {
      num_trees: 30,
      learning_rate: 0.5,
      metrics: ['loss'],
      early_stopping_rounds: 2,
    }
    const run = await train(stopping, data, { tables })
    const { param } = run.parties['arbiter:4'].models[0]
    const best = Number(param['bestIteration'])
    assert.ok(best > 1 && best < 27, `best ${best}`)
    assert.equal((param['losses'] as number[]).length, best + 3)
    assert.equal(stateAt(run).trees.length, best + 1)
    assert.equal(param['treeNum'], best + 1)
    const curve = run.parties['host:2'].metrics
      .filter(({ namespace }) => namespace === 'validate')
      .flatMap(({ points }) => points.map(([, value]) => value))
    assert.equal(curve.indexOf(Math.min(...curve)), best)
    const chances = details(run, 'validation')
    const mean = chances.reduce((sum, list, row) => sum - Math.log(list[other.labels[row]]), 0)
    assert.ok(Math.abs(mean / SHARED_ROWS - curve[best]) < 1e-6)
  })

  it('goes on where it was stopped, to the same bits', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 4, classes: 3 })
    const whole = await train({}, data)
    const checkpoints: RunOptions['checkpoints'] = {}
    for (const share of [0.8, 0.6]) {
      let left = Math.floor(share * whole.wire.length)
      const crash = train({}, data, {
        checkpoints,
        tamper({ bytes }) {
          if (left-- > 0) return bytes
          throw new Error('line cut')
        },
      })
      await crash.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
    }
    const resumed = await train({}, data, { checkpoints })
    const verdicts = (run: ComponentRun) => run.wire.filter(({ tag }) => tag === 'verdicts').length
    assert.ok(verdicts(resumed) < verdicts(whole))
    for (const at of [...sharers(THREE), 'arbiter:4'] as const) {
      const of = ({ parties }: ComponentRun) => encodeModel(parties[at].models[0])
      assert.deepEqual(of(resumed), of(whole))
    }
    assert.deepEqual(details(resumed, 'train'), details(whole, 'train'))
  })

  it('goes on from a model as one training of all rounds, and from no other kind', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 4, classes: 3 })
    const params = { subsample_feature_rate: 0.8 }
    const rounds = (num_trees: number, more: object = {}, models?: RunOptions['models']) =>
      train({ ...params, num_trees, ...more }, data, { shares: TWO, models })
    const [whole, half] = [await rounds(4), await rounds(2)]
    const rest = await rounds(2, {}, modelsOf(half, TWO))
    assert.deepEqual(stateAt(rest).trees, stateAt(whole).trees)
    assert.deepEqual(details(rest, 'train', TWO), details(whole, 'train', TWO))
    const { param } = rest.parties['arbiter:4'].models[0]
    assert.deepEqual([param['treeNum'], param['bestIteration']], [4, 3])
    const single = { multi_mode: 'single_output' }
    await assert.rejects(
      rounds(1, single, modelsOf(half, TWO)),
      /was trained with multi_mode multi_output: give the same/,
    )
    await assert.rejects(
      rounds(1, {}, modelsOf(await rounds(1, single), TWO)),
      /was trained with multi_mode single_output: give the same/,
    )
  })

  it('cross validates at every party', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 4, classes: 3 })
    const run = await train({ num_trees: 2, cv_param: { need_cv: true, n_splits: 2 } }, data)
    for (const at of sharers(THREE)) {
      const names = run.parties[at].metrics.map(({ name }) => name)
      assert.ok(names.includes('train_fold_0') && names.includes('validate_fold_1'))
    }
  })

  it('is the ordinary training where there is one output', async () => {
    for (const classes of [2, 0]) {
      const data = treeData({ rows: SHARED_ROWS, columns: 4, classes })
      const task_type = classes === 0 ? 'regression' : 'classification'
      const multi = await train({ task_type }, data)
      const plain = await train({ task_type, multi_mode: 'single_output' }, data)
      for (const at of [...sharers(THREE), 'arbiter:4'] as const) {
        const of = ({ parties }: ComponentRun) => encodeModel(parties[at].models[0])
        assert.deepEqual(of(multi), of(plain))
      }
    }
  })

  it('sends a round once, and the arbiter nothing of one party but under masks', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 3, classes: 5 })
    const [multi, single] = [
      await train({ num_trees: 2 }, data),
      await train({ num_trees: 2, multi_mode: 'single_output' }, data),
    ]
    const scales = (run: ComponentRun) => run.wire.filter(({ tag }) => tag === 'scale').length
    assert.deepEqual([scales(multi), scales(single)], [2 * 3, 2 * 3 * 5])
    const kinds = new Set(
      multi.ledger.flatMap(({ receiver, sender, tag, kind }) =>
        receiver === 'arbiter:4' && sender !== 'arbiter:4' ? [`${tag} ${kind}`] : [],
      ),
    )
    assert.deepEqual([...kinds].toSorted(), [
      'resume_step plain',
      'size plain',
      'sum_vector masked',
    ])
    const sizesOf = ({ wire }: ComponentRun) =>
      wire.flatMap(({ tag, bytes }) => (tag === 'sum_vector' ? [bytes.length] : []))
    const { thresholds } = await trainPooled(BASE, data, [0, 0, 0, 0, 0])
    const bins = thresholds.reduce((sum, list) => sum + list.length + 1, 0)
    // The first sum has a number for each of three columns and one for the rows, of 8 bytes each.
    const root = (run: ComponentRun, lanes: number) => sizesOf(run)[0] + 8 * (lanes * bins - 4)
    // Both derivatives of five classes, and the rows.
    assert.ok(sizesOf(multi).includes(root(multi, 11)))
    assert.ok(sizesOf(single).includes(root(single, 3)))
    assert.ok(!sizesOf(single).includes(root(single, 11)))
  })

  it('refuses what does not fit the outputs of the tree', async () => {
    const data = treeData({ rows: SHARED_ROWS, columns: 3, classes: 3 })
    const told = (tag: string, change: (bytes: Uint8Array) => Uint8Array) =>
      train({}, data, {
        shares: TWO,
        tamper: (message) => (message.tag === tag ? change(message.bytes) : message.bytes),
      })
    for (const others of [undefined, [], [{ g: 1, h: 1 }], [{ g: 1, h: 1 }, { g: 1 }], 'x', {}]) {
      const scale = json.encode({ g: 1, h: 1, others })
      await assert.rejects(
        told('scale', () => scale),
        /arbiter:4 sent a malformed scale/,
      )
    }
    await assert.rejects(
      told('verdicts', (bytes) => {
        const found = VERDICTS.decode(bytes)
        return VERDICTS.encode({ ...found, numbers: found.numbers.subarray(0, 2) })
      }),
      /verdicts: expected those of 1 nodes/,
    )
  })
})
