/**
 * Parameters that have their effect beside the component of an algorithm: on its rows, and on answers.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { ALGORITHM_NAMES } from '../../../src/api/fedlearn/algorithms.ts'
import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import { trainerOf } from '../../../src/api/fedlearn/trainer.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { listTasks } from '../../../src/domain/task.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

const CLIENTS = ['a', 'b'].map((party) => ({
  party,
  url: `http://${party}.test:8094`,
  dataset: `${party}.csv`,
}))

describe('parameters beside a component', () => {
  let test: TestApp
  let runner: FakeRunner
  const matches = new Map<string, string>()

  before(async () => {
    test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
    for (const { party, url } of CLIENTS) await addPartyUrl(test.db, { party, url }, Date.now())
    const features = ['x', 'y'].map((name) => ({ name, dtype: 'float' as const }))
    const datasets = CLIENTS.map(({ party, dataset }, at) => ({
      party,
      name: dataset,
      index: 'uid',
      features: at === 0 ? features : [features[0]],
    }))
    const rows = CLIENTS.map(({ party }) => ({
      party,
      name: `${party}-rows.csv`,
      index: 'uid',
      features,
    }))
    runner = await startRunner(test.db, { datasets: [...datasets, ...rows] })
    for (const matchAlgorithm of ['ECDH', 'EMPTY']) {
      const { matchId } = await ok<{ matchId: string }>('prepare/match/start', {
        taskId: '7',
        matchAlgorithm,
        clientList: clientsOf(matchAlgorithm === 'EMPTY'),
      })
      matches.set(matchAlgorithm, matchId)
    }
    await runner.work()
  })
  after(() => test.close())

  async function ok<T>(path: string, body: unknown): Promise<T> {
    const { code, status, data } = await test.post<Reply<T>>(`/api/${path}`, body)
    assert.equal(code, 0, status)
    return data as T
  }

  function clientsOf(horizontal: boolean) {
    return CLIENTS.map(({ party, url, dataset }) => ({
      url,
      dataset: horizontal ? `${party}-rows.csv` : dataset,
      index: 'uid',
    }))
  }

  async function start(model: string, sent: Readonly<Record<string, unknown>>): Promise<string> {
    const horizontal = trainerOf(model).horizontal === true
    const { modelToken } = await ok<{ modelToken: string }>('train/start', {
      taskId: '7',
      model,
      matchId: matches.get(horizontal ? 'EMPTY' : 'ECDH'),
      algorithmParams: Object.entries({ label: 'y', ...sent }).map(([field, value]) => ({
        field,
        value,
      })),
      clientList: clientsOf(horizontal),
    })
    return modelToken
  }

  for (const model of ALGORITHM_NAMES.filter((name) => trainerOf(name).mixed !== true)) {
    it(`crossValidation is the share of rows that ${model} learns from`, async () => {
      const [whole, split] = [
        await listTasks(test.db, await start(model, { crossValidation: 1 })),
        await listTasks(test.db, await start(model, { crossValidation: 0.7 })),
      ]
      assert.ok(whole.every(({ name }) => name !== 'split'))
      const spec = split.find(({ name }) => name === 'split')?.spec
      assert.ok(spec?.type === 'component')
      assert.equal(spec.params['train_size'], 0.7)
      const learner = split.find(({ name }) => name === 'train')?.spec
      assert.ok(learner?.type === 'component')
      assert.deepEqual(
        learner.data.map(({ slot, tables }) => [
          slot,
          tables.map((one) => one.type === 'output' && one.node),
        ]),
        [
          ['train_data', ['split']],
          ['validate_data', ['split']],
        ],
      )
    })
  }

  it('maximize is the sign of the point before the first round', async () => {
    const firsts: unknown[] = []
    for (const maximize of ['true', 'false']) {
      const token = await start('FederatedGB', { maximize })
      await runner.work(async (task) => {
        if (task.name !== 'train' || task.role !== 'guest') return
        const series = { namespace: 'train', name: 'auc', points: [[0, 0.9] as const], meta: {} }
        await runner.report(task, { type: 'metric', ...series })
      })
      const { trainMetrics } = await ok<{ trainMetrics: { metric: { y: number }[] }[] }>(
        'train/status',
        { modelToken: token },
      )
      firsts.push(trainMetrics[0].metric[0].y)
    }
    assert.deepEqual(firsts, [-Number.MAX_VALUE, Number.MAX_VALUE])
  })

  it('one that no algorithm of that name has is said to have no effect', async () => {
    const modelToken = await start('FederatedGB', { differentialPrivacyParameter: 0.5 })
    const { trainInfo } = await ok<{ trainInfo: string[] }>('train/parameter', { modelToken })
    assert.ok(
      trainInfo.includes('参数 differentialPrivacyParameter 不属于此算法，没有作用`'.slice(0, -1)),
    )
  })
})
