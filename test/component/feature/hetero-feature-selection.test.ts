import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Model } from '../../../src/component/define.ts'
import { heteroFeatureBinning } from '../../../src/component/feature/hetero-feature-binning.ts'
import { heteroFeatureSelection } from '../../../src/component/feature/hetero-feature-selection.ts'
import { dataStatistics } from '../../../src/component/stats/data-statistics.ts'
import { features, type Frame } from '../../../src/compute/ml/frame.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, randomColumns, runAlone } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'

const ROWS = 200
const OWN = randomColumns('x', { columns: 3, rows: ROWS, seed: 11 })
const THEIRS = randomColumns('h', { columns: 3, rows: ROWS, seed: 12 })
const rng = createRng(13)
const LABELS = OWN['x1'].map((x, row) => (2 * x + THEIRS['h2'][row] + rng.normal() > 0 ? 1 : 0))
const GUEST = numberFrame({ ...OWN, still: Array<number>(ROWS).fill(4) }, { labels: LABELS })
const HOST = numberFrame(THEIRS)
const MEMBERS = { guest: ['1'], host: ['2'] }
const TABLES = { 'guest:1': { data: GUEST }, 'host:2': { data: HOST } }

/** Models of the binning, and the information values that the guest found. */
async function binned(): Promise<{
  guest: Model
  host: Model
  own: Record<string, number>
  theirs: number[]
}> {
  const { parties } = await runComponent(heteroFeatureBinning, {
    members: MEMBERS,
    params: { bin_num: 6, encrypt_param: { key_length: 1024 } },
    tables: TABLES,
  })
  const [guest] = parties['guest:1'].models
  const [host] = parties['host:2'].models
  const ivs = (of: unknown): [string, number][] =>
    Object.entries((of as { binningResult: Record<string, { iv: number }> }).binningResult).map(
      ([name, { iv }]) => [name, iv],
    )
  const { hostResults, binningResult } = guest.param as {
    hostResults: { host: unknown }
    binningResult: unknown
  }
  return {
    guest,
    host,
    own: Object.fromEntries(ivs(binningResult)),
    theirs: ivs(hostResults.host).map(([, iv]) => iv),
  }
}

const BINNED = binned()

async function select(params: object, hostParams: object = {}): Promise<ComponentRun> {
  const { guest, host } = await BINNED
  return runComponent(heteroFeatureSelection, {
    members: MEMBERS,
    params,
    paramsAt: { 'host:2': hostParams },
    tables: TABLES,
    models: { 'guest:1': { isometric_model: guest }, 'host:2': { isometric_model: host } },
  })
}

function left({ parties }: ComponentRun): [guest: string[], host: string[]] {
  return [names(parties['guest:1'].tables[0]), names(parties['host:2'].tables[0])]
}

function names(frame: Frame): string[] {
  return features(frame).map(({ name }) => name)
}

