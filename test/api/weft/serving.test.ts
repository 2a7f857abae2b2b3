/**
 * Models online, with a runner that does what the test says.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { answerCalls, waitingCalls } from '../../../src/domain/serving-call.ts'
import type { LeasedTask, ServingSpec } from '../../../src/domain/work.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'

describe('models online', () => {
  let test: TestApp
  let runner: FakeRunner
  let version: string
  let tasks: LeasedTask[]

  before(async () => {
    test = await testApp({ deps: { watchMs: 1 } })
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const { jobId } = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    version = jobId ?? ''
    await runner.work(async (task) => {
      if (task.role === 'arbiter') return
      const report = { type: 'artifact', kind: 'model', name: 'model', location: 'x' } as const
      await runner.report(task, { ...report, summary: {}, preview: null })
    })
  })
  after(() => test.close())

  async function request(method: string, path: string, body?: object) {
    const response = await test.app.request(`/api/weft/serving${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    const parsed = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    return { status: response.status, body: parsed, text }
  }

  it('a model that nobody trained, and a party without a part, are refused', async () => {
    const unknown = await request('PUT', '/a', { modelId: MODEL_ID, modelVersion: '1' })
    assert.equal(unknown.status, 404)
    const model = { modelId: MODEL_ID, modelVersion: version }
    const stranger = { role: 'host', party: '7', namespace: 'shop', name: 'host' }
    const wrong = await request('PUT', '/a', { ...model, tables: [stranger] })
    assert.equal(wrong.status, 422)
    assert.match(wrong.text, /no part at host 7/)
    const gone = { role: 'host', party: '10000', namespace: 'shop', name: 'gone' }
    const lost = await request('PUT', '/a', { ...model, tables: [gone] })
    assert.equal(lost.status, 404)
    assert.match(lost.text, /shop\.gone/)
    assert.equal((await request('PUT', '/a%20b', model)).status, 422)
    assert.deepEqual((await request('GET', '')).body, { services: [] })
  })

  it('goes to its guest and the host it needs, each with its components and its table', async () => {
    const bound = request('PUT', '/cancer', { modelId: MODEL_ID, modelVersion: version })
    do {
      tasks = await runner.claim()
      await new Promise(setImmediate)
    } while (tasks.length === 0)
    assert.deepEqual(
      tasks.map(({ kind, role, party }) => [kind, role, party]),
      [
        ['serving', 'guest', '9999'],
        ['serving', 'host', '10000'],
      ],
    )
    const [guest, host] = tasks.map(({ spec }) => spec as ServingSpec)
    assert.deepEqual(host.table, { namespace: 'shop', name: 'host' })
    assert.deepEqual(guest.table, { namespace: 'bank', name: 'guest' })
    assert.deepEqual(
      guest.steps.map(({ name, work }) => [name, work.models[0]?.job]),
      [
        ['dataio_0', version],
        ['intersection_0', undefined],
        ['hetero_lr_0', version],
      ],
    )
    const early = await request('POST', '/cancer', { id: 'a' })
    assert.equal(early.status, 503)
    assert.match(early.text, /still loading/)
    for (const task of tasks) {
      await runner.report(task, { type: 'progress', fraction: 1, note: 'Online' })
    }
    const { status, body } = await bound
    assert.equal(status, 200)
    assert.equal(body['online'], true)
  })

  it('a call goes to the guest and its answer back', async () => {
    const [{ attemptId }] = tasks
    const question = { rows: [{ id: 'a', features: { x: 1, y: null } }, { id: 'b' }] }
    const asked = request('POST', '/cancer', { ...question, timeoutMs: 30_000 })
    const query = { runnerId: runner.id, attemptId, after: 0 }
    let calls
    do calls = await waitingCalls(test.db, query)
    while (calls.length === 0)
    const [{ id, rows, ms }] = calls
    assert.deepEqual(rows, question.rows)
    assert.ok(ms > 0 && ms <= 30_000)
    assert.deepEqual(await waitingCalls(test.db, { ...query, after: id }), [])
    assert.deepEqual(await waitingCalls(test.db, { ...query, runnerId: 'other' }), [])
    assert.deepEqual(
      await waitingCalls(test.db, { ...query, attemptId: tasks[1].attemptId }),
      [],
      'a host hears nothing of what guests are asked',
    )
    const error = { code: 'not_found', message: 'no row b' } as const
    const forged = { id, results: [{ id: 'a', values: { predict_score: 9 } }] }
    await answerCalls(test.db, { runnerId: 'other', attemptId, answers: [forged] })
    const host = { runnerId: runner.id, attemptId: tasks[1].attemptId }
    await answerCalls(test.db, { ...host, answers: [forged] })
    const results = [
      { id: 'a', values: { predict_score: 0.25 } },
      { id: 'b', error },
    ]
    await answerCalls(test.db, { runnerId: runner.id, attemptId, answers: [{ id, results }] })
    assert.deepEqual((await asked).body, {
      rows: [
        { predict_score: 0.25, id: 'a' },
        { id: 'b', error },
      ],
    })
  })

  it('a call without an answer ends when its time is up', async () => {
    const { status, text } = await request('POST', '/cancer', { id: 'a', timeoutMs: 1 })
    assert.equal(status, 503)
    assert.match(text, /did not answer within 1 ms/)
  })

  it('a question of another form is refused', async () => {
    for (const body of [{}, { id: 'a', rows: [{ id: 'b' }] }, { rows: [] }, { id: { a: 1 } }]) {
      assert.equal((await request('POST', '/cancer', body)).status, 422, JSON.stringify(body))
    }
    const nested = await request('POST', '/cancer', { id: 'a', features: { x: [1] } })
    assert.equal(nested.status, 422)
    assert.match(nested.text, /features/)
    assert.equal((await request('POST', '/none', { id: 'a' })).status, 404)
  })

  it('a service waits for its runner however often that is lost, and keeps no job waiting', async () => {
    await runner.settle(tasks[0], { state: 'released', reason: 'its runner shuts down' })
    const { body } = await request('GET', '/cancer')
    assert.equal(body['online'], false)
    assert.match(String(body['trouble']), /is not online/)
    const again = await runner.claim()
    assert.equal(again.length, 2)
    tasks = again
    for (let job = 0; job < 5; job++) {
      await test.post('/v1/job/submit', { job_dsl: trainDsl(), job_runtime_conf: trainConf() })
    }
    const states = await test.db
      .selectFrom('job')
      .select('state')
      .where('kind', '=', 'train')
      .execute()
    assert.equal(states.filter(({ state }) => state === 'running').length, 5)
  })

  it('the same model under a second name is loaded once, and ends with its last name', async () => {
    await Promise.all([
      request('PUT', '/other', { modelId: MODEL_ID, modelVersion: version }),
      ...tasks.map((task) => runner.report(task, { type: 'progress', fraction: 1 })),
    ])
    const { body } = await request('GET', '')
    const services = body['services'] as { name: string; jobId: string }[]
    assert.deepEqual(
      services.map(({ name }) => name),
      ['cancer', 'other'],
    )
    assert.equal(services[0].jobId, services[1].jobId)
    const stateOf = async () =>
      (
        await test.db
          .selectFrom('job')
          .select('state')
          .where('id', '=', services[0].jobId)
          .executeTakeFirst()
      )?.state
    assert.equal((await request('DELETE', '/cancer')).status, 204)
    assert.equal(await stateOf(), 'running')
    assert.equal((await request('DELETE', '/other')).status, 204)
    assert.equal(await stateOf(), 'canceled')
    assert.equal((await request('DELETE', '/other')).status, 404)
  })

  it('a model with a component that answers no single rows is refused by its name', async () => {
    const dsl = trainDsl()
    const { evaluation_0: last } = dsl.components
    dsl.components['evaluation_0'] = { ...last, need_deploy: true }
    const submitted = await test.post('/v1/job/submit', {
      job_dsl: dsl,
      job_runtime_conf: trainConf(),
    })
    assert.equal(submitted.retcode, 0, submitted.retmsg)
    await runner.work(async (task) => {
      if (task.role === 'arbiter') return
      const report = { type: 'artifact', kind: 'model', name: 'model', location: 'x' } as const
      await runner.report(task, { ...report, summary: {}, preview: null })
    })
    const refused = await request('PUT', '/groups', {
      modelId: MODEL_ID,
      modelVersion: submitted.jobId ?? '',
    })
    assert.equal(refused.status, 422, refused.text)
    assert.match(refused.text, /evaluation_0 \(Evaluation\) cannot answer single rows/)
  })
})
