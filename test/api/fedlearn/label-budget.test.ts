import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import type { LabelBudget } from '../../../src/api/fedlearn/label-budget.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { beatRunner } from '../../../src/domain/runner.ts'
import type { OfferedDataset } from '../../../src/domain/work.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

const PARTIES = ['left', 'right']
const URLS = PARTIES.map((party) => `http://${party}.test:8094`)
const table = (
  party: string,
  name: string,
  columns: readonly string[],
  maxEpsilon?: number,
): OfferedDataset => ({
  party,
  name,
  index: 'uid',
  features: columns.map((column) => ({ name: column, dtype: 'float' })),
  ...(maxEpsilon === undefined ? {} : { maxEpsilon }),
})
const DATASETS = [
  table('left', 'free.csv', ['x', 'y', 'z']),
  table('left', 'tight.csv', ['x', 'y', 'z'], 2.5),
  table('left', 'read.csv', ['x', 'y', 'z'], 2.5),
  table('left', 'deleted.csv', ['x', 'y'], 2),
  table('right', 'wide.csv', ['a']),
  table('right', 'other.csv', ['b']),
]

/** Linear regression under noise, with one epoch. */
const LINEAR = { model: 'VerticalLinearRegression', useDP: 'true', dpEpsilon: 1.6 }

