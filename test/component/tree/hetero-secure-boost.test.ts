import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import type { GuestState, HostState } from '../../../src/component/tree/sbt-model.ts'
import { column } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { scoreGbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { runComponent, type ComponentRun } from '../../helpers/parties.ts'
import { sharedData } from '../../helpers/shared-data.ts'
import { joined, sharedParties, treeData, type TreeData } from '../../helpers/tree-data.ts'
import { membersOf, SMALL, tablesOf, trainApart, trainJoined, wholeTrees } from './scene.ts'

const NONE = { useMissing: false, zeroAsMissing: false }

function numbers(run: ComponentRun, name: string, table = 0): Float64Array {
  return column(run.parties['guest:1'].tables[table], name).values as Float64Array
}

function count(run: ComponentRun, tag: string): number {
  return run.wire.filter((message) => message.tag === tag).length
}

function owners(trees: GuestState['trees']): number[][] {
  return trees.map((tree) =>
    [...new Set(tree.flatMap(({ split }) => split?.party ?? []))].toSorted((a, b) => a - b),
  )
}

const CASES: Record<string, { params?: object; data?: Partial<Parameters<typeof treeData>[0]> }> = {
  'the defaults': {},
  'deep trees with many rows in a leaf': {
    params: { tree_param: { max_depth: 6, min_leaf_node: 5, min_sample_split: 12 } },
  },
  'both penalties and a least child weight': {
    params: {
      tree_param: { max_depth: 4, criterion_params: [1, 0.3], min_child_weight: 2 },
    },
  },
  'missing values': { params: { use_missing: true }, data: { missing: 0.2 } },
  'zeros as missing values': { params: { zero_as_missing: true } },
  'one sum in a ciphertext': { params: { cipher_compress: false, num_trees: 1 } },
  Paillier: { params: { encrypt_param: { method: 'Paillier', key_length: 1024 } } },
  'one-side sampling': { params: { run_goss: true, top_rate: 0.3, other_rate: 0.3 } },
  'some of the rows': { params: { subsample_row_rate: 0.6 } },
  'three classes': { params: { num_trees: 2 }, data: { classes: 3 } },
  'one tree for three classes': {
    params: { multi_mode: 'multi_output' },
    data: { classes: 3 },
  },
  'one tree for more classes than a ciphertext holds': {
    params: { multi_mode: 'multi_output', num_trees: 2 },
    data: { classes: 5 },
  },
  'one tree for three classes, one sum in a ciphertext': {
    params: { multi_mode: 'multi_output', num_trees: 1, cipher_compress: false },
    data: { classes: 3 },
  },
  'one tree for four classes under Paillier with missing values': {
    params: {
      multi_mode: 'multi_output',
      use_missing: true,
      encrypt_param: { method: 'Paillier', key_length: 1024 },
    },
    data: { classes: 4, missing: 0.2 },
  },
  'one tree for three classes of some of the rows, with all penalties': {
    params: {
      multi_mode: 'multi_output',
      run_goss: true,
      top_rate: 0.3,
      other_rate: 0.3,
      tree_param: {
        max_depth: 4,
        criterion_params: [1, 0.1],
        min_child_weight: 2,
        min_leaf_node: 3,
      },
    },
    data: { classes: 3 },
  },
  'a number': { params: { task_type: 'regression' }, data: { classes: 0 } },
  ...Object.fromEntries(
    ['lae', 'huber', 'fair', 'log_cosh', 'poisson'].map((objective) => [
      `a number under ${objective}`,
      {
        params: {
          task_type: 'regression',
          objective_param: { objective, params: [0.7] },
          num_trees: 2,
        },
        data: { classes: 0 },
      },
    ]),
  ),
  'a number under Tweedie': {
    params: { task_type: 'regression', objective_param: { objective: 'tweedie', params: [1.4] } },
    data: { classes: 0 },
  },
}

describe('HeteroSecureBoost', { timeout: 300_000 }, () => {
  for (const [name, { params = {}, data: shape = {} }] of Object.entries(CASES)) {
    for (const widths of [
      [2, 3],
      [1, 2, 2],
    ]) {
      it(`grows the trees of joined columns: ${name}, ${widths.length - 1} hosts`, async () => {
        const data = treeData({ rows: 80, columns: 5, classes: 2, ...shape })
        const run = await trainApart(params, data, widths)
        const plain = await trainJoined(params, data)
        assert.deepEqual(wholeTrees(run, widths), plain.trees)
        assert.equal(run.unread, 0)
        const used = owners((run.parties['guest:1'].models[0].state as GuestState).trees).flat()
        assert.deepEqual(
          [...new Set(used)].toSorted((a, b) => a - b),
          Array.from(widths, (_, party) => party),
        )
        const { losses } = run.parties['guest:1'].models[0].param
        assert.deepEqual(losses, plain.losses)
      })
    }
  }

  it('predicts what the joined model does, in training and afterwards', async () => {
    const rows = 90
    for (const missing of [0, 0.15]) {
      const data = treeData({ rows, columns: 5, classes: 2, missing })
      const widths = [2, 2, 1]
      const params = { use_missing: missing > 0, num_trees: 4 }
      const fit = Array.from({ length: 70 }, (_, row) => row)
      const rest = Array.from({ length: 20 }, (_, row) => 70 + row)
      const part = (list: readonly number[]): TreeData => ({
        columns: data.columns.map((values) => Float64Array.from(list, (row) => values[row])),
        labels: Float64Array.from(list, (row) => data.labels[row]),
      })
      const tables = tablesOf(data, widths, { rows: fit })
      const others = tablesOf(data, widths, { rows: rest, slot: 'eval_data' })
      for (const party of Object.keys(tables) as Address[])
        Object.assign(tables[party], others[party])
      const run = await trainApart(params, data, widths, { tables })
      const plain = await trainJoined(params, part(fit))
      const rule = { useMissing: missing > 0, zeroAsMissing: false }
      const expected = await Promise.all(
        [fit, rest].map(async (list) => {
          const { columns } = part(list)
          const [scores] = await scoreGbdt(plain, columns, { rows: list.length, missing: rule })
          return scores.map(sigmoid)
        }),
      )
      assert.deepEqual(
        [...numbers(run, 'predict_score')],
        expected.flatMap((list) => [...list]),
      )
      const types = column(run.parties['guest:1'].tables[0], 'type').values
      assert.deepEqual([...types], [...fit.map(() => 'train'), ...rest.map(() => 'validation')])
      // One query a level to each of two hosts, however many trees there are.
      assert.ok(count(run, 'query_rows') <= 2 * 3, `${count(run, 'query_rows')} queries`)

      const models = Object.fromEntries(
        Object.entries(run.parties).map(
          ([
            party,
            {
              models: [model],
            },
          ]) => [party, { model }],
        ),
      )
      const unlabelled = tablesOf(data, widths, { rows: rest, slot: 'eval_data', label: false })
      const again = await runComponent(heteroSecureBoost, {
        members: membersOf(widths),
        params: { ...SMALL, ...params },
        tables: unlabelled,
        models,
      })
      assert.deepEqual([...numbers(again, 'predict_score')], [...expected[1]])
      assert.deepEqual(
        [...column(again.parties['guest:1'].tables[0], 'label').values],
        rest.map(() => null),
      )
      assert.equal(again.unread, 0)
    }
  })

  it('answers in the order of the table, whatever the order of its rows', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 2 })
    const forth = Array.from({ length: 60 }, (_, row) => row)
    const back = forth.toReversed()
    const first = await trainApart({}, data, [2, 2])
    const tables = tablesOf(data, [2, 2], { rows: back })
    tables['host:2'] = tablesOf(data, [2, 2], { rows: forth })['host:2']
    const second = await trainApart({}, data, [2, 2], { tables })
    assert.deepEqual(
      [...numbers(second, 'predict_score')],
      [...numbers(first, 'predict_score')].toReversed(),
    )
  })

  it('is the same each time, and another with another seed', async () => {
    const data = treeData({ rows: 80, columns: 8, classes: 2 })
    const params = { subsample_feature_rate: 0.5, subsample_row_rate: 0.8 }
    const [first, second, other] = [
      await trainApart(params, data, [4, 4]),
      await trainApart(params, data, [4, 4]),
      await trainApart({ ...params, random_seed: 5 }, data, [4, 4]),
    ]
    assert.deepEqual(second.parties['guest:1'].models, first.parties['guest:1'].models)
    assert.deepEqual(second.parties['host:2'].models, first.parties['host:2'].models)
    assert.notDeepEqual(other.parties['guest:1'].models, first.parties['guest:1'].models)
  })

  it('lets the guest grow the first trees alone when that is to be secure', async () => {
    const data = treeData({ rows: 80, columns: 5, classes: 2 })
    const run = await trainApart({ complete_secure: true }, data, [3, 2])
    const { trees } = run.parties['guest:1'].models[0].state as GuestState
    assert.deepEqual(owners(trees)[0], [0])
    assert.ok(
      owners(trees)
        .slice(1)
        .every((used) => used.includes(1)),
    )
    assert.equal(count(run, 'gradients'), 2)
    const alone = await trainJoined(
      { num_trees: 1 },
      { ...data, columns: data.columns.slice(0, 3) },
    )
    assert.deepEqual(trees[0], alone.trees[0])
  })

  it('mixes trees of one party each', async () => {
    const data = treeData({ rows: 80, columns: 6, classes: 2 })
    const params = { boosting_strategy: 'mix', num_trees: 6, tree_num_per_party: 1 }
    const run = await trainApart(params, data, [2, 2, 2])
    const { trees } = run.parties['guest:1'].models[0].state as GuestState
    assert.deepEqual(owners(trees), [[0], [1], [2], [0], [1], [2]])
    assert.equal(count(run, 'gradients'), 4)
  })

  it("puts the hosts' levels above the guest's when layered", async () => {
    const data = treeData({ rows: 120, columns: 6, classes: 2 })
    const params = { boosting_strategy: 'layered', guest_depth: 1, host_depth: 2, num_trees: 2 }
    const run = await trainApart(params, data, [3, 3])
    const { trees } = run.parties['guest:1'].models[0].state as GuestState
    for (const tree of trees) {
      const walk = (at: number, depth: number): void => {
        const { split, left, right } = tree[at]
        if (split === null) return
        assert.equal(split.party, depth < 2 ? 1 : 0)
        walk(left, depth + 1)
        walk(right, depth + 1)
      }
      walk(0, 0)
    }
    assert.ok(owners(trees).every((used) => used.length === 2))
  })

  it('stops when the loss no longer changes', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 2 })
    const params = { n_iter_no_change: true, tol: 0.1, num_trees: 30 }
    const run = await trainApart(params, data, [2, 2])
    const losses = run.parties['guest:1'].models[0].param.losses as number[]
    assert.ok(losses.length < 30)
    losses.slice(1).forEach((loss, at) => {
      const last = at === losses.length - 2
      assert.equal(Math.abs(loss - losses[at]) < 0.1, last)
    })
  })

  it('stops early, and keeps the trees of the best round', async () => {
    const data = treeData({ rows: 120, columns: 4, classes: 2, seed: 3 })
    const widths = [2, 2]
    const list = Array.from(data.labels, (_, row) => row)
    const [fit, rest] = [list.filter((row) => row % 3 > 0), list.filter((row) => row % 3 === 0)]
    const tables = tablesOf(data, widths, { rows: fit })
    const others = tablesOf(data, widths, { rows: rest, slot: 'eval_data' })
    for (const party of Object.keys(tables) as Address[])
      Object.assign(tables[party], others[party])
    const params = {
      num_trees: 30,
      early_stopping_rounds: 2,
      metrics: ['loss'],
      learning_rate: 0.8,
    }
    const run = await trainApart(params, data, widths, { tables })
    const { metrics, models } = run.parties['guest:1']
    const points = metrics.flatMap(({ namespace, name, points: found }) =>
      namespace === 'validate' && name === 'loss' ? found.map(([, loss]) => loss) : [],
    )
    const best = points.indexOf(Math.min(...points))
    assert.ok(points.length < 30)
    assert.equal(points.length, best + 3)
    assert.equal(models[0].param.bestIteration, best)
    assert.equal((models[0].state as GuestState).trees.length, best + 1)
    const scores = numbers(run, 'predict_score').slice(fit.length)
    let loss = 0
    rest.forEach((row, at) => {
      loss -= Math.log(data.labels[row] === 1 ? scores[at] : 1 - scores[at]) / rest.length
    })
    assert.ok(Math.abs(loss - points[best]) < 1e-9)
  })

  it('reports losses, importances and trees as FATE names them', async () => {
    const data = treeData({ rows: 80, columns: 5, classes: 2 })
    const tree_param = { max_depth: 3, feature_importance_type: 'gain' }
    const run = await trainApart({ tree_param }, data, [2, 3])
    const guest = run.parties['guest:1']
    const [{ param, meta, state }] = guest.models
    const curve = guest.metrics.filter(({ name }) => name === 'loss')
    assert.deepEqual(
      curve.flatMap(({ points }) => points),
      (param.losses as number[]).map((loss, at) => [at, loss]),
    )
    assert.deepEqual(curve.at(-1)?.meta, {
      name: 'train',
      metric_type: 'LOSS',
      unit_name: 'iters',
      curve_name: 'loss',
      Best: Math.min(...(param.losses as number[])),
    })
    assert.equal(param.treeNum, 3)
    assert.deepEqual(param.featureNameFidMapping, { guest_x0: 0, guest_x1: 1 })
    assert.equal(meta.taskType, 'classification')
    const host = run.parties['host:2'].models[0]
    const hostState = host.state as HostState
    const sum = (list: unknown) =>
      (list as { sitename: string; importance: number }[]).reduce(
        (all, { importance }) => all + importance,
        0,
      )
    const gains = (state as GuestState).trees.flat().reduce((all, { gain }) => all + gain, 0)
    assert.ok(Math.abs(sum(param.featureImportances) - gains) < 1e-9)
    const ofHost = (param.featureImportances as { sitename: string; importance: number }[]).find(
      ({ sitename }) => sitename === 'host.0',
    )
    assert.ok(Math.abs(sum(host.param.featureImportances) - (ofHost?.importance ?? 0)) < 1e-9)
    // Neither side has the other's part.
    assert.equal(
      hostState.splits.length,
      (state as GuestState).trees.flat().filter(({ split }) => split?.party === 1).length,
    )
    assert.doesNotMatch(JSON.stringify(guest.models), /host1_x/)
    assert.doesNotMatch(JSON.stringify(run.parties['host:2'].models), /guest_x|weight|leaf":true/)
  })

  it('tells no host what a split gains unless importances go by it', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 2 })
    const run = await trainApart({ num_trees: 1 }, data, [2, 2])
    const orders = run.wire.filter(({ tag }) => tag === 'order')
    assert.doesNotMatch(orders.map(({ bytes }) => new TextDecoder().decode(bytes)).join(), /gain/)
    const { splits } = run.parties['host:2'].models[0].state as HostState
    assert.ok(splits.every(({ gain }) => gain === null))
  })

  it('refuses what cannot work, with a sentence', async () => {
    const data = treeData({ rows: 40, columns: 4, classes: 2 })
    const fails = (params: object, more: object, message: RegExp) =>
      assert.rejects(trainApart(params, data, [2, 2], more), message)
    await fails({ early_stopping_rounds: 2 }, {}, /needs a validation table: connect eval_data/)
    const holes = {
      ...data,
      columns: data.columns.map((values) => values.map((v, at) => (at === 7 ? Number.NaN : v))),
    }
    await fails(
      {},
      { tables: tablesOf(holes, [2, 2]) },
      /no number in column "host1_x2" of row "r000007".*use_missing/,
    )
    const other = tablesOf(data, [2, 2])
    other['host:2'] = tablesOf(data, [2, 2], { rows: [...Array(39).keys()] })['host:2']
    await fails({}, { tables: other }, /guest and host rows differ \(40 and 39 rows\)/)
    const same = { ...data, labels: data.labels.map(() => 1) }
    await fails({}, { tables: tablesOf(same, [2, 2]) }, /holds only the value 1/)
    await fails({}, { tables: tablesOf(data, [2, 2], { label: false }) }, /no label column/)
  })

  it('refuses a model of another training', async () => {
    const data = treeData({ rows: 60, columns: 4, classes: 2 })
    const [one, two] = [
      await trainApart({ num_trees: 3 }, data, [2, 2]),
      await trainApart({ num_trees: 1, tree_param: { max_depth: 1 } }, data, [2, 2]),
    ]
    const models = {
      'guest:1': { model: one.parties['guest:1'].models[0] },
      'host:2': { model: two.parties['host:2'].models[0] },
    } as const
    const options = { members: membersOf([2, 2]), params: SMALL, models }
    const tables = tablesOf(data, [2, 2], { slot: 'eval_data' })
    await assert.rejects(
      runComponent(heteroSecureBoost, { ...options, tables }),
      /asks for split \d+ of \d+: its model and this one are not of one training/,
    )
  })

  it('warns of a short key', async () => {
    const data = treeData({ rows: 40, columns: 4, classes: 2 })
    const run = await trainApart({ num_trees: 1 }, data, [2, 2])
    assert.match(run.parties['guest:1'].warnings.join(), /below 2048 bits/)
  })
})

describe(
  "HeteroSecureBoost on FATE's tables",
  { skip: sharedData === undefined && 'needs the shared data' },
  () => {
    it('breast: AUC as that of joined columns', async () => {
      const { guest, host } = sharedParties('breast_hetero_guest.csv', 'breast_hetero_host.csv')
      const params = { ...SMALL, num_trees: 5, bin_num: 32, encrypt_param: { key_length: 1024 } }
      const run = await runComponent(heteroSecureBoost, {
        members: { guest: ['1'], host: ['2'] },
        params,
        tables: { 'guest:1': { train_data: guest }, 'host:2': { train_data: host } },
      })
      const data = joined({ guest, host })
      const plain = await trainJoined(params, data)
      const rows = data.labels.length
      const [scores] = await scoreGbdt(plain, data.columns, { rows, missing: NONE })
      const [apart, together] = [
        auc(numbers(run, 'label'), numbers(run, 'predict_score')),
        auc(data.labels, scores),
      ]
      assert.ok(apart > 0.99, `AUC ${apart}`)
      assert.ok(Math.abs(apart - together) < 1e-12, `${apart} and ${together}`)
    })
  },
)
