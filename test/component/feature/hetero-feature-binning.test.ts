import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { heteroFeatureBinning } from '../../../src/component/feature/hetero-feature-binning.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf, randomColumns, runAlone } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'

const ROWS = 120
const OWN = randomColumns('x', { columns: 2, rows: ROWS, seed: 3 })
const THEIRS = randomColumns('h', { columns: 3, rows: ROWS, seed: 4 })
const rng = createRng(5)
const LABELS = THEIRS['h1'].map((h, row) =>
  h + 0.5 * OWN['x0'][row] + 0.3 * rng.normal() > 0.2 ? 1 : 0,
)
const GUEST = numberFrame(OWN, { labels: LABELS })
const HOST = numberFrame(THEIRS)
const KEY = { encrypt_param: { key_length: 1024 } }

interface Result {
  woeArray: number[]
  ivArray: number[]
  eventCountArray: string[]
  nonEventCountArray: string[]
  splitPoints: number[]
  iv: number
  binNums: string
}

function run(
  params: object = {},
  options: { guest?: Frame; host?: Frame; paramsAt?: Record<string, object> } = {},
): Promise<ComponentRun> {
  return runComponent(heteroFeatureBinning as Component, {
    members: { guest: ['1'], host: ['2'] },
    params: { ...KEY, ...params },
    paramsAt: options.paramsAt,
    tables: {
      'guest:1': { data: options.guest ?? GUEST },
      'host:2': { data: options.host ?? HOST },
    },
  })
}

function ownResult(
  { parties }: ComponentRun,
  column: string,
  at: 'guest:1' | 'host:2' = 'guest:1',
): Result {
  const { binningResult } = parties[at].models[0].param['binningResult'] as {
    binningResult: Record<string, Result>
  }
  return binningResult[column]
}

function hostResult({ parties }: ComponentRun, index: number): Result {
  const { host } = parties['guest:1'].models[0].param['hostResults'] as {
    host: { binningResult: Record<string, Result> }
  }
  return host.binningResult[`host_2_${index}`]
}

/** Events and other rows of bins by their split points, counted one by one. */
function count(values: readonly number[], splits: readonly number[]): [string[], string[]] {
  const counts = [splits.map(() => 0), splits.map(() => 0)]
  values.forEach((value, row) => {
    const bin = splits.findIndex((split) => value <= split)
    counts[LABELS[row] === 1 ? 0 : 1][bin < 0 ? splits.length - 1 : bin]++
  })
  return [counts[0].map(String), counts[1].map(String)]
}

function plainIv(events: readonly string[], others: readonly string[]): number {
  const sum = (values: readonly string[]): number => values.reduce((a, b) => a + Number(b), 0)
  return events.reduce((iv, event, at) => {
    const extra = event === '0' || others[at] === '0' ? 0.5 : 0
    const a = (Number(event) + extra) / sum(events)
    const b = (Number(others[at]) + extra) / sum(others)
    return iv + (b - a) * Math.log(b / a)
  }, 0)
}

