import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { FateJobs } from '../../../src/api/fate/schema.ts'
import { FateModelVersions } from '../../../src/api/fate/table-schema.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'

async function ready(): Promise<{ test: TestApp; runner: FakeRunner }> {
  const test = await testApp()
  const runner = await startRunner(test.db)
  await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
  await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
  return { test, runner }
}

async function submit(test: TestApp): Promise<string> {
  const { jobId } = await test.post('/v1/job/submit', {
    job_dsl: trainDsl(),
    job_runtime_conf: trainConf(),
  })
  assert.ok(jobId)
  return jobId
}

describe('model/version', () => {
  let test: TestApp
  const ids: string[] = []
  before(async () => {
    const world = await ready()
    test = world.test
    for (let round = 0; round < 12; round++) {
      ids.unshift(await submit(test))
      await world.runner.work()
    }
    // Not trained yet, so no version.
    await submit(test)
  })
  after(() => test.close())

  const versions = async (namespace: string) =>
    FateModelVersions.parse(await test.post('/v1/model/version', { namespace })).data

  it('lists the last ten trained versions, newest first, each with the one before it', async () => {
    const namespace = `guest#9999#${MODEL_ID}`
    const found = await versions(namespace)
    assert.deepEqual(
      found?.map(({ commitId, parent }) => [commitId, parent]),
      ids.slice(0, 10).map((id, index) => [id, ids[index + 1]]),
    )
    const [{ name, log, tag, namespace: named }] = found ?? []
    assert.deepEqual([name, tag, named], [ids[0], null, namespace])
    assert.match(log, new RegExp(`job ${ids[0]}`))
  })

  it('knows a model by its id alone', async () => {
    assert.equal((await versions(MODEL_ID))?.[0].commitId, ids[0])
  })

  it('answers an empty list for a party without a part, and for an unknown model', async () => {
    assert.deepEqual(await versions(`guest#10000#${MODEL_ID}`), [])
    assert.deepEqual(await versions('guest#9999#other#model'), [])
  })

  it('asks for the namespace', async () => {
    const { retcode, retmsg } = await test.post('/v1/model/version', {})
    assert.deepEqual([retcode, retmsg], [100, 'the following arguments are required: namespace '])
  })
})

describe('the line of waiting jobs', () => {
  it('has a place for each, which moves up when a job ends', async () => {
    const { test, runner } = await ready()
    const ids: string[] = []
    for (let job = 0; job < 7; job++) ids.push(await submit(test))
    const place = async (id: string) => {
      const { data } = FateJobs.parse(await test.post('/v1/job/query', { job_id: id }))
      return [...new Set(data?.map((row) => `${row.f_status} ${row.f_queue_position}`))].join()
    }
    assert.deepEqual(
      [await place(ids[4]), await place(ids[5]), await place(ids[6])],
      ['running null', 'waiting 1', 'waiting 2'],
    )
    await test.post('/v1/job/stop', { job_id: ids[0] })
    assert.deepEqual(
      [await place(ids[0]), await place(ids[5]), await place(ids[6])],
      ['failed null', 'running null', 'waiting 1'],
    )
    await runner.work()
    assert.equal(await place(ids[6]), 'success null')
    await test.close()
  })
})
