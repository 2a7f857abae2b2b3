/**
 * The paths of FedLearn's other versions beside those of the document: the same requests, the same answers.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

const CLIENTS = ['a', 'b'].map((party) => ({
  party,
  url: `http://${party}.test:8094`,
  dataset: `${party}.csv`,
}))

/** What a path of the document is called elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  'prepare/parameter/common': 'system/parameter',
  'prepare/parameter/algorithm': 'train/option',
  'prepare/match/start': 'match/start',
  'prepare/match/progress': 'match/progress',
  'prepare/match/list': 'match/list',
  'prepare/match/detail': 'match/detail',
  'prepare/match/delete': 'match/delete',
  'system/query/dataset': 'system/dataset',
  'system/model/delete': 'train/delete',
  'inference/validate': 'validate/batch',
}

describe('paths of other versions', () => {
  let test: TestApp
  let runner: FakeRunner

  before(async () => {
    test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
    for (const { party, url } of CLIENTS) await addPartyUrl(test.db, { party, url }, Date.now())
    const features = ['x', 'y'].map((name) => ({ name, dtype: 'float' as const }))
    runner = await startRunner(test.db, {
      parties: CLIENTS.map(({ party }) => party),
      datasets: CLIENTS.map(({ party, dataset: name }, at) => ({
        party,
        name,
        index: 'uid',
        features: at === 0 ? features : features.slice(0, 1),
      })),
    })
  })
  after(() => test.close())

  const ask = (path: string, body: unknown = {}) =>
    test.post<Reply<Record<string, unknown>>>(`/api/${path}`, body)

  async function ok(path: string, body?: unknown): Promise<Record<string, unknown>> {
    const { code, status, data } = await ask(path, body)
    assert.deepEqual([code, status], [0, 'success'], path)
    return data ?? {}
  }

  const match = (taskId: string) => ({
    taskId,
    matchAlgorithm: 'ECDH',
    clientList: CLIENTS.map(({ url, dataset }) => ({ url, index: 'uid', dataset })),
  })

  async function matched(path: string, taskId: string): Promise<string> {
    const { matchId } = await ok(path, match(taskId))
    await runner.work()
    return String(matchId)
  }

  async function trained(matchId: string): Promise<string> {
    const modelToken = await begun(matchId)
    await runner.work()
    return modelToken
  }

  async function begun(matchId: string): Promise<string> {
    const { modelToken } = await ok('train/start', {
      taskId: '1',
      model: 'VerticalLinearRegression',
      matchId,
      algorithmParams: [{ field: 'label', value: 'y' }],
      clientList: CLIENTS.map(({ url, dataset }, at) => ({
        url,
        dataset,
        features: {
          index: 'uid',
          featureList: (at === 0 ? ['uid', 'x', 'y'] : ['uid', 'x']).map((name) => ({
            name,
            type: 'float',
          })),
        },
      })),
      taskName: 'a key of another version',
    })
    return String(modelToken)
  }

  it('are all that this server has beside the document', async () => {
    const response = await test.app.request('/api/openapi.json')
    const { paths } = (await response.json()) as {
      paths: Record<string, { post: { operationId: string } }>
    }
    const names = new Map(
      Object.entries(paths).map(([path, { post }]) => [post.operationId, path.slice(1)]),
    )
    const found = [...names].filter(([name]) => name.endsWith('.alias'))
    assert.deepEqual(
      Object.fromEntries(found.map(([name, path]) => [names.get(name.slice(0, -6)), path])),
      ALIASES,
    )
  })

  it('tell of algorithms, their parameters and data sets', async () => {
    const { url } = CLIENTS[0]
    for (const [path, alias, body] of [
      ['prepare/parameter/common', 'system/parameter', {}],
      ['prepare/parameter/algorithm', 'train/option', { algorithmType: 'FederatedGB' }],
      ['system/query/dataset', 'system/dataset', { url }],
    ] as const) {
      const answer = await ok(path, body)
      assert.ok(JSON.stringify(answer).length > 100, path)
      assert.deepEqual(await ok(alias, body), answer)
    }
  })

  it('match, tell of matches and forget them', async () => {
    const ids = [
      await matched('prepare/match/start', '2'),
      await matched('match/start', '3'),
    ] as const
    for (const matchId of ids) {
      for (const [path, alias] of [
        ['prepare/match/progress', 'match/progress'],
        ['prepare/match/detail', 'match/detail'],
      ] as const) {
        const answer = await ok(path, { matchId })
        assert.deepEqual(await ok(alias, { matchId }), answer)
      }
    }
    const list = async (path: string) => {
      const { matchList } = await ok(path, { taskList: ['2', '3'] })
      return (matchList as { matchId: string }[]).map(({ matchId }) => matchId).toSorted()
    }
    assert.deepEqual(await list('prepare/match/list'), [...ids])
    assert.deepEqual(await list('match/list'), [...ids])
    await ok('prepare/match/delete', { matchId: ids[0] })
    assert.deepEqual(await list('match/list'), [ids[1]])
    await ok('match/delete', { matchId: ids[1] })
    assert.deepEqual(await list('prepare/match/list'), [])
    for (const matchId of ids) {
      const { status } = await ask('prepare/match/delete', { matchId })
      assert.equal(status, (await ask('match/delete', { matchId })).status)
      assert.match(status, /no match/)
    }
  })

  it('find the matches of version 0.8 under the names that they have now', async () => {
    for (const [name, now] of [
      ['VERTICAL_MD5', 'MD5'],
      ['VERTICAL_RSA', 'RSA'],
      ['VERTICAL_DH', 'DH'],
      ['MIX_LIN_TRAIN', 'MIX_MD5'],
      ['MIX_LIN_INFER', 'MIX_MD5'],
      ['MIX_LIN_INFER_DEBUG', 'MIX_MD5'],
    ] as const) {
      const { matchId } = await ok('match/start', { ...match('4'), matchAlgorithm: name })
      assert.match(String(matchId), new RegExp(`^4-${now}-\\d{12}$`))
      const own = await ok('match/start', { ...match('5'), matchAlgorithm: now })
      const { protocol } = await ok('match/detail', own)
      assert.equal((await ok('match/detail', { matchId })).protocol, protocol, name)
      await runner.work()
    }
  })

  it('take the request for keys, which clients draw for each training, and refuse those who could not', async () => {
    const urls = CLIENTS.map(({ url }) => url)
    for (const clientList of [urls, urls.map((url) => ({ url }))]) {
      const answer = await ask('prepare/key/generate', { taskId: 1, clientList })
      assert.deepEqual(answer, { code: 0, status: 'success' })
    }
    const stranger = await ask('prepare/key/generate', {
      taskId: '1',
      clientList: [urls[0], 'http://nobody.test'],
    })
    assert.equal(stranger.code, -1)
    assert.match(stranger.status, /nobody\.test/)
    await addPartyUrl(test.db, { party: 'away', url: 'http://away.test' }, Date.now())
    const away = await startRunner(test.db, { parties: ['away'] })
    await test.db.updateTable('runner').set({ seen_at: 0 }).where('id', '=', away.id).execute()
    const offline = await ask('prepare/key/generate', {
      taskId: '1',
      clientList: ['http://away.test'],
    })
    assert.equal(offline.code, -1)
    assert.match(offline.status, /No live runner serves party away/)
  })

  it('stop, suspend and continue a training as train/change does', async () => {
    const matchId = await matched('match/start', '1')
    const modelToken = await begun(matchId)
    const state = async () => (await ok('train/status', { modelToken }))['runningType']
    await ok('train/suspend', { modelToken })
    assert.equal(await state(), 'suspend')
    await ok('train/continue', { modelToken })
    assert.equal(await state(), 'running')
    await ok('train/stop', { modelToken })
    assert.equal(await state(), 'stop')
    for (const [path, type] of [
      ['train/stop', 'stop'],
      ['train/suspend', 'suspend'],
      ['train/continue', 'resume'],
    ] as const) {
      const refused = await ask(path, { modelToken })
      assert.equal(refused.code, -1)
      assert.deepEqual(await ask('train/change', { modelToken, type }), refused)
    }
  })

  it('tell in words how far a training is', async () => {
    const modelToken = await trained(await matched('match/start', '1'))
    const { trainInfo } = await ok('train/parameter', { modelToken, type: '3' })
    assert.deepEqual(await ok('train/progress/new', { modelToken }), {
      runningType: 'complete',
      percent: 100,
      fPercent: 100,
      message: 'ok',
      describes: trainInfo,
    })
    assert.ok((trainInfo as string[]).includes(`modelToken is:${modelToken}`))
  })

  it('forget models, and refuse to validate with what is forgotten', async () => {
    const matchId = await matched('match/start', '1')
    for (const path of ['system/model/delete', 'train/delete']) {
      const modelToken = await trained(matchId)
      await ok('train/parameter', { modelToken })
      await ok(path, { modelToken })
      assert.equal((await ask('train/parameter', { modelToken })).code, -1)
      const body = {
        modelToken,
        uid: ['1'],
        labelName: 'y',
        metricType: ['RMSE'],
        clientList: CLIENTS.map(({ url, dataset }) => ({ url, dataset })),
      }
      const { code, status } = await ask('inference/validate', body)
      assert.equal(code, -1)
      assert.match(status, new RegExp(modelToken))
      assert.deepEqual(await ask('validate/batch', body), { code, status })
    }
  })
})