describe('what trainings of the same labels come to', () => {
  let test: TestApp
  let runner: FakeRunner

  before(async () => {
    test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
    for (const [at, party] of PARTIES.entries()) {
      await addPartyUrl(test.db, { party, url: URLS[at] }, Date.now())
    }
    runner = await startRunner(test.db, { datasets: DATASETS })
  })
  after(() => test.close())
  // It says that it lives once only, which on a busy machine is long ago.
  beforeEach(() => beatRunner(test.db, { id: runner.id, state: 'active' }))

  const ask = <D>(path: string, body: unknown) => test.post<Reply<D>>(`/api/${path}`, body)

  async function ok<D>(path: string, body: unknown): Promise<D> {
    const { code, status, data } = await ask<D>(path, body)
    assert.deepEqual([code, status], [0, 'success'])
    return data as D
  }

  const clientsOf = (left: string, right: string) => [
    { url: URLS[0], dataset: left, index: 'uid' },
    { url: URLS[1], dataset: right, index: 'uid' },
  ]

  async function matched(left: string, right = 'wide.csv'): Promise<string> {
    const body = { taskId: '7', matchAlgorithm: 'ECDH', clientList: clientsOf(left, right) }
    const { matchId } = await ok<{ matchId: string }>('prepare/match/start', body)
    await runner.work()
    return matchId
  }

  function body(
    matchId: string,
    [left, right = 'wide.csv']: readonly string[],
    of: Readonly<Record<string, unknown>>,
  ) {
    const wanted: Readonly<Record<string, unknown>> = { label: 'y', features: ['x'], ...of }
    const { model, maxTrials, features, ...params } = wanted
    const asked = [...(features as string[]), params['label']]
    const [first, second] = clientsOf(left, right)
    return {
      taskId: '7',
      model,
      matchId,
      maxTrials,
      algorithmParams: Object.entries(params).map(([field, value]) => ({ field, value })),
      clientList: [
        { ...first, features: { featureList: asked.map((name) => ({ name })) } },
        second,
      ],
    }
  }

  type Asked = readonly [...Parameters<typeof body>]
  const start = async (path: string, ...of: Asked) =>
    (await ok<{ modelToken: string }>(`train/${path}`, body(...of))).modelToken
  const refusal = async (path: string, ...of: Asked) => {
    const { code, status, data } = await ask(`train/${path}`, body(...of))
    assert.deepEqual([code, data], [-1, undefined])
    return status
  }
  const useOf = async (path: string, named: object) => {
    const { labelUse = [] } = await ok<{ labelUse?: LabelBudget[] }>(path, named)
    return labelUse.map(({ party, dataset, label, match, all, limit }) => ({
      of: `${party} ${dataset} ${label}`,
      match: [match.epsilon.toFixed(4), match.delta, match.trainings, match.exact],
      all: [all.epsilon.toFixed(4), all.delta, all.trainings, all.exact],
      limit,
    }))
  }

  it('is added up over a match and over all matches, as concentrated differential privacy', async () => {
    const matchId = await matched('free.csv')
    assert.deepEqual(await useOf('prepare/match/detail', { matchId }), [])
    const first = await start('start', matchId, ['free.csv'], LINEAR)
    await start('start', matchId, ['free.csv'], LINEAR)
    const elsewhere = await matched('free.csv', 'other.csv')
    const forest = { model: 'RandomForest', useDP: 'true', dpEpsilon: 3 }
    await start('start', elsewhere, ['free.csv', 'other.csv'], forest)
    await start('start', elsewhere, ['free.csv', 'other.csv'], { model: 'FederatedGB' })
    await runner.work()
    const of = 'left free.csv y'
    // Two Gaussian promises of 1.6 are 2.2823 by hand, with δ = 1e-8; a pure one is added.
    const both = ['2.2823', 1e-8, 2, 0]
    const all = ['5.2823', 1e-8, 3, 1]
    for (const [path, named] of [
      ['prepare/match/detail', { matchId }],
      ['train/status', { modelToken: first }],
      ['train/parameter', { modelToken: first }],
    ] as const) {
      assert.deepEqual(await useOf(path, named), [{ of, match: both, all, limit: null }])
    }
    const there = { of, match: ['3.0000', 0, 1, 1], all, limit: null }
    assert.deepEqual(await useOf('prepare/match/detail', { matchId: elsewhere }), [there])
    // A search counts as all of its trainings; a column that was a label is read without noise.
    await start('auto', matchId, ['free.csv'], { ...LINEAR, maxTrials: 2 })
    await start('start', matchId, ['free.csv'], { ...LINEAR, label: 'z', features: ['y'] })
    const more = await useOf('prepare/match/detail', { matchId })
    assert.deepEqual(
      more.map((one) => [one.of, one.match[2], one.match[3], one.all[3]]),
      [
        [of, 3, 1, 2],
        ['left free.csv z', 1, 0, 0],
      ],
    )
  })

  it('counts every attempt, and what was stopped before it began not at all', async () => {
    const matchId = await matched('deleted.csv')
    const token = await start('start', matchId, ['deleted.csv'], LINEAR)
    const spent = async () => (await useOf('prepare/match/detail', { matchId }))[0]?.all
    assert.deepEqual(await spent(), ['1.6000', 1e-8, 1, 0])
    await ok('train/change', { modelToken: token, type: 'stop' })
    assert.deepEqual(await spent(), ['0.0000', 0, 0, 0])
    const again = await start('start', matchId, ['deleted.csv'], { ...LINEAR, dpEpsilon: 1 })
    let suspended = false
    for (let tasks = await runner.claim(); tasks.length > 0; tasks = await runner.claim()) {
      if (tasks[0].name !== 'train' || suspended) {
        for (const task of tasks) await runner.settle(task)
        continue
      }
      suspended = true
      assert.deepEqual(await spent(), ['1.0000', 1e-8, 1, 0])
      await ok('train/change', { modelToken: again, type: 'suspend' })
      await ok('train/change', { modelToken: again, type: 'resume' })
    }
    assert.ok(suspended)
    // Two of 1 are 1.42195494 by hand.
    assert.deepEqual(await spent(), ['1.4220', 1e-8, 2, 0])
    // It is there no more, and what it has told was told.
    await ok('train/delete', { modelToken: again })
    assert.deepEqual(await spent(), ['1.4220', 1e-8, 2, 0])
    assert.match(await refusal('start', matchId, ['deleted.csv'], LINEAR), /2 trainings of "y"/)
  })

  it('is refused beyond what the owner allows, with what is spent and what is left', async () => {
    const matchId = await matched('tight.csv')
    const at = ['tight.csv']
    const allows =
      'Data set "tight.csv" of party left allows its labels an epsilon of 2.5 (maxEpsilon)'
    assert.equal(
      await refusal('start', matchId, at, { model: 'VerticalLR' }),
      `${allows}, and this training adds no noise to "y": set useDP or randomizedResponseProbability where the model has ` +
        'it, or ask the owner to lift the limit',
    )
    await start('start', matchId, at, LINEAR)
    await start('start', matchId, at, LINEAR)
    await runner.work()
    // Three of 1.6 are 2.8135 by hand.
    const told =
      `${allows}: 2 trainings of "y" come to 2.28, and with this one's 1.6 it would be 2.81: ask for 0.987 at most, ` +
      'or the owner for more'
    assert.equal(await refusal('start', matchId, at, LINEAR), told)
    // The same labels over another match are the same labels.
    const elsewhere = await matched('tight.csv', 'other.csv')
    assert.equal(await refusal('start', elsewhere, ['tight.csv', 'other.csv'], LINEAR), told)
    const searched = await refusal('auto', matchId, at, { ...LINEAR, dpEpsilon: 1, maxTrials: 4 })
    assert.match(searched, /2 trainings of "y" come to 2\.28, and with this one's 2\.\d+ it would/)
    const fits = { ...LINEAR, dpEpsilon: 0.987 }
    const token = await start('start', matchId, at, fits)
    assert.deepEqual(await useOf('train/status', { modelToken: token }), [
      {
        of: 'left tight.csv y',
        match: ['2.4998', 1e-8, 3, 0],
        all: ['2.4998', 1e-8, 3, 0],
        limit: 2.5,
      },
    ])
    assert.match(await refusal('start', matchId, at, { ...LINEAR, dpEpsilon: 0.05 }), /at most/)
    // Whoever reads the column as one to learn from gets it without noise.
    const around = { ...LINEAR, label: 'z', features: ['y'] }
    assert.equal(
      await refusal('start', matchId, at, around),
      `${allows}, and "y" was the label of a training under noise: leave that column out, as one to learn from it is ` +
        'under none',
    )
    await start('start', matchId, at, { ...around, features: ['x'] })
  })

  it('has no room where a column was read without noise before', async () => {
    const matchId = await matched('read.csv')
    await start('start', matchId, ['read.csv'], { ...LINEAR, label: 'z', features: ['y'] })
    assert.match(
      await refusal('start', matchId, ['read.csv'], LINEAR),
      /and 1 training has used "y" without noise, of which no epsilon says what it told/,
    )
  })
})
