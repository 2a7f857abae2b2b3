import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

/** A client each with a data set, called by the document's own addresses. */
const CLIENTS = [
  { party: 'left', url: 'http://127.0.0.2:8094', dataset: 'cl0_train.csv' },
  { party: 'right', url: 'http://fl.jd.com/train1', dataset: 'cl0_train.csv' },
]

describe('matching over /api/prepare', () => {
  let test: TestApp
  let runners: FakeRunner[]

  before(async () => {
    test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
    runners = []
    for (const { party, url, dataset } of CLIENTS) {
      await addPartyUrl(test.db, { party, url }, Date.now())
      runners.push(
        await startRunner(test.db, {
          parties: [party],
          site: `site-${party}`,
          datasets: [
            {
              party,
              name: dataset,
              index: 'uid',
              features: [
                { name: 'job', dtype: 'float' },
                { name: 'y', dtype: 'string' },
              ],
            },
          ],
        }),
      )
    }
  })
  after(() => test.close())

  const ask = <D>(path: string, body: unknown) => test.post<Reply<D>>(`/api/${path}`, body)

  async function ok<D>(path: string, body: unknown): Promise<D> {
    const { code, status, data } = await ask<D>(path, body)
    assert.deepEqual([code, status], [0, 'success'])
    assert.ok(data !== undefined)
    return data
  }

  const request = (over: object = {}) => ({
    taskId: '92',
    matchAlgorithm: 'MD5',
    clientList: CLIENTS.map(({ url, dataset }) => ({ url, index: 'uid', dataset })),
    ...over,
  })

  const start = async (over: object = {}) =>
    (await ok<{ matchId: string }>('prepare/match/start', request(over))).matchId

  /** Lets every client do its part; the first says how many ids they have in common. */
  async function work(count: number): Promise<void> {
    const tasks = (await Promise.all(runners.map((runner) => runner.claim()))).flatMap((held, at) =>
      held.map((task) => ({ task, runner: runners[at] })),
    )
    for (const { task, runner } of tasks) {
      if (task.role === 'guest') {
        await runner.report(task, {
          type: 'metric',
          namespace: 'train',
          name: 'intersection',
          points: [
            ['intersect_count', count],
            ['intersect_rate', 1],
          ],
          meta: { name: 'intersection', metric_type: 'INTERSECTION' },
        })
      }
    }
    for (const { task, runner } of tasks) await runner.settle(task)
  }

  it("takes the document's sample, and names the match by task, algorithm and time", async () => {
    const matchId = await start()
    assert.match(matchId, /^92-MD5-\d{12}$/)
    assert.equal(await start(), matchId, 'the same request is the same match')
    const running = await ok<{ percent: number; describe: string }>('prepare/match/progress', {
      matchId,
    })
    assert.equal(running.describe.startsWith('正在对齐'), true)
    assert.ok(running.percent < 100)

    const held = (await Promise.all(runners.map((runner) => runner.claim()))).flat()
    assert.deepEqual(
      held.map(({ party, role, spec }) => [party, role, spec.type === 'component' && spec.data]),
      CLIENTS.map(({ party, dataset }, at) => [
        party,
        at === 0 ? 'guest' : 'host',
        [{ slot: 'data', tables: [{ type: 'dataset', name: dataset, columns: [] }] }],
      ]),
    )
    for (const task of held) {
      const runner = runners[CLIENTS.findIndex(({ party }) => party === task.party)]
      if (task.role === 'guest') {
        await runner.report(task, {
          type: 'metric',
          namespace: 'train',
          name: 'intersection',
          points: [['intersect_count', 9]],
          meta: { name: 'intersection', metric_type: 'INTERSECTION' },
        })
      }
      await runner.settle(task)
    }
    assert.deepEqual(await ok('prepare/match/progress', { matchId }), {
      percent: 100,
      describe: 'IdMatch is complete!! \n Match num is 9',
    })
    const detail = await ok<{
      matchType: string
      taskId: string
      length: number
      protocol: string
    }>('prepare/match/detail', { matchId })
    assert.deepEqual([detail.matchType, detail.taskId, detail.length], ['MD5', '92', 9])
    assert.match(detail.protocol, /can find ids by trying all/)
  })

  it('gives matches of one second ids of their own', async () => {
    const ids = await Promise.all(
      ['RSA', 'RSA'].map((matchAlgorithm, at) =>
        start({
          taskId: '7',
          matchAlgorithm,
          clientList: request().clientList.toSorted((a, b) =>
            at === 0 ? a.url.localeCompare(b.url) : b.url.localeCompare(a.url),
          ),
        }),
      ),
    )
    assert.equal(new Set(ids).size, 2)
    for (const id of ids) assert.match(id, /^7-RSA-\d{12}$/)
    await work(3)
    await work(3)
  })

  it('lists by task and state, forgets what is deleted, and says so of the unknown', async () => {
    const matchId = await start({ taskId: '4', matchAlgorithm: 'ECDH' })
    const list = (type?: string) =>
      ok<{ matchList: object[] }>('prepare/match/list', { taskList: [4, '5'], type })
    const row = { matchId, taskId: '4', runningStatus: 'RUNNING' }
    assert.deepEqual(await list(), { matchList: [row] })
    assert.deepEqual(await list('running'), { matchList: [row] })
    assert.deepEqual(await list('COMPLETE'), { matchList: [] })
    assert.match((await ask('match/delete', { matchId })).status, /is running: stop it first/)
    await work(0)
    assert.deepEqual((await list('COMPLETE')).matchList, [{ ...row, runningStatus: 'COMPLETE' }])
    assert.deepEqual(await ask('match/delete', { matchId }), { code: 0, status: 'success' })
    assert.deepEqual(await list(), { matchList: [] })
    assert.deepEqual(await ok('match/progress', { matchId }), {
      percent: 0,
      describe: '任务不存在',
    })
    assert.equal((await ask('match/detail', { matchId })).code, -1)
    assert.notEqual(await start({ taskId: '4', matchAlgorithm: 'ECDH' }), matchId)
    await work(0)
  })

  it('says why a match has failed', async () => {
    const matchId = await start({ taskId: '8', matchAlgorithm: 'DH' })
    const [task] = await runners[0].claim()
    await runners[0].settle(task, { state: 'failed', reason: '2 ids repeat: lines 3 and 4' })
    const { percent, describe: text } = await ok<{ percent: number; describe: string }>(
      'match/progress',
      { matchId },
    )
    assert.equal(percent, 0)
    assert.match(text, /lines 3 and 4/)
  })

  const REFUSED: readonly [what: string, over: object, status: RegExp][] = [
    ['an unknown algorithm', { matchAlgorithm: 'SHA9' }, /SHA9.*expected MD5, RSA, DH/],
    [
      'a client nobody knows',
      { clientList: [{ url: 'http://10.0.0.9:1', dataset: 'a' }] },
      /No party is called http:\/\/10.0.0.9:1.*party add/,
    ],
    [
      'a data set that is not offered',
      { clientList: [{ ...request().clientList[0], dataset: '/etc/passwd' }] },
      /Party left offers no data set "\/etc\/passwd"; it offers "cl0_train.csv"/,
    ],
    [
      'another column of ids',
      { clientList: [{ ...request().clientList[0], index: 'job' }] },
      /has its ids in "uid", not in "job"/,
    ],
    [
      'a client twice',
      { clientList: [request().clientList[0], request().clientList[0]] },
      /names party left twice/,
    ],
    ['one client', { clientList: [request().clientList[0]] }, /two clients or more/],
    ['a task with a dash', { taskId: 'a-b' }, /taskId "a-b" cannot be/],
    ['no clients', { clientList: undefined }, /clientList: is missing/],
    ['no address', { clientList: [{ url: 'train1', dataset: 'a' }] }, /no address of a client/],
  ]
  for (const [what, over, status] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const answer = await ask('prepare/match/start', request(over))
      assert.equal(answer.code, -1)
      assert.match(answer.status, status)
      assert.equal(answer.data, undefined)
    })
  }

  it('refuses a client whose runner is not there', async () => {
    await addPartyUrl(test.db, { party: 'away', url: 'http://away:8094' }, Date.now())
    await startRunner(test.db, {
      parties: ['away'],
      site: 'site-away',
      datasets: [{ party: 'away', name: 'a.csv', index: 'uid', features: [] }],
    })
    await test.db
      .updateTable('runner')
      .set({ seen_at: 0 })
      .where('site', '=', 'site-away')
      .execute()
    const answer = await ask('prepare/match/start', {
      ...request(),
      clientList: [CLIENTS[0], { url: 'http://away:8094/', dataset: 'a.csv' }],
    })
    assert.equal(answer.code, -1)
    assert.match(answer.status, /No live runner serves party away/)
  })
})