describe('HeteroFeatureBinning', () => {
  it('counts the events of every bin of both parties as plain counting does', async () => {
    const done = await run({ bin_num: 5 })
    for (const name of ['x0', 'x1']) {
      const result = ownResult(done, name)
      const ordered = OWN[name].toSorted((a, b) => a - b)
      assert.deepEqual(
        result.splitPoints,
        [23, 47, 71, 95, 119].map((rank) => ordered[rank]),
      )
      assert.deepEqual(
        [result.eventCountArray, result.nonEventCountArray],
        count(OWN[name], result.splitPoints),
      )
    }
    for (const [index, name] of ['h0', 'h1', 'h2'].entries()) {
      const { splitPoints } = ownResult(done, name, 'host:2')
      const result = hostResult(done, index)
      const [events, others] = count(THEIRS[name], splitPoints)
      assert.deepEqual([result.eventCountArray, result.nonEventCountArray], [events, others])
      assert.ok(Math.abs(result.iv - plainIv(events, others)) < 1e-12)
      assert.deepEqual(result.splitPoints, [])
    }
    assert.ok(hostResult(done, 1).iv > 1 && hostResult(done, 0).iv < 1)
    assert.equal(done.unread, 0)
    assert.deepEqual(ownResult(done, 'h1', 'host:2').ivArray, [])
  })

  it('puts bin numbers in place of values, or weights of evidence at the guest', async () => {
    const numbers = await run({ bin_num: 4 })
    const { splitPoints } = ownResult(numbers, 'h0', 'host:2')
    assert.deepEqual(
      numbersOf(numbers.parties['host:2'].tables[0], 'h0'),
      THEIRS['h0'].map((value) => splitPoints.findIndex((split) => value <= split)),
    )
    const paramsAt = { 'host:2': { transform_param: { transform_type: null } } }
    const woe = { transform_param: { transform_type: 'woe', transform_names: ['x1'] } }
    const weighed = await run({ bin_num: 4, ...woe }, { paramsAt })
    const result = ownResult(weighed, 'x1')
    const [table] = weighed.parties['guest:1'].tables
    assert.deepEqual(
      numbersOf(table, 'x1'),
      OWN['x1'].map(
        (value) => result.woeArray[result.splitPoints.findIndex((split) => value <= split)],
      ),
    )
    assert.deepEqual(numbersOf(table, 'x0'), OWN['x0'])
    assert.deepEqual(weighed.parties['host:2'].tables[0], HOST)
    await assert.rejects(
      run({ transform_param: { transform_type: 'woe' } }),
      /transform_type "woe" needs labels of two classes, which only the guest has/,
    )
  })

  it('applies a stored model to other rows', async () => {
    const { parties } = await run({ bin_num: 4 })
    const other = numberFrame({ x1: [-100, 100], x0: [0, 0] })
    const { tables } = await runAlone(heteroFeatureBinning, {
      frame: other,
      model: parties['guest:1'].models[0],
    })
    assert.deepEqual(numbersOf(tables[0], 'x1'), [0, 3])
  })

  it('merges bins by each objective within the least share and with both classes', async () => {
    for (const metric_method of ['iv', 'gini', 'chi-square', 'ks']) {
      const optimal_binning_param = { metric_method, min_bin_pct: 0.1, init_bin_nums: 20 }
      const done = await run({ method: 'optimal', bin_num: 4, optimal_binning_param })
      const { splitPoints } = ownResult(done, 'h1', 'host:2')
      assert.ok(splitPoints.length >= 2 && splitPoints.length <= 4, metric_method)
      const [events, others] = count(THEIRS['h1'], splitPoints)
      const result = hostResult(done, 1)
      assert.deepEqual([result.eventCountArray, result.nonEventCountArray], [events, others])
      events.forEach((event, bin) => {
        assert.ok(Number(event) > 0 && Number(others[bin]) > 0, metric_method)
        assert.ok(Number(event) + Number(others[bin]) >= ROWS / 10, metric_method)
      })
      assert.ok(result.iv > 1, `${metric_method} ${result.iv}`)
    }
  })

  it('cuts buckets of one width, takes given split points, and each value of a category', async () => {
    const frame = numberFrame(
      { a: [0, 1, 2, 10], b: [1, 2, 3, 4], c: [7, 7, 5, 6], d: [3, 3, 3, 3] },
      { labels: [0, 1, 0, 1] },
    )
    const params = {
      method: 'bucket',
      bin_num: 2,
      split_points_by_col_name: { b: [1.5, 3, 9] },
      category_names: ['c'],
      skip_static: true,
    }
    const { models, tables } = await runAlone(heteroFeatureBinning, { frame, params })
    const { binningResult } = models[0].param['binningResult'] as {
      binningResult: Record<string, Result>
    }
    assert.deepEqual(binningResult['a'].splitPoints, [5, 10])
    assert.deepEqual(binningResult['b'].splitPoints, [1.5, 3, 9])
    assert.deepEqual(binningResult['c'].splitPoints, [5, 6, 7])
    assert.equal('d' in binningResult, false)
    assert.deepEqual(numbersOf(tables[0], 'b'), [0, 1, 1, 2])
    assert.deepEqual(numbersOf(tables[0], 'c'), [7, 7, 5, 6])
  })

  it('sends nothing when it is local only, and warns that several classes have no values', async () => {
    const local = await run({ local_only: true })
    assert.equal(local.wire.length, 0)
    assert.ok(ownResult(local, 'x0').iv > 0)
    const labels = LABELS.map((label, row) => (row % 3 === 0 ? 2 : label))
    const several = await run({}, { guest: numberFrame(OWN, { labels }) })
    assert.match(several.parties['guest:1'].warnings[0], /The label has 3 classes/)
    assert.deepEqual(several.parties['guest:1'].models[0].param['hostResults'], {})
  })

  it('refuses other rows at the host', async () => {
    const host = numberFrame({ h0: [1, 2, 3] })
    await assert.rejects(run({}, { host }), /guest and host rows differ/)
  })

  it('refuses sums that are no counts of their bins', async () => {
    const done = runComponent(heteroFeatureBinning as Component, {
      members: { guest: ['1'], host: ['2'] },
      params: { ...KEY, bin_num: 2 },
      tables: { 'guest:1': { data: GUEST }, 'host:2': { data: HOST } },
      tamper({ tag, bytes }) {
        if (tag !== 'bin_rows') return bytes
        const text = new TextDecoder().decode(bytes)
        return new TextEncoder().encode(text.replaceAll('[60,60]', '[120,0]'))
      },
    })
    await assert.rejects(done, /bin_events that are no counts of its bin_rows/)
  })
})
