/**
 * The schedule of a work over HTTP: set aside, taken up again, made up for.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { tickWorks } from '../../../src/domain/works-tick.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

interface Reply {
  readonly code: number
  readonly msg?: string
  // What a field holds is for the assertion to say.
  readonly data: ReturnType<typeof JSON.parse>
}

const HOUR = 3_600_000
const START = Date.parse('2030-03-01T00:30:00Z')
const SAMPLE = {
  user_id: 'ann',
  name: 'Nightly',
  description: '',
  type: 'BATCH',
  category: 'FLINK_SQL',
}

describe('the schedule of a work', () => {
  let test: TestApp
  let runner: FakeRunner
  let now = START

  before(async () => {
    test = await testApp({ deps: { now: () => now } })
    runner = await startRunner(test.db, { engines: ['duckdb'] })
  })
  after(() => test.close())

  async function ask(method: string, path: string, body?: unknown): Promise<[number, Reply]> {
    const response = await test.app.request(`/api/v1/works${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return [response.status, (await response.json()) as Reply]
  }

  /** An hourly work that was started, and whose first run is over. */
  async function started(more: object = {}): Promise<string> {
    const [, { data, msg }] = await ask('POST', '', {
      ...SAMPLE,
      run_frequency: 'hourly',
      script: 'SELECT 1',
      ...more,
      status: 2,
    })
    assert.ok(data, msg)
    await runner.work()
    return data.work_id
  }
  const runs = async (id: string): Promise<number> =>
    (await ask('GET', `/${id}/tasks`))[1].data.length

  it('is set aside, so that what falls due does not run, and taken up from then on', async () => {
    now = START
    const id = await started()
    assert.equal(await runs(id), 1)
    const [status, paused] = await ask('POST', `/${id}/pause`)
    assert.deepEqual([status, paused.code], [200, 0])
    const [, work] = await ask('GET', `/${id}`)
    assert.deepEqual([work.data.paused, work.data.next_run_at], [true, null])
    now = START + 2 * HOUR
    await tickWorks(test.db, now)
    assert.equal(await runs(id), 1)
    await ask('POST', `/${id}/resume`)
    await tickWorks(test.db, now)
    assert.equal(await runs(id), 1, 'what fell due meanwhile is not made up for')
    const [, back] = await ask('GET', `/${id}`)
    assert.deepEqual([back.data.paused, back.data.next_run_at], [false, '2030-03-01T03:00:00Z'])
    now = START + 3 * HOUR
    await tickWorks(test.db, now)
    assert.equal(await runs(id), 2)
    await runner.work()
    await ask('POST', `/${id}/pause`)
  })

  it('is made up for, for every time of a span that has passed', async () => {
    now = START
    const id = await started()
    const span = { from: '2030-02-28T20:30:00Z', to: '2030-02-28T23:30:00Z' }
    const [status, { code, data }] = await ask('POST', `/${id}/backfill`, span)
    assert.deepEqual([status, code], [200, 0])
    assert.deepEqual(data.due_at, [
      '2030-02-28T21:00:00Z',
      '2030-02-28T22:00:00Z',
      '2030-02-28T23:00:00Z',
    ])
    for (let round = 0; round < 5; round++) {
      await tickWorks(test.db, now + round)
      await runner.work()
    }
    assert.equal(await runs(id), 4)
    const bad = await ask('POST', `/${id}/backfill`, { from: 'yesterday', to: span.to })
    assert.equal(bad[0], 400)
    assert.match(bad[1].msg ?? '', /from/)
  })

  it('is refused of a work that has none, and of one that is not there', async () => {
    const [, { data }] = await ask('POST', '', { ...SAMPLE, run_frequency: 'once' })
    const { work_id: id } = data
    for (const path of [`/${id}/pause`, `/${id}/resume`]) {
      const [status, { code, msg }] = await ask('POST', path)
      assert.deepEqual([status, code], [409, 409100])
      assert.match(msg ?? '', /has no schedule: set run_frequency or cron first/)
    }
    const gone = '0'.repeat(32)
    const span = { from: '2030-02-28T20:30:00Z', to: '2030-02-28T23:30:00Z' }
    for (const [path, body] of [
      [`/${gone}/pause`],
      [`/${gone}/resume`],
      [`/${gone}/backfill`, span],
    ] as const) {
      const [status, { code }] = await ask('POST', path, body)
      assert.deepEqual([status, Math.floor(code / 1000)], [404, 404], path)
    }
  })
})