describe('what FedLearn offers', () => {
  let test: TestApp
  before(async () => {
    test = await testApp()
    await startRunner(test.db, {
      parties: ['left'],
      url: 'http://127.0.0.1:8094',
      datasets: [
        {
          party: 'left',
          name: 'reg0.csv',
          index: 'uid',
          features: [{ name: 'y', dtype: 'float' }],
        },
      ],
    })
  })
  after(() => test.close())

  it('tells a client’s data sets by the address at which its runner registered', async () => {
    for (const path of ['system/query/dataset', 'system/dataset']) {
      assert.deepEqual(
        await test.post<unknown>(`/api/${path}`, { url: 'http://127.0.0.1:8094/' }),
        {
          code: 0,
          status: 'success',
          data: {
            list: [
              {
                dataset: 'reg0.csv',
                features: [
                  { name: 'uid', dtype: 'string' },
                  { name: 'y', dtype: 'float' },
                ],
              },
            ],
          },
        },
      )
    }
  })

  it('takes back what a runner offers no more, and nothing of other parties', async () => {
    const own = { party: 'b', name: 'kept.csv', index: 'uid', features: [] }
    await startRunner(test.db, { parties: ['b'], site: 'shared', datasets: [own] })
    await startRunner(test.db, { parties: ['c'], site: 'shared' })
    const url = 'http://b.example:1'
    await addPartyUrl(test.db, { party: 'b', url }, Date.now())
    const list = async () =>
      (await test.post<Reply<{ list: object[] }>>('/api/system/dataset', { url })).data?.list.length
    assert.equal(await list(), 1)
    await startRunner(test.db, { parties: ['b'], site: 'shared' })
    assert.equal(await list(), 0)
  })

  it('lists algorithms and matches under the names of every version', async () => {
    const { data } = await test.post<Reply<{ model: string[]; match: string[] }>>(
      '/api/prepare/parameter/common',
    )
    for (const name of ['LogisticRegression', 'LinearRegression', 'Kernel', 'FederatedGB']) {
      assert.ok(data?.model.includes(name), name)
    }
    assert.deepEqual(data?.match.slice(0, 3), ['MD5', 'RSA', 'DH'])
  })

  it('tells the parameters of an algorithm as the document does', async () => {
    const { data } = await test.post<Reply<{ algorithmParams: { field: string }[] }>>(
      '/api/prepare/parameter/algorithm',
      { algorithmType: 'LinearRegression' },
    )
    const params = new Map(data?.algorithmParams.map((param) => [param.field, param]))
    assert.deepEqual(params.get('maxEpoch'), {
      field: 'maxEpoch',
      name: 'maxEpoch',
      describe: ['1', '1000'],
      type: 'NUMS',
      defaultValue: 30,
    })
    assert.deepEqual(params.get('optimizer'), {
      field: 'optimizer',
      name: 'optimizer',
      describe: ['BatchGD', 'NEWTON'],
      type: 'STRING',
      defaultValue: 'BatchGD',
    })
    assert.ok(params.has('crossValidation'))
  })

  it('tells every listed algorithm, and refuses others by name', async () => {
    const common = await test.post<Reply<{ model: string[] }>>('/api/system/parameter')
    for (const algorithmType of common.data?.model ?? []) {
      const answer = await test.post<Reply<{ algorithmParams: object[] }>>('/api/train/option', {
        algorithmType,
      })
      assert.ok((answer.data?.algorithmParams.length ?? 0) > 1, algorithmType)
    }
    const answer = await test.post<Reply<unknown>>('/api/train/option', {
      algorithmType: 'toString',
    })
    assert.equal(answer.code, -1)
    assert.match(answer.status, /"toString" is unknown: expected VerticalLinearRegression/)
  })

  it('answers an unknown path, a body that is no JSON and other content in its own form', async () => {
    const ask = async (path: string, init: RequestInit) => {
      const response = await test.app.request(path, { method: 'POST', ...init })
      return { status: response.status, body: (await response.json()) as Reply<unknown> }
    }
    const unknown = await ask('/api/train/nothing', {})
    assert.deepEqual([unknown.status, unknown.body.code], [404, -2])
    const broken = await ask('/api/match/progress', {
      headers: { 'content-type': 'application/json' },
      body: '{"matchId":',
    })
    assert.deepEqual([broken.status, broken.body.code], [200, -3])
    const text = await ask('/api/match/progress', {
      headers: { 'content-type': 'text/plain' },
      body: 'matchId',
    })
    assert.deepEqual([text.status, text.body.code], [200, -3])
  })
})
