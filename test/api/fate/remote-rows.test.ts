/**
 * Rows of a component that lie with a runner on another host, of which this server has the first only.
 * @module
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { FateJobs, FateNoOutput } from '../../../src/api/fate/schema.ts'
import { SPOOL_FACT } from '../../../src/domain/spool.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { untarGzip } from '../../helpers/untar.ts'

const PATH = '/v1/tracking/component/output/data/download'
const ROWS = 'a,1,0.5\n'.repeat(150)

describe('all rows from a runner on another host', () => {
  let test: TestApp
  let runner: FakeRunner
  let job: string

  beforeEach(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const { jobId } = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    job = jobId ?? ''
    await runner.work(async (task) => {
      if (task.name !== 'dataio_0') return
      await runner.report(task, {
        type: 'artifact',
        kind: 'table',
        name: 'data',
        location: 'anywhere',
        rows: 150,
        summary: { header: ['id', 'y', 'x0'], kind: 'data' },
        preview: [['a', 1, 0.5]],
      })
    })
  })
  afterEach(() => test.close())

  const reachable = () =>
    test.db
      .updateTable('runner')
      .set({ facts: JSON.stringify({ [SPOOL_FACT]: true }) })
      .execute()

  const ask = (more: Record<string, string> = {}, signal?: AbortSignal) => {
    const query = new URLSearchParams({ job_id: job, component_name: 'dataio_0', ...more })
    return test.app.request(`${PATH}?${query}`, signal ? { signal } : {})
  }

  /** The task that the request has made, as soon as it is there. */
  async function asked() {
    for (;;) {
      const [task] = await runner.claim()
      if (task) return task
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const refusal = async (response: Response): Promise<string> => {
    assert.equal(response.status, 500)
    return FateNoOutput.parse(await response.json()).retmsg
  }

  it('are sent to the server, packed, and forgotten', async () => {
    await reachable()
    const answer = ask({ role: 'host', party_id: '10000', limit: '150' })
    const task = await asked()
    assert.ok(task.spec.type === 'fetch')
    const { spool, ...spec } = task.spec
    assert.deepEqual(spec, {
      type: 'fetch',
      jobId: job,
      role: 'host',
      party: '10000',
      node: 'dataio_0',
      limit: 150,
    })
    assert.deepEqual([task.kind, task.party], ['download', '10000'])
    test.files.spooled.set(spool, new TextEncoder().encode(ROWS))
    await runner.settle(task)
    const response = await answer
    assert.equal(response.status, 200)
    assert.ok(response.body)
    const files = await untarGzip(response.body)
    assert.equal(files.get('output_data.csv'), ROWS)
    assert.equal(test.files.spooled.size, 0)
    const found = FateJobs.parse(await test.post('/v1/job/query', { job_id: task.jobId }))
    assert.deepEqual(
      found.data?.map((row) => [row.f_role, row.f_status]),
      [['local', 'success']],
    )
  })

  it('are refused with the reason of the runner', async () => {
    await reachable()
    const answer = ask()
    const task = await asked()
    await runner.settle(task, { state: 'failed', reason: 'guest 9999 keeps its rows to itself' })
    assert.match(
      await refusal(await answer),
      /^The 150 rows of guest 9999 are out of reach: .*keeps its rows to itself.* has the first 100$/,
    )
  })

  it('are refused at once, with its name, where that runner is not running', async () => {
    await reachable()
    await test.db.updateTable('runner').set({ state: 'gone' }).execute()
    assert.match(
      await refusal(await ask()),
      /out of reach: .*runner of guest 9999, which is not running: start it again/,
    )
  })

  it('are refused at once where that runner does not know the server', async () => {
    assert.match(await refusal(await ask()), /start it with WEFT_APP_URL/)
  })

  it('are refused where the server has no disk', async () => {
    await reachable()
    delete test.files.fillSpool
    assert.match(await refusal(await ask()), /This server has no disk for the rows of guest 9999/)
  })

  it('are not sent any more when the client has left', async () => {
    await reachable()
    const leave = new AbortController()
    const answer = ask({}, leave.signal)
    const task = await asked()
    leave.abort()
    assert.notEqual((await answer).status, 200)
    const found = FateJobs.parse(await test.post('/v1/job/query', { job_id: task.jobId }))
    assert.deepEqual(
      found.data?.map((row) => row.f_status),
      ['failed'],
    )
  })
})
