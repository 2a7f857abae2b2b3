import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { DIALECT_HEADER } from '../../../src/api/fate/dialect.ts'
import type { FateJobRow } from '../../../src/api/fate/mapping.ts'
import type { FateAnswer } from '../../helpers/app.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { untarGzip } from '../../helpers/untar.ts'

describe('dialects of FATE-Flow', () => {
  let test: TestApp
  let runner: FakeRunner
  beforeEach(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
  })
  afterEach(() => test.close())

  async function say(
    dialect: string | undefined,
    path: string,
    body: object = {},
  ): Promise<FateAnswer> {
    const response = await test.app.request(`/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(dialect === undefined ? {} : { [DIALECT_HEADER]: dialect }),
      },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, 200)
    return (await response.json()) as FateAnswer
  }

  async function submit(): Promise<string> {
    const { jobId } = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    return jobId ?? ''
  }

  it('1.0 has all keys of the envelope, 1.1 and 1.4 only those with something in them', async () => {
    const body = { namespace: 'bank', table_name: 'guest' }
    const all = ['data', 'jobId', 'meta', 'retcode', 'retmsg']
    const keys = async (dialect: string | undefined, path: string, sent: object) =>
      Object.keys(await say(dialect, path, sent)).toSorted()
    assert.deepEqual(await keys(undefined, 'table/table_info', body), all)
    assert.deepEqual(await keys('1.0', 'table/table_info', body), all)
    for (const dialect of ['1.1', '1.4']) {
      assert.deepEqual(await keys(dialect, 'table/table_info', body), ['data', 'retcode', 'retmsg'])
      // An empty list and a failure, of a handler and of a schema.
      assert.deepEqual(await say(dialect, 'model/version', { namespace: 'x' }), {
        retcode: 0,
        retmsg: 'success',
      })
      assert.deepEqual(await keys(dialect, 'job/query', { job_id: '1' }), ['retcode', 'retmsg'])
      assert.deepEqual(await keys(dialect, 'job/stop', {}), ['retcode', 'retmsg'])
    }
  })

  it('is chosen by the server for those who do not say', async () => {
    const other = await testApp({ settings: { fateDialect: '1.1' } })
    const answer = await other.post('/v1/model/version', { namespace: 'x' })
    assert.deepEqual(Object.keys(answer).toSorted(), ['retcode', 'retmsg'])
    await other.close()
  })

  it('refuses a name that there is none of', async () => {
    const answer = await say('9.9', 'model/version', { namespace: 'x' })
    assert.equal(answer.retcode, 100)
    assert.match(answer.retmsg, /no dialect "9\.9": the header fate-dialect takes 1\.0, 1\.1, 1\.4/)
  })

  it('from 1.1 a job stopped in line is canceled and one that ran is killed', async () => {
    const ids: string[] = []
    for (let job = 0; job < 6; job++) ids.push(await submit())
    const waiting = await say('1.1', 'job/stop', { job_id: ids[5] })
    assert.equal(waiting.retmsg, 'cancel job success')
    const running = await say('1.1', 'job/stop', { job_id: ids[0] })
    assert.equal(running.retmsg, 'kill job success')
    assert.equal((await say('1.0', 'job/stop', { job_id: ids[1] })).retmsg, 'success')
    const found = async (dialect: string, status: string) => {
      const rows = (await say(dialect, 'job/query', { status })).data as FateJobRow[] | undefined
      return [...new Set(rows?.map((row) => row.f_job_id))].toSorted()
    }
    assert.deepEqual(await found('1.1', 'canceled'), [ids[5]])
    assert.deepEqual(await found('1.1', 'failed'), [ids[0], ids[1]].toSorted())
    assert.deepEqual(await found('1.0', 'canceled'), [])
    assert.deepEqual(await found('1.0', 'failed'), [ids[0], ids[1], ids[5]].toSorted())
  })

  it('from 1.1 dependencies say what is passed on, and what runs at the party', async () => {
    const id = await submit()
    const missing = await say('1.1', 'pipeline/dag/dependency', { job_id: id })
    assert.deepEqual(
      [missing.retcode, missing.retmsg],
      [100, 'the following arguments are required: role,party_id '],
    )
    const at = { job_id: id, role: 'host', party_id: '10000' }
    const { data } = await say('1.1', 'pipeline/dag/dependency', at)
    const { dependencies, component_need_run: runs } = data as Record<string, object>
    assert.deepEqual(dependencies, {
      intersection_0: [{ component_name: 'dataio_0', type: 'data' }],
      hetero_lr_0: [{ component_name: 'intersection_0', type: 'data' }],
      evaluation_0: [{ component_name: 'hetero_lr_0', type: 'data' }],
    })
    assert.deepEqual(runs, {
      dataio_0: true,
      intersection_0: true,
      hetero_lr_0: true,
      evaluation_0: false,
    })
    const plain = await say('1.0', 'pipeline/dag/dependency', { job_id: id })
    const names = plain.data as Record<string, object>
    assert.deepEqual(names['dependencies'], {
      intersection_0: ['dataio_0'],
      hetero_lr_0: ['intersection_0'],
      evaluation_0: ['hetero_lr_0'],
    })
    assert.equal('component_need_run' in names, false)
  })

  it('from 1.4 downloaded rows begin with their heading, unless it is not wanted', async () => {
    const id = await submit()
    await runner.work(async (task) => {
      if (task.name !== 'dataio_0' || task.role !== 'guest') return
      await runner.report(task, {
        type: 'artifact',
        kind: 'table',
        name: 'data',
        location: 'anywhere',
        rows: 1,
        summary: { header: ['id', 'y'], kind: 'data' },
        preview: [['a', 1]],
      })
    })
    const rows = async (dialect: string, more: Record<string, string> = {}) => {
      const query = new URLSearchParams({ job_id: id, component_name: 'dataio_0', ...more })
      const response = await test.app.request(
        `/v1/tracking/component/output/data/download?${query}`,
        { headers: { [DIALECT_HEADER]: dialect } },
      )
      assert.ok(response.body)
      return (await untarGzip(response.body)).get('output_data.csv')
    }
    assert.equal(await rows('1.1'), 'a,1\n')
    assert.equal(await rows('1.4'), 'id,y\na,1\n')
    assert.equal(await rows('1.4', { head: 'false' }), 'a,1\n')
  })
})
