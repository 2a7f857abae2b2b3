/**
 * Models that are put online by the id of their training alone, as clients from 1.5 on name them.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import {
  type FakeRunner,
  type FateAnswer,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

describe('a model that is named by its training alone', () => {
  let test: TestApp
  let runner: FakeRunner
  let version: string

  before(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    version = (await test.post('/v1/job/submit', body)).jobId ?? ''
    await runner.work(async (task) => {
      if (task.role === 'arbiter') return
      const report = { type: 'artifact', kind: 'model', name: 'model', location: 'x' } as const
      await runner.report(task, { ...report, summary: {}, preview: null })
    })
  })
  after(() => test.close())

  /** Does what parties do with a model that they are asked to load, until there is an answer. */
  async function loading(asked: Promise<FateAnswer>): Promise<FateAnswer> {
    let open = true
    void asked.finally(() => (open = false))
    while (open) {
      for (const task of await runner.claim()) {
        assert.equal(task.spec.type, 'serving')
        await runner.report(task, { type: 'progress', fraction: 1 })
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    return asked
  }

  it('is loaded at its parties, and published', async () => {
    const { retcode, retmsg, data } = await loading(
      test.post('/v1/model/load', { job_id: version }),
    )
    assert.equal(retcode, 0, retmsg)
    assert.deepEqual(data, { guest: { '9999': 0 }, host: { '10000': 0 } })
    const bound = await loading(
      test.post('/v1/model/bind', { job_id: version, service_id: 'credit' }),
    )
    assert.equal(bound.retcode, 0, bound.retmsg)
    const response = await test.app.request('/api/weft/serving')
    const { services } = (await response.json()) as { services: { name: string }[] }
    assert.deepEqual(
      services.map(({ name }) => name),
      ['credit'],
    )
  })

  it('that is not there says so', async () => {
    const { retcode, retmsg } = await test.post('/v1/model/load', { job_id: '1' })
    assert.deepEqual([retcode, /no model of version 1: model\/query/.test(retmsg)], [101, true])
    const nothing = await test.post('/v1/model/load', {})
    assert.match(nothing.retmsg, /required: model_id,model_version/)
  })
})
