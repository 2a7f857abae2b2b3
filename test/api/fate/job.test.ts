import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { z } from '@hono/zod-openapi'

import { FateReply } from '../../../src/api/fate/field.ts'
import { FateConfig, FateJobs, FateSubmitted, FateTasks } from '../../../src/api/fate/schema.ts'
import type { FakeRunner, TestApp } from '../../helpers/app.ts'
import { startRunner, testApp, uploadTable } from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { untarGzip } from '../../helpers/untar.ts'

/** An app with a runner for everybody and the two tables of the training job. */
async function ready(): Promise<{ test: TestApp; runner: FakeRunner }> {
  const test = await testApp()
  const runner = await startRunner(test.db)
  await uploadTable(test, runner, { namespace: 'bank', name: 'guest', party: '9999' })
  await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
  return { test, runner }
}

/** Posts, and checks the answer against the documented schema. */
async function ask<S extends z.ZodType>(
  test: TestApp,
  path: string,
  call: { schema: S; body?: unknown },
): Promise<z.output<S>> {
  return call.schema.parse(await test.post(path, call.body))
}

async function submit(test: TestApp): Promise<string> {
  const answer = await ask(test, '/v1/job/submit', {
    schema: FateSubmitted,
    body: { job_dsl: trainDsl(), job_runtime_conf: trainConf() },
  })
  assert.equal(answer.retmsg, 'success')
  assert.ok(answer.jobId)
  return answer.jobId
}

