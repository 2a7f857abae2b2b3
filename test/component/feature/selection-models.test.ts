import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroFeatureSelection } from '../../../src/component/feature/hetero-feature-selection.ts'
import {
  FeatureSelectionParam,
  metricRules,
} from '../../../src/component/feature/selection-param.ts'
import { dataStatistics } from '../../../src/component/stats/data-statistics.ts'
import { psi, stability } from '../../../src/component/stats/psi.ts'
import { homoSecureBoost } from '../../../src/component/tree/homo-secure-boost.ts'
import { features, type Frame } from '../../../src/compute/ml/frame.ts'
import type { Gbdt } from '../../../src/compute/ml/tree/gbdt.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { numberFrame, randomColumns, runAlone } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { treeData, treeFrame } from '../../helpers/tree-data.ts'
import { tablesOf, trainApart, trainJoined } from '../tree/scene.ts'

const WIDTHS = [4, 4]
const DATA = treeData({ rows: 90, columns: 8, classes: 2, seed: 3 })
const NAMES = [
  ...[0, 1, 2, 3].map((at) => `guest_x${at}`),
  ...[4, 5, 6, 7].map((at) => `host1_x${at}`),
]

const names = (frame: Frame): string[] => features(frame).map(({ name }) => name)

function isometric(run: ComponentRun) {
  return Object.fromEntries(
    Object.entries(run.parties).map(([at, { models }]) => [at, { isometric_model: models[0] }]),
  )
}

/** How often, or with what gain, the splits of trees over joined columns use each. */
function importances({ trees }: Gbdt, byGain = false): Map<string, number> {
  const found = new Map(NAMES.map((name) => [name, 0]))
  for (const { split, gain } of trees.flat()) {
    if (!split || !('feature' in split)) continue
    const name = NAMES[split.feature]
    found.set(name, (found.get(name) ?? 0) + (byGain ? gain : 1))
  }
  return found
}

async function selected(training: object, params: object): Promise<[string[], ComponentRun]> {
  const trained = await trainApart(training, DATA, WIDTHS)
  const run = await runComponent(heteroFeatureSelection, {
    members: { guest: ['1'], host: ['2'] },
    params: { filter_methods: ['hetero_sbt_filter'], ...params },
    tables: tablesOf(DATA, WIDTHS, { slot: 'data' }),
    models: isometric(trained),
  })
  const left = (['guest:1', 'host:2'] as const).flatMap((at) => names(run.parties[at].tables[0]))
  return [left, run]
}

