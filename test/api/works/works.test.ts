import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { z } from '@hono/zod-openapi'

import type {
  WorksResult,
  WorksTask,
  WorksTaskDetail,
  WorksWork,
} from '../../../src/api/works/schema.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

interface Reply<D> {
  code: number
  msg?: string
  data: D
  total?: number
}
type WireWork = z.infer<typeof WorksWork>
type WireTask = z.infer<typeof WorksTask>

describe('works', () => {
  let test: TestApp
  let runner: FakeRunner
  let now = Date.parse('2021-12-01T16:53:34.500Z')

  before(async () => {
    test = await testApp({ deps: { now: () => now } })
    runner = await startRunner(test.db, { engines: ['duckdb'] })
  })
  after(() => test.close())

  async function ask<D = WireWork>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<[number, Reply<D>]> {
    const response = await test.app.request(`/api/v1/works${path}`, {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': 'application/json' },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    })
    return [response.status, (await response.json()) as Reply<D>]
  }
  const create = async (more: object = {}) => {
    const [status, reply] = await ask('POST', '', { ...SAMPLE, ...more })
    assert.deepEqual([status, reply.code], [200, 0], reply.msg)
    return reply.data
  }

  const SAMPLE = {
    user_id: '001a619f966644ff886976fbdb637fcb',
    name: '测试作业',
    description: '一个测试作业',
    type: 'BATCH',
    category: 'FLINK_SQL',
    work_directory: '/001a619f966644ff886976fbdb637fcb',
    main_class_name: 'Main',
    extra_params: ['-Doptions fdfdf'],
    java_version: '8',
    run_frequency: 'hourly',
  }

  it('creates a work that has every key of the document, and reads it again', async () => {
    const made = await create()
    assert.match(made.work_id, /^[0-9a-f]{32}$/)
    assert.match(made.lambda_id, /^[0-9a-f]{32}$/)
    const { work_id: id } = made
    assert.partialDeepStrictEqual(made, {
      ...SAMPLE,
      status: 1,
      created_at: '2021-12-01T16:53:34Z',
      updated_at: '2021-12-01T16:53:34Z',
      deleted_at: null,
    })
    const [, read] = await ask('GET', `/${id}`)
    assert.deepEqual(read.data, made)
  })

  it('splits a line of parameters as a shell would, and takes a number for a version of Java', async () => {
    const made = await create({ extra_params: `-Da='b c' "d e" f\\ g`, java_version: 17 })
    assert.deepEqual(made.extra_params, ['-Da=b c', 'd e', 'f g'])
    assert.equal(made.java_version, '17')
  })

  it('starts by status 2 and stops by status 6, with the task beside it', async () => {
    const { work_id: id } = await create()
    const [, started] = await ask('PATCH', `/${id}`, { name: '测试作业2', status: 2 })
    assert.equal(started.data.name, '测试作业2')
    assert.equal(started.data.status, 2)
    assert.equal(started.data.paused, false)
    assert.equal(started.data.next_run_at, '2021-12-01T17:00:00Z')
    const [, tasks] = await ask<WireTask[]>('GET', `/${id}/tasks`)
    assert.equal(tasks.data.length, 1)
    assert.partialDeepStrictEqual(tasks.data[0] ?? {}, {
      task_id: started.data.task_id,
      work_id: id,
      status: 2,
      started_at: null,
      ended_at: null,
      run_time: 0,
    })
    const [again, conflict] = await ask('PATCH', `/${id}`, { status: 2 })
    assert.deepEqual([again, conflict.code], [409, 409100])
    assert.match(conflict.msg ?? '', /running already, in task/)

    const [, stopped] = await ask('PATCH', `/${id}`, { status: 6 })
    assert.equal(stopped.data.status, 6)
    assert.equal(stopped.data.paused, true)
    assert.equal(stopped.data.next_run_at, null)
    const [, task] = await ask<WireTask>('GET', `/${id}/tasks/${started.data.task_id}`)
    assert.equal(task.data.status, 5)
  })

  it('tells of every job of a task, also where an older runner told of the last only', async () => {
    const { work_id: id } = await create({ run_frequency: null, script: 'SELECT 1' })
    await ask('PATCH', `/${id}`, { status: 2 })
    const [task] = await runner.claim(1)
    assert.ok(task)
    const statement = (index: number, jobId: string) => ({
      type: 'fact' as const,
      key: `statement.${index}`,
      value: {
        index,
        sql: 'INSERT',
        line: 1,
        status: 'RUNNING',
        rows: null,
        startedAt: now,
        endedAt: null,
        error: null,
        jobId,
      },
    })
    const told = (jobId: string) => ({
      url: `http://flink/${jobId}`,
      metrics: { state: 'RUNNING', of: jobId },
      checkpoints: { of: jobId },
      exceptions: [{ name: `of ${jobId}` }],
    })
    const fact = (key: string, value: unknown) => ({ type: 'fact' as const, key, value })
    await runner.report(
      task,
      statement(0, 'one'),
      statement(1, 'two'),
      fact('job_id', 'two'),
      fact('job.one', told('one')),
      fact('metrics', { of: 'an older runner' }),
    )
    const at = `/${id}/tasks/${task.jobId}`
    const detail = async () => (await ask<z.infer<typeof WorksTaskDetail>>('GET', at))[1].data
    assert.deepEqual((await detail()).jobs, [
      { job_id: 'one', statement: 0, ...told('one') },
      {
        job_id: 'two',
        statement: 1,
        url: null,
        metrics: { of: 'an older runner' },
        checkpoints: null,
        exceptions: [],
      },
    ])
    await runner.report(task, fact('job.two', told('two')))
    const { jobs, exceptions, metrics, checkpoints } = await detail()
    assert.deepEqual(jobs[1], { job_id: 'two', statement: 1, ...told('two') })
    assert.deepEqual(exceptions, [{ name: 'of one' }, { name: 'of two' }])
    assert.deepEqual([metrics, checkpoints], [told('two').metrics, told('two').checkpoints])
    await runner.settle(task, { state: 'succeeded' })
  })

  it('lists the savepoints of every task of a work, newest first', async () => {
    const { work_id: id } = await create({ run_frequency: null, script: 'SELECT 1' })
    await ask('PATCH', `/${id}`, { status: 2 })
    const [task] = await runner.claim(1)
    assert.ok(task)
    const value = [1, 2, 3].map((each) => ({
      path: `file:/savepoint-${each}`,
      at: `2030-01-0${each}T00:00:00.000Z`,
      job_id: 'j',
    }))
    await runner.report(task, { type: 'fact', key: 'savepoints', value })
    const savepoints = async (query: string) => {
      const [status, body] = await ask<Record<string, unknown>[]>(
        'GET',
        `/${id}/savepoints?${query}`,
      )
      return { status, ...body }
    }
    const first = await savepoints('limit=2')
    assert.deepEqual(first.data[0], {
      savepoint_path: 'file:/savepoint-3',
      task_id: task.jobId,
      job_id: 'j',
      written_at: '2030-01-03T00:00:00Z',
    })
    assert.deepEqual([first.data.length, first.total], [2, 3])
    assert.equal((await savepoints('limit=2&offset=2')).data.length, 1)
    assert.equal((await savepoints('q=POINT-2')).data.length, 1)
    assert.equal((await savepoints('offset=-1')).code, 400101)
    assert.equal((await ask('GET', '/nothing/savepoints'))[1].code, 404100)
    await runner.settle(task, { state: 'succeeded' })
  })

  it('says how long a task took once it is over', async () => {
    const { work_id: id } = await create({ run_frequency: null })
    await ask('PATCH', `/${id}`, { status: 2 })
    const [task] = await runner.claim(1)
    assert.ok(task)
    assert.equal(task.spec.type, 'work')
    let [, list] = await ask<WireTask[]>('GET', `/${id}/tasks`)
    assert.equal(list.data[0]?.status, 3)
    await runner.settle(task, { state: 'succeeded' })
    ;[, list] = await ask<WireTask[]>('GET', `/${id}/tasks`)
    assert.equal(list.data[0]?.status, 0)
    assert.ok(list.data[0]?.ended_at)
    const [, work] = await ask('GET', `/${id}`)
    assert.equal(work.data.status, 7)
  })

  it('shows of a task what its engine told: statements, rows, log', async () => {
    const { work_id: id } = await create({ run_frequency: null, script: 'SELECT 1' })
    await ask('PATCH', `/${id}`, { status: 2 })
    const [task] = await runner.claim(1)
    assert.ok(task)
    const statement = { index: 0, sql: 'SELECT 1', line: 1, status: 'FINISHED', rows: 3 }
    const times = { startedAt: now, endedAt: now, error: null, jobId: null }
    await runner.report(
      task,
      { type: 'fact', key: 'statement.0', value: { ...statement, ...times } },
      { type: 'fact', key: 'job_id', value: 'abc' },
      {
        type: 'fact',
        key: 'result.0',
        value: {
          columns: [
            { name: 'a', type: 'INT' },
            { name: 'b', type: 'STRING' },
          ],
          rows: [
            [1, 'x,"y"'],
            [2, null],
            [3, 'z'],
          ],
          total: 3,
        },
      },
      { type: 'log', level: 'info', text: 'first' },
      { type: 'log', level: 'info', text: 'second' },
    )
    const at = `/${id}/tasks/${task.jobId}`
    const [, detail] = await ask<z.infer<typeof WorksTaskDetail>>('GET', at)
    assert.equal(detail.data.engine_job_id, 'abc')
    assert.partialDeepStrictEqual(detail.data.statements[0], {
      ...statement,
      result_ref: `/api/v1/works${at}/result?statement=0`,
    })
    const [, page] = await ask<z.infer<typeof WorksResult>>('GET', `${at}/result?page=2&limit=2`)
    assert.deepEqual([page.data.rows, page.data.total], [[[3, 'z']], 3])
    const csv = await test.app.request(`/api/v1/works${at}/result?format=csv`)
    assert.equal(await csv.text(), 'a,b\r\n1,"x,""y"""\r\n2,\r\n3,z\r\n')
    const [, log] = await ask<{ lines: { text: string }[] }>('GET', `${at}/logs?tail=1`)
    assert.deepEqual(
      log.data.lines.map(({ text }) => text),
      ['second'],
    )
    const [status, none] = await ask('GET', `${at}/result?statement=7`)
    assert.deepEqual([status, none.code], [404, 404101])
    const [refused, savepoint] = await ask('POST', `${at}/savepoints`, { stop: true })
    assert.deepEqual([refused, savepoint.code], [409, 409100])
    await runner.settle(task)
  })

  it('deletes softly: nothing finds it but who asks for deleted ones', async () => {
    const { work_id: id } = await create({ name: 'to delete' })
    assert.deepEqual(await ask('DELETE', `/${id}`), [200, { code: 0 }])
    for (const [method, path] of [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
      ['GET', `/${id}/tasks`],
    ] as const) {
      const [status, reply] = await ask(method, path, method === 'PATCH' ? {} : undefined)
      assert.deepEqual([status, reply.code], [404, 404100], `${method} ${path}`)
    }
    const [, hidden] = await ask<WireWork[]>('GET', '?name=to%20delete')
    assert.deepEqual([hidden.data, hidden.total], [[], 0])
    const [, shown] = await ask<WireWork[]>('GET', '?name=to%20delete&include_deleted=true')
    assert.equal(shown.data[0]?.work_id, id)
    assert.notEqual(shown.data[0]?.deleted_at, null)
  })

  it('lists by whole values and searches by parts of them, in pages from 1', async () => {
    for (const name of ['Alpha 100%', 'alphabet', 'beta']) {
      now += 1000
      await create({ name, user_id: 'lister', run_frequency: name === 'beta' ? 'daily' : null })
    }
    const names = async (path: string) => {
      const [status, reply] = await ask<WireWork[]>('GET', path)
      assert.equal(status, 200, reply.msg)
      return reply.data.map(({ name }) => name)
    }
    assert.deepEqual(await names('?user_id=lister&limit=2&offset=1'), ['beta', 'alphabet'])
    assert.deepEqual(await names('?user_id=lister&limit=2&offset=2'), ['Alpha 100%'])
    assert.deepEqual(await names('?user_id=lister&limit=2&offset=0'), ['beta', 'alphabet'])
    assert.deepEqual(await names('?user_id=lister&skip=1'), ['alphabet', 'Alpha 100%'])
    assert.deepEqual(await names('?user_id=lister&order=name,ASC'), [
      'Alpha 100%',
      'alphabet',
      'beta',
    ])
    assert.deepEqual(await names('?name=alpha&user_id=lister'), [])
    assert.deepEqual(await names('/search?name=ALPHA&user_id=lister'), ['alphabet', 'Alpha 100%'])
    assert.deepEqual(await names('/search?name=0%25&user_id=lister'), ['Alpha 100%'])
    assert.deepEqual(await names('/search?name=_&user_id=lister'), [])
    assert.deepEqual(await names('/search?q=BET&user_id=lister'), ['beta', 'alphabet'])
    assert.deepEqual(await names('?user_id=lister&run_frequency=daily'), ['beta'])
    assert.deepEqual(await names('?user_id=lister&status=1,7'), ['beta', 'alphabet', 'Alpha 100%'])
    assert.deepEqual(await names('?user_id=lister&status=4'), [])
  })

  it('keeps every change of what is run as a version, and goes back to one', async () => {
    const { work_id: id } = await create({ script: 'SELECT 1' })
    const [, changed] = await ask('PATCH', `/${id}`, { script: 'SELECT 2' })
    assert.equal(changed.data.version, 2)
    const [, renamed] = await ask('PATCH', `/${id}`, { name: 'other' })
    assert.equal(renamed.data.version, 2)
    const [, back] = await ask<{ version: number }>('POST', `/${id}/versions/1/restore`)
    assert.deepEqual(back.data, { version: 3 })
    const [, all] = await ask<{ version: number; script: string }[]>('GET', `/${id}/versions`)
    assert.deepEqual(
      all.data.map(({ version, script }) => [version, script]),
      [
        [3, 'SELECT 1'],
        [2, 'SELECT 2'],
        [1, 'SELECT 1'],
      ],
    )
    const [status, none] = await ask('POST', `/${id}/versions/9/restore`)
    assert.deepEqual([status, none.code], [404, 404103])
  })

  const REFUSED: readonly [what: string, body: object | string, code: number, message: RegExp][] = [
    ['a name that is missing', { ...SAMPLE, name: undefined }, 400101, /name: is missing/],
    [
      'an unknown category',
      { ...SAMPLE, category: 'PYFLINK' },
      400101,
      /category: expected "FLINK_SQL"/,
    ],
    [
      'a path outside the works folder',
      { ...SAMPLE, work_directory: '/../etc' },
      400101,
      /work_directory: expected a path below/,
    ],
    ['a status that there is not', { ...SAMPLE, status: 8 }, 400101, /status/],
    ['a frequency on a STREAMING work', { ...SAMPLE, type: 'STREAMING' }, 400100, /run_frequency/],
    [
      'a cron that cannot be',
      { ...SAMPLE, cron: '61 * * * *' },
      400100,
      /cron is "61 \* \* \* \*"/,
    ],
    [
      'a time zone that there is not',
      { ...SAMPLE, cron: '0 1 * * *', timezone: 'Mars/Base' },
      400100,
      /timezone/,
    ],
    ['an open quote', { ...SAMPLE, extra_params: `a 'b` }, 400100, /extra_params: the quote/],
    [
      'the commas of the document’s samples',
      '{\n  "name": "测试作业2",\n  "extra_params": ["-Doptions fdfdf", ]\n}',
      400102,
      /a comma before "\]", where JSON has none, at position \d+ \(line 3, column 39\)/,
    ],
    ['half a body', '{"name": ', 400102, /it ends too early/],
  ]
  for (const [what, body, code, message] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const [status, reply] = await ask('POST', '', body)
      assert.deepEqual([status, reply.code], [Math.floor(code / 1000), code], reply.msg)
      assert.match(reply.msg ?? '', message)
    })
  }

  for (const query of [
    'offset=-1',
    'limit=0',
    'limit=x',
    'status=8',
    'order=size',
    'run_frequency=yearly',
  ]) {
    it(`refuses ?${query} by the name of the field`, async () => {
      const [status, reply] = await ask('GET', `?${query}`)
      assert.deepEqual([status, reply.code], [400, 400101])
      assert.match(reply.msg ?? '', new RegExp(`^${query.split('=')[0]}: expected`))
    })
  }

  it('refuses a JAR where no cluster is, by name', async () => {
    const { work_id: id } = await create({ category: 'FLNK_JAR', run_frequency: 'once' })
    const [status, reply] = await ask('PATCH', `/${id}`, { status: 2 })
    assert.deepEqual([status, reply.code], [503, 503100])
    assert.match(reply.msg ?? '', /runs a JAR, which needs Flink.*WEFT_FLINK_URL/)
  })

  it('tells what its numbers mean', async () => {
    const [, reply] = await ask<Record<'work' | 'task' | 'codes', Record<string, string>>>(
      'GET',
      '/statuses',
    )
    assert.equal(reply.data.work['7'], 'FINISHED')
    assert.equal(reply.data.task['0'], 'SUCCEEDED')
    assert.match(reply.data.codes['400102'] ?? '', /position/)
  })

  it('answers an unknown path and an unknown work in its own form', async () => {
    const [path, none] = await ask('GET', '/a/b/c')
    assert.deepEqual([path, none.code], [404, 404102])
    const [work, missing] = await ask('GET', '/002588b939b34699a278f7362c4313fa')
    assert.deepEqual([work, missing.code], [404, 404100])
  })
})