describe('a FATE job that succeeds', () => {
  let test: TestApp
  let runner: FakeRunner
  let id: string
  before(async () => {
    ;({ test, runner } = await ready())
  })
  after(() => test.close())

  it('is submitted with its model and a link to its page', async () => {
    const answer = await ask(test, '/v1/job/submit', {
      schema: FateSubmitted,
      body: { job_dsl: trainDsl(), job_runtime_conf: trainConf() },
    })
    id = answer.jobId ?? ''
    assert.match(id, /^\d{21,25}$/)
    assert.deepEqual(answer, {
      retcode: 0,
      retmsg: 'success',
      jobId: id,
      meta: null,
      data: {
        job_dsl_path: `http://weft.test:9380/api/weft/jobs/${id}/request/job_dsl`,
        job_runtime_conf_path: `http://weft.test:9380/api/weft/jobs/${id}/request/job_runtime_conf`,
        model_info: {
          model_id: 'arbiter-10000#guest-9999#host-10000#model',
          model_version: id,
        },
        board_url: `http://weft.test:9380/jobs/${id}?job_id=${id}&role=guest&party_id=9999`,
        warnings: [
          'job_runtime_conf has parameters of "not_in_the_dsl_0", which the DSL does not have: they are ignored',
          'hetero_lr_0 has no parameter "a_parameter_of_another_version": it is ignored',
        ],
      },
    })
    const dsl = await test.app.request(`/api/weft/jobs/${id}/request/job_dsl`)
    assert.deepEqual(await dsl.json(), trainDsl())
  })

  it('becomes one task for each component, role and party, and no more', async () => {
    const response = await test.app.request(`/api/weft/jobs/${id}`)
    const { tasks } = (await response.json()) as { tasks: { id: string }[] }
    assert.deepEqual(
      tasks.map((task) => task.id),
      [
        `${id}_dataio_0_guest_9999`,
        `${id}_dataio_0_host_10000`,
        `${id}_intersection_0_guest_9999`,
        `${id}_intersection_0_host_10000`,
        `${id}_hetero_lr_0_arbiter_10000`,
        `${id}_hetero_lr_0_guest_9999`,
        `${id}_hetero_lr_0_host_10000`,
        `${id}_evaluation_0_guest_9999`,
        `${id}_evaluation_0_host_10000`,
      ],
    )
  })

  it('is listed once for each role and party while it runs, with the task of each', async () => {
    const [first] = await runner.claim(2)
    const answer = await ask(test, '/v1/job/query', { schema: FateJobs, body: { job_id: id } })
    assert.deepEqual(
      answer.data?.map((row) => [
        row.f_role,
        row.f_party_id,
        row.f_is_initiator,
        row.f_status,
        row.f_current_steps,
        row.f_current_tasks,
      ]),
      [
        ['arbiter', '10000', 0, 'running', null, '[]'],
        ['guest', '9999', 1, 'running', 'dataio_0', `["${id}_dataio_0"]`],
        ['host', '10000', 0, 'running', 'dataio_0', `["${id}_dataio_0"]`],
      ],
    )
    assert.equal(first.name, 'dataio_0')
    const [row] = answer.data ?? []
    assert.equal(row.f_roles, '{"guest":[9999],"host":[10000],"arbiter":[10000]}')
    assert.deepEqual(JSON.parse(row.f_dsl), trainDsl())
    assert.equal(row.f_end_time, null)
    assert.equal(row.f_elapsed, null)
    assert.equal(row.f_run_ip, 'weft.test:9380')
  })

  it('gives each task its own parameters, tables and members', async () => {
    const response = await test.db
      .selectFrom('task')
      .select(['name', 'role', 'spec', 'site'])
      .where('job_id', '=', id)
      .execute()
    const specs = new Map(
      response.map((row) => [`${row.name} ${row.role}`, JSON.parse(row.spec) as unknown]),
    )
    assert.deepEqual(specs.get('dataio_0 guest'), {
      type: 'component',
      module: 'DataIO',
      params: { with_label: true, label_idx: 0, output_format: 'dense' },
      members: { guest: ['9999'], host: ['10000'], arbiter: ['10000'] },
      data: [
        {
          slot: 'data',
          tables: [{ type: 'table', key: 'train_data', namespace: 'bank', name: 'guest' }],
        },
      ],
      models: [],
      run: true,
    })
    assert.deepEqual(specs.get('hetero_lr_0 arbiter'), {
      type: 'component',
      module: 'HeteroLR',
      params: {
        learning_rate: 0.15,
        max_iter: 10,
        init_param: { init_method: 'random_uniform', fit_intercept: true },
        need_run: true,
        // Kept, for the task to warn of in its log too.
        a_parameter_of_another_version: 1,
      },
      members: { guest: ['9999'], host: ['10000'], arbiter: ['10000'] },
      data: [{ slot: 'train_data', tables: [{ type: 'output', node: 'intersection_0' }] }],
      models: [],
      run: true,
    })
    assert.equal((specs.get('evaluation_0 host') as { run: boolean }).run, false)
    const sites = new Map(response.map((row) => [`${row.name} ${row.role}`, row.site]))
    assert.equal(sites.get('evaluation_0 guest'), 'site-1')
    assert.equal(sites.get('hetero_lr_0 arbiter'), null)
  })

  it('is a success at 100 % once every task has succeeded', async () => {
    const held = await test.db.selectFrom('lease').selectAll().execute()
    for (const lease of held) {
      await runner.settle({ taskId: lease.task_id, attemptId: lease.attempt_id } as never)
    }
    const done = await runner.work()
    assert.equal(held.length + done.length, 9)
    const answer = await ask(test, '/v1/job/query', {
      schema: FateJobs,
      body: { job_id: id, role: 'guest', party_id: 9999 },
    })
    const [row] = answer.data ?? []
    assert.equal(answer.data?.length, 1)
    assert.equal(row.f_status, 'success')
    assert.equal(row.f_progress, 100)
    assert.equal(row.f_elapsed, Number(row.f_end_time) - Number(row.f_start_time))
    assert.deepEqual(JSON.parse(row.f_runtime_conf).job_parameters, {
      work_mode: 0,
      model_id: 'arbiter-10000#guest-9999#host-10000#model',
      model_version: id,
    })
  })

  it('is found by every field that a client may ask for, and not by another value', async () => {
    const rows = (await ask(test, '/v1/job/query', { schema: FateJobs, body: { job_id: id } })).data
    const row = rows?.find((one) => one.f_role === 'host')
    assert.ok(row)
    const fields: [key: string, equal: unknown, other: unknown][] = [
      ['role', row.f_role, 'judge'],
      ['party_id', row.f_party_id, 77],
      ['roles', row.f_roles, '{"guest":[1]}'],
      ['initiator_party_id', '9999', 10000],
      ['is_initiator', 0, 1],
      ['dsl', row.f_dsl, '{"components":{}}'],
      ['runtime_conf', row.f_runtime_conf, 'not JSON'],
      ['run_ip', row.f_run_ip, 'elsewhere:1'],
      ['status', 'success', 'running'],
      ['progress', 100, 99],
      ['create_time', row.f_create_time, 1],
      ['update_time', row.f_update_time, 1],
      ['start_time', row.f_start_time, 1],
      ['end_time', row.f_end_time, 1],
      ['elapsed', row.f_elapsed, 123_456_789],
      ['name', '', 'x'],
      ['description', '', 'x'],
      ['tag', '', 'x'],
      ['current_tasks', '[]', '["x"]'],
    ]
    for (const [key, equal, other] of fields) {
      const found = await ask(test, '/v1/job/query', {
        schema: FateJobs,
        body: { job_id: id, role: 'host', [key]: equal },
      })
      assert.deepEqual(found.data, [row], `${key} = ${String(equal)}`)
      const missed = await ask(test, '/v1/job/query', {
        schema: FateJobs,
        body: { job_id: id, role: 'host', [key]: other },
      })
      assert.equal(missed.retcode, 101, `${key} = ${String(other)}`)
    }
  })

  it('is not found without a usable filter', async () => {
    for (const body of [{}, { colour: 'red' }, { job_id: null }]) {
      const answer = await ask(test, '/v1/job/query', { schema: FateJobs, body })
      assert.deepEqual(answer, {
        retcode: 101,
        retmsg: 'find job failed',
        data: null,
        jobId: null,
        meta: null,
      })
    }
  })

  it('tells its configuration as objects', async () => {
    const answer = await ask(test, '/v1/job/config', { schema: FateConfig, body: { job_id: id } })
    assert.deepEqual(answer.data?.dsl, trainDsl())
    assert.deepEqual(answer.data?.model_info, {
      model_id: 'arbiter-10000#guest-9999#host-10000#model',
      model_version: id,
    })
    assert.deepEqual(answer.data?.runtime_conf['role'], trainConf().role)
  })

  it('lists its tasks by their own fields', async () => {
    const answer = await ask(test, '/v1/job/task/query', {
      schema: FateTasks,
      body: { job_id: id, component_name: 'hetero_lr_0', party_id: '10000' },
    })
    assert.deepEqual(
      answer.data?.map((row) => [row.f_task_id, row.f_role, row.f_party_id, row.f_status]),
      [
        [`${id}_hetero_lr_0`, 'arbiter', '10000', 'success'],
        [`${id}_hetero_lr_0`, 'host', '10000', 'success'],
      ],
    )
    const [row] = answer.data ?? []
    const same = await ask(test, '/v1/job/task/query', {
      schema: FateTasks,
      body: {
        task_id: row.f_task_id,
        role: 'arbiter',
        status: 'success',
        elapsed: row.f_elapsed,
        start_time: row.f_start_time,
        operator: row.f_operator,
        run_ip: row.f_run_ip,
      },
    })
    assert.deepEqual(same.data, [row])
  })

  it('shows all tasks of all jobs without a filter, and says when there is none', async () => {
    const all = await ask(test, '/v1/job/task/query', { schema: FateTasks, body: {} })
    assert.equal(all.data?.length, 9)
    for (const body of [
      { status: 'running' },
      { task_id: 'nonsense' },
      { job_id: id, task_id: `${id}1_dataio_0` },
      { elapsed: 123_456_789 },
    ]) {
      const none = await ask(test, '/v1/job/task/query', { schema: FateTasks, body })
      assert.deepEqual([none.retcode, none.retmsg], [101, 'find task failed'])
    }
  })
})