describe('HeteroFeatureSelection by models of other components', () => {
  for (const byGain of [false, true]) {
    const training = {
      num_trees: 2,
      tree_param: { max_depth: 2, feature_importance_type: byGain ? 'gain' : 'split' },
    }

    it(`leaves what trees ${byGain ? 'gain most by' : 'split most often'}`, async () => {
      const plain = importances(await trainJoined(training, DATA), byGain)
      const all = [...plain.values()].toSorted((a, b) => b - a)
      const sbt_param = { filter_type: 'top_k', threshold: 3 }
      const [left, run] = await selected(training, { sbt_param })
      const tags = run.wire.map(({ tag }) => tag)
      assert.ok(tags.includes('column_importances'))
      const best = left.map((name) => plain.get(name) ?? -1).toSorted((a, b) => b - a)
      for (const owner of ['guest', 'host']) {
        assert.ok(left.some((name) => name.startsWith(owner)))
      }
      assert.ok(left.length >= 3 && left.length <= 4, left.join())
      assert.deepEqual(best.slice(0, 3), all.slice(0, 3))
    })

    it(`applies a threshold to each party's own: ${byGain ? 'gain' : 'split'}`, async () => {
      const plain = importances(await trainJoined(training, DATA), byGain)
      const threshold = byGain ? 2 : 1
      const [left, run] = await selected(training, { sbt_param: { threshold } })
      assert.deepEqual(
        left,
        NAMES.filter((name) => (plain.get(name) ?? 0) >= threshold),
      )
      assert.deepEqual(
        run.wire.map(({ tag }) => tag),
        ['selection_plan'],
      )
    })
  }

  it('leaves hosts alone, or has another threshold for each', async () => {
    const training = { num_trees: 2, tree_param: { max_depth: 2 } }
    const [alone] = await selected(training, { sbt_param: { select_federated: false } })
    assert.deepEqual(
      alone.filter((name) => name.startsWith('host')),
      NAMES.slice(4),
    )
    assert.ok(alone.length < NAMES.length)
    const plain = importances(await trainJoined(training, DATA))
    const [strict] = await selected(training, { sbt_param: { threshold: 1, host_thresholds: [2] } })
    const most = Math.max(...NAMES.slice(4).map((name) => plain.get(name) ?? 0))
    assert.deepEqual(
      strict.filter((name) => name.startsWith('host')),
      NAMES.slice(4).filter((name) => (plain.get(name) ?? 0) >= Math.min(2, most)),
    )
  })

  it('has thresholds of each host for each of several metrics', () => {
    const param = (host_thresholds: unknown) =>
      FeatureSelectionParam.parse({
        statistic_param: { metrics: ['mean', 'max'], threshold: [1, 2], host_thresholds },
      }).statistic_param
    const hosts = (given: unknown) =>
      metricRules(param(given), 'statistic_param').map(({ hostThresholds }) => hostThresholds)
    assert.deepEqual(hosts([[3, 4], [5]]), [[3, 4], [5]])
    assert.deepEqual(hosts([6, 7]), [
      [6, 7],
      [6, 7],
    ])
    assert.throws(() => hosts([[3]]), /host_thresholds has 1 entries for 2 metrics/)
  })

  it('leaves the same columns everywhere after HomoSecureBoost', async () => {
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => from + at)
    const tables = (slot: string): Record<Address, Record<string, Frame>> => ({
      'guest:1': { [slot]: treeFrame(DATA, { from: 0, to: 8, label: true, rows: rows(0, 50) }) },
      'host:2': { [slot]: treeFrame(DATA, { from: 0, to: 8, label: true, rows: rows(50, 90) }) },
    })
    const trained = await runComponent(homoSecureBoost, {
      members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
      params: { num_trees: 2 },
      tables: tables('train_data'),
    })
    const { parties } = await runComponent(heteroFeatureSelection, {
      members: { guest: ['1'], host: ['2'] },
      params: {
        filter_methods: ['homo_sbt_filter'],
        sbt_param: { filter_type: 'top_k', threshold: 2 },
      },
      tables: tables('data'),
      models: isometric(trained),
    })
    const left = names(parties['guest:1'].tables[0])
    assert.equal(left.length, 2)
    assert.deepEqual(names(parties['host:2'].tables[0]), left)
    const { featureImportances } = trained.parties['guest:1'].models[0].param
    const listed = featureImportances as { fullname: string }[]
    assert.deepEqual(
      left.toSorted(),
      listed
        .slice(0, 2)
        .map(({ fullname }) => fullname)
        .toSorted(),
    )
  })

  it('drops columns whose distribution shifts', async () => {
    const before = randomColumns('x', { columns: 3, rows: 300, seed: 1 })
    const after = randomColumns('x', { columns: 3, rows: 300, seed: 2 })
    after['x1'] = after['x1'].map((value) => value + 1)
    const [first, second] = [numberFrame(before), numberFrame(after)]
    const found = await runComponent(psi, {
      members: { guest: ['1'] },
      tables: { 'guest:1': { train_data: first, validate_data: second } },
    })
    const { parties } = await runComponent(heteroFeatureSelection, {
      members: { guest: ['1'] },
      params: { filter_methods: ['psi_filter'] },
      tables: { 'guest:1': { data: first } },
      models: isometric(found),
    })
    const options = { max_bin_num: 20, dense_missing_val: null }
    const plain = Object.keys(before).filter((name) => {
      const [a, b] = [before[name], after[name]].map((values) => Float64Array.from(values))
      return stability(a, b, options).totalPsi <= 0.3
    })
    assert.deepEqual(plain, ['x0', 'x2'])
    assert.deepEqual(names(parties['guest:1'].tables[0]), plain)
  })

  it('says what a model lacks', async () => {
    const frame = numberFrame({ a: [1, 2], b: [1, 3] })
    const statistics = await runAlone(dataStatistics, { frame })
    const attempt = (params: object) =>
      runComponent(heteroFeatureSelection, {
        members: { guest: ['1'] },
        params,
        tables: { 'guest:1': { data: frame } },
        models: { 'guest:1': { isometric_model: statistics.models[0] } },
      })
    await assert.rejects(
      attempt({ filter_methods: ['statistic_filter'], statistic_param: { metrics: 'width' } }),
      /statistic_param.metrics has "width"; DataStatistics computed .*mean/,
    )
    await assert.rejects(
      attempt({ filter_methods: ['hetero_fast_sbt_filter'] }),
      /needs the model of HeteroFastSecureBoost: add it to isometric_model/,
    )
    await assert.rejects(
      attempt({ filter_methods: ['homo_sbt_filter'], sbt_param: { metrics: 'auc' } }),
      /sbt_param.metrics has "auc": the only metric there is "feature_importance"/,
    )
  })
})
