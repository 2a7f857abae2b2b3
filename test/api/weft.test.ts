import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import {
  WeftError,
  WeftEvents,
  WeftJob,
  WeftJobs,
  WeftLedger,
  WeftMetrics,
} from '../../src/api/weft/schema.ts'
import { type FakeRunner, startRunner, testApp, type TestApp, uploadTable } from '../helpers/app.ts'
import { trainConf, trainDsl } from '../helpers/fate-jobs.ts'
import { matchSnapshot } from '../helpers/snapshot.ts'

describe("Weft's own API", () => {
  let test: TestApp
  let runner: FakeRunner
  let id: string
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await test.app.request(`/api/weft${path}`)
    return { status: response.status, body: await response.json() }
  }

  before(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const answer = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    id = answer.jobId ?? ''
    const [task] = await runner.claim(2)
    await runner.report(
      task,
      {
        type: 'ledger',
        receiver: 'host:10000',
        tag: 'ids',
        kind: 'blinded',
        reveals: 'How many ids there are',
        messages: 2,
        bytes: 1000,
      },
      { type: 'progress', fraction: 0.5, note: 'half' },
      {
        type: 'metric',
        namespace: 'train',
        name: 'loss',
        points: [[0, 0.7]],
        meta: { name: 'train', metric_type: 'LOSS' },
      },
    )
  })
  after(() => test.close())

  it('lists jobs by what is asked for, a page at a time', async () => {
    const { status, body } = await get('/jobs')
    assert.equal(status, 200)
    const { jobs, next } = WeftJobs.parse(body)
    assert.deepEqual([jobs.map((job) => job.id), next], [[id], null])
    const uploads = WeftJobs.parse((await get('/jobs?kind=upload&limit=1')).body)
    assert.equal(uploads.jobs.length, 1)
    const rest = WeftJobs.parse((await get(`/jobs?kind=upload&after=${uploads.next}`)).body)
    assert.equal(rest.jobs.length, 1)
    assert.notEqual(rest.jobs[0].id, uploads.jobs[0].id)
    assert.deepEqual(WeftJobs.parse((await get('/jobs?state=failed')).body).jobs, [])
    assert.equal((await get('/jobs?state=happy')).status, 422)
  })

  it('shows a job with its tasks, and of each why it waits or what it does', async () => {
    const { status, body } = await get(`/jobs/${id}`)
    assert.equal(status, 200)
    const job = WeftJob.parse(body)
    assert.equal(job.state, 'running')
    assert.deepEqual(
      job.tasks
        .filter(({ role }) => role === 'guest')
        .map(({ name, state, reason }) => [name, state, reason]),
      [
        ['dataio_0', 'running', 'half'],
        ['intersection_0', 'waiting', 'Waits for dataio_0'],
        ['hetero_lr_0', 'waiting', 'Waits for intersection_0'],
        ['evaluation_0', 'waiting', 'Waits for hetero_lr_0'],
      ],
    )
    assert.equal('request' in (body as object), false)
  })

  it('shows what crossed between the parties', async () => {
    const { body } = await get(`/jobs/${id}/ledger`)
    assert.deepEqual(WeftLedger.parse(body).lines, [
      {
        component: 'dataio_0',
        sender: 'guest:9999',
        receiver: 'host:10000',
        tag: 'ids',
        kind: 'blinded',
        reveals: 'How many ids there are',
        messages: 2,
        bytes: 1000,
      },
    ])
  })

  it('shows what happened, and only what is new when asked so', async () => {
    const { events } = WeftEvents.parse((await get(`/jobs/${id}/events`)).body)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['job.submitted', 'job.warning', 'job.started', 'task.leased', 'task.leased'],
    )
    const later = WeftEvents.parse((await get(`/jobs/${id}/events?after=${events[0].id}`)).body)
    assert.deepEqual(later.events, events.slice(1))
    const one = WeftEvents.parse((await get(`/jobs/${id}/events?limit=1`)).body)
    assert.deepEqual(one.events, [events[0]])
  })

  it('shows what was measured', async () => {
    const { metrics } = WeftMetrics.parse((await get(`/jobs/${id}/metrics`)).body)
    assert.deepEqual(
      metrics.map(({ namespace, name, points }) => [namespace, name, points]),
      [['train', 'loss', [[0, 0.7]]]],
    )
  })

  it('gives back what the client sent, part by part', async () => {
    assert.deepEqual((await get(`/jobs/${id}/request/job_runtime_conf`)).body, trainConf())
  })

  const refused: [path: string, status: number, code: string, message: RegExp][] = [
    ['/jobs/42', 404, 'not_found', /No job "42"/],
    ['/jobs/42/ledger', 404, 'not_found', /No job "42"/],
    ['/jobs/42/events', 404, 'not_found', /No job "42"/],
    ['/jobs/42/metrics', 404, 'not_found', /No job "42"/],
    ['/jobs/42/request/job_dsl', 404, 'not_found', /No job "42"/],
    [
      '/jobs/ID/request/constructor',
      404,
      'not_found',
      /no part "constructor": it has job_dsl, job_runtime_conf/,
    ],
    ['/jobs/ID/events?after=x', 422, 'invalid', /after: .*got "x"/],
    ['/jobs/ID/events?limit=5000', 422, 'invalid', /limit: .*got "5000"/],
    ['/nothing', 404, 'no_route', /No route GET \/api\/weft\/nothing/],
  ]
  for (const [path, status, code, message] of refused) {
    it(`answers ${path} with ${status} and a sentence`, async () => {
      const answer = await get(path.replace('ID', id))
      assert.equal(answer.status, status)
      const { error } = WeftError.parse(answer.body)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(error.requestId.length >= 16)
    })
  }

  it('suspends a job, resumes it and stops it for good', async () => {
    const post = async (path: string) => {
      const response = await test.app.request(`/api/weft${path}`, { method: 'POST' })
      return { status: response.status, body: (await response.json()) as unknown }
    }
    const suspended = WeftJob.parse((await post(`/jobs/${id}/suspend`)).body)
    assert.deepEqual(
      [suspended.state, suspended.reason, suspended.tasks[0].state],
      ['suspended', 'Suspended: resume it to go on', 'waiting'],
    )
    const query = await test.post('/v1/job/query', { job_id: id })
    const rows = query.data as { f_status: string }[]
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['waiting'])
    const resumed = WeftJob.parse((await post(`/jobs/${id}/resume`)).body)
    assert.deepEqual([resumed.state, resumed.reason], ['running', null])
    assert.equal(WeftJob.parse((await post(`/jobs/${id}/stop`)).body).state, 'canceled')
    assert.equal(WeftJob.parse((await post(`/jobs/${id}/stop`)).body).state, 'canceled')
    for (const verb of ['suspend', 'resume']) {
      const { status, body } = await post(`/jobs/${id}/${verb}`)
      assert.equal(status, 409)
      assert.match(WeftError.parse(body).error.message, /is canceled: only/)
    }
  })

  it('has the OpenAPI document of the snapshot', async () => {
    matchSnapshot('weft.openapi.json', (await get('/openapi.json')).body)
  })
})