describe('a FATE job that fails', () => {
  it('is failed with the reason of the task in its own record', async () => {
    const { test, runner } = await ready()
    const id = await submit(test)
    const [task] = await runner.claim()
    await runner.settle(task, { state: 'failed', reason: 'column y is missing' })
    const answer = await ask(test, '/v1/job/query', { schema: FateJobs, body: { job_id: id } })
    assert.deepEqual(
      answer.data?.map((row) => row.f_status),
      ['failed', 'failed', 'failed'],
    )
    const job = await (await test.app.request(`/api/weft/jobs/${id}`)).json()
    assert.match((job as { reason: string }).reason, /dataio_0: column y is missing/)
    await test.close()
  })
})

describe('job/stop', () => {
  it('fails a running job as version 1.0 does, and its tasks with it', async () => {
    const { test, runner } = await ready()
    const id = await submit(test)
    await runner.claim()
    const answer = await ask(test, '/v1/job/stop', { schema: FateReply, body: { job_id: id } })
    assert.deepEqual(answer, {
      retcode: 0,
      retmsg: 'success',
      data: null,
      jobId: id,
      meta: null,
    })
    for (const status of ['failed', 'canceled']) {
      const found = await ask(test, '/v1/job/query', {
        schema: FateJobs,
        body: { job_id: id, status },
      })
      assert.equal(found.retcode, status === 'failed' ? 0 : 101)
    }
    const tasks = await ask(test, '/v1/job/task/query', { schema: FateTasks, body: { job_id: id } })
    assert.deepEqual(new Set(tasks.data?.map((row) => row.f_status)), new Set(['failed']))
    assert.deepEqual(await runner.claim(), [])
    await test.close()
  })

  it('leaves a job that is over as it is', async () => {
    const { test, runner } = await ready()
    const id = await submit(test)
    await runner.work()
    await ask(test, '/v1/job/stop', { schema: FateReply, body: { job_id: id } })
    const found = await ask(test, '/v1/job/query', { schema: FateJobs, body: { job_id: id } })
    assert.equal(found.data?.[0].f_status, 'success')
    await test.close()
  })

  it('says which job it cannot find', async () => {
    const test = await testApp()
    const answer = await ask(test, '/v1/job/stop', { schema: FateReply, body: { job_id: '42' } })
    assert.deepEqual([answer.retcode, answer.retmsg], [100, 'can not found job: 42'])
    await test.close()
  })
})