describe('HeteroFeatureSelection', () => {
  it('leaves out what has one value', async () => {
    const done = await select({})
    assert.deepEqual(left(done), [
      ['x0', 'x1', 'x2'],
      ['h0', 'h1', 'h2'],
    ])
    const { param } = done.parties['guest:1'].models[0]
    const all = { x0: true, x1: true, x2: true, still: false }
    const cols = { originalCols: ['x0', 'x1', 'x2', 'still'], leftCols: all }
    assert.deepEqual(param['finalLeftCols'], cols)
    const [result] = param['results'] as Record<string, unknown>[]
    assert.equal(result['filterName'], 'UNIQUE FILTER')
    assert.deepEqual(result['leftCols'], cols)
  })

  it('compares information values of both parties', async () => {
    const { own, theirs } = await BINNED
    const pooled = [own['x0'], own['x1'], own['x2'], own['still'], ...theirs].toSorted(
      (a, b) => b - a,
    )
    const limit = pooled[2]
    const expected = [
      Object.keys(own).filter((name) => own[name] >= limit),
      ['h0', 'h1', 'h2'].filter((_, at) => theirs[at] >= limit),
    ]
    assert.ok(expected[0].includes('x1') && expected[1].includes('h2'))
    for (const params of [
      { filter_methods: ['iv_value_thres'], iv_value_param: { value_threshold: limit } },
      { filter_methods: ['iv_top_k'], iv_top_k_param: { k: 3 } },
      { filter_methods: ['iv_percentile'], iv_percentile_param: { percentile_threshold: 3 / 7 } },
      { filter_methods: ['iv_filter'], iv_param: { filter_type: 'top_k', threshold: 3 } },
    ]) {
      const done = await select(params)
      assert.deepEqual(left(done), expected, params.filter_methods[0])
      assert.equal(done.unread, 0)
      const [result] = done.parties['guest:1'].models[0].param['results'] as {
        hostLeftCols: { host: { leftCols: Record<string, boolean> } }
      }[]
      const hostLeft = Object.entries(result.hostLeftCols.host.leftCols)
      assert.deepEqual(
        hostLeft.flatMap(([name, stays]) => (stays ? [name.replace('host_2_', 'h')] : [])),
        expected[1],
      )
    }
  })

  it('leaves every party one column, and a host all where the guest selects alone', async () => {
    const params = { filter_methods: ['iv_value_thres'], iv_value_param: { value_threshold: 99 } }
    const { theirs } = await BINNED
    const best = ['h0', 'h1', 'h2'][theirs.indexOf(Math.max(...theirs))]
    assert.deepEqual(left(await select(params)), [['x1'], [best]])
    assert.deepEqual(left(await select({ ...params, local_only: true })), [
      ['x1'],
      ['h0', 'h1', 'h2'],
    ])
  })

  it('applies filters in their order, each to what the one before left', async () => {
    const done = await select({
      filter_methods: ['manually', 'iv_top_k'],
      manually_param: { filter_out_indexes: [1] },
      iv_top_k_param: { k: 1 },
    })
    const [guest, host] = left(done)
    assert.ok(!guest.includes('x1') && !host.includes('h1'))
    assert.equal(guest.length, 1)
    assert.deepEqual(host, ['h2'])
  })

  it('knows variation, outliers and most frequent values', async () => {
    const frame = numberFrame({ a: [1, 1, 1, 9], b: [10, 10.1, 10.2, 10.1], c: [0, 0, 0, 0.5] })
    for (const [params, expected] of [
      [{ filter_methods: ['coefficient_of_variation_value_thres'] }, ['a', 'c']],
      [
        {
          filter_methods: ['outlier_cols'],
          outlier_param: { percentile: 0.75, upper_threshold: 2 },
        },
        ['a', 'c'],
      ],
      [{ filter_methods: ['percentage_value'], percentage_value_param: { upper_pct: 0.5 } }, ['b']],
      [{ filter_methods: ['manually'], manually_param: { left_col_names: ['c'] } }, ['c']],
      [
        {
          select_names: ['a', 'b'],
          filter_methods: ['coefficient_of_variation_value_thres'],
          variance_coe_param: { value_threshold: 0.5 },
        },
        ['a', 'c'],
      ],
    ] as const) {
      const { tables } = await runAlone(heteroFeatureSelection, { frame, params })
      assert.deepEqual(names(tables[0]), expected, params.filter_methods[0])
    }
  })

  it('selects by statistics of another component', async () => {
    const frame = numberFrame({ a: [1, 2], b: [5, 7], c: [3, 3] })
    const statistics = await runAlone(dataStatistics, { frame })
    const { parties } = await runComponent(heteroFeatureSelection, {
      members: { guest: ['1'] },
      params: {
        filter_methods: ['statistic_filter'],
        statistic_param: { metrics: ['mean', 'max'], threshold: [2, 3], take_high: [true, false] },
      },
      tables: { 'guest:1': { data: frame } },
      models: { 'guest:1': { isometric_model: statistics.models[0] } },
    })
    assert.deepEqual(names(parties['guest:1'].tables[0]), ['c'])
  })

  it('leaves the same columns of other rows', async () => {
    const { parties } = await select({ filter_methods: ['iv_top_k'], iv_top_k_param: { k: 1 } })
    const [model] = parties['guest:1'].models
    const frame = numberFrame({ x2: [1], x1: [2], still: [4], x0: [3] })
    const { tables } = await runAlone(heteroFeatureSelection, { frame, model })
    assert.deepEqual(names(tables[0]), ['x1'])
  })

  it('says which model is missing, which filters differ and what it cannot do', async () => {
    const frame = numberFrame({ a: [1, 2] })
    await assert.rejects(
      runAlone(heteroFeatureSelection, { frame, params: { filter_methods: ['iv_top_k'] } }),
      /needs the model of HeteroFeatureBinning: add it to isometric_model/,
    )
    await assert.rejects(
      select({ filter_methods: ['iv_top_k'] }, { filter_methods: ['unique_value'] }),
      /filter_methods and local_only must be the same at both/,
    )
  })
})