describe('job/log', () => {
  it('is an archive with a folder for each party and component, and a file for each level', async () => {
    const { test, runner } = await ready()
    const id = await submit(test)
    const tasks = await runner.claim()
    const guest = tasks.find((task) => task.role === 'guest')
    assert.ok(guest)
    await runner.report(
      guest,
      { type: 'log', level: 'info', text: 'read 569 rows' },
      { type: 'log', level: 'debug', text: 'details' },
      { type: 'log', level: 'error', text: 'größer' },
    )
    const requests: [path: string, init: RequestInit][] = [
      [`/v1/job/log?job_id=${id}`, { method: 'GET' }],
      [`/v1/job/log?job_id=${id}`, { method: 'POST' }],
      [
        '/v1/job/log',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ job_id: id }),
        },
      ],
    ]
    for (const [path, init] of requests) {
      const response = await test.app.request(path, init)
      assert.equal(response.headers.get('content-type'), 'application/gzip')
      assert.equal(
        response.headers.get('content-disposition'),
        `attachment; filename="job_${id}_log.tar.gz"`,
      )
      assert.ok(response.body)
      const files = await untarGzip(response.body)
      const lines = (name: string) =>
        (files.get(name) ?? 'no such file').split('\n').map((line) => line.replace(/^\S+ /, ''))
      for (const folder of ['guest/9999', 'guest/9999/dataio_0']) {
        assert.deepEqual(lines(`${folder}/DEBUG.log`), [
          '[INFO] read 569 rows',
          '[DEBUG] details',
          '[ERROR] größer',
          '',
        ])
        assert.deepEqual(lines(`${folder}/INFO.log`), [
          '[INFO] read 569 rows',
          '[ERROR] größer',
          '',
        ])
        assert.deepEqual(lines(`${folder}/WARNING.log`), ['[ERROR] größer', ''])
        assert.deepEqual(lines(`${folder}/ERROR.log`), ['[ERROR] größer', ''])
      }
      assert.equal(files.get('host/10000/INFO.log'), '')
      assert.equal(files.size, 4 * (3 + 9))
    }
    await test.close()
  })

  it('is complete for a log of more than one page', async () => {
    const { test, runner } = await ready()
    const id = await submit(test)
    const [task] = await runner.claim()
    const texts = Array.from({ length: 1100 }, (_, index) => `line ${index}`)
    await runner.report(
      task,
      ...texts.map((text) => ({ type: 'log' as const, level: 'info', text })),
    )
    const response = await test.app.request(`/v1/job/log?job_id=${id}`)
    assert.ok(response.body)
    const files = await untarGzip(response.body)
    const log = files.get(`${task.role}/${task.party}/INFO.log`) ?? ''
    assert.deepEqual(
      log
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^.*\] /, '')),
      texts,
    )
    await test.close()
  })

  it('is an empty archive for a job that does not exist', async () => {
    const test = await testApp()
    const response = await test.app.request('/v1/job/log?job_id=42')
    assert.equal(response.status, 200)
    assert.ok(response.body)
    assert.equal((await untarGzip(response.body)).size, 0)
    await test.close()
  })
})
