/**
 * The samples of works' document over HTTP, as they are written there, against a real server and a real runner. The
 * runner's Flink is one that refuses every session, so that what follows a failure is seen as well; the suite of
 * `test/flink` has a real one.
 * @module
 */
import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'

/** The sample of a PATCH, with its commas. */
const PATCH_SAMPLE = `{
  "name": "测试作业2",
  "description": "一个测试作业",
  "status": 2,
  "work_directory": "/001a619f966644ff886976fbdb637fcb",
  "main_class_name": "Main",
  "extra_params": ["-Doptions fdfdf", ],
  "java_version": "8",
  "run_frequency": "hourly",
}`

/** The sample of a GET that has a body, with its comma. */
const TASKS_SAMPLE = `{
  "work_id": "001a619f966644ff886976fbdb637fcb",
}`

/** What the document's sample of a work says of one that was just made. */
const WORK_SAMPLE = {
  user_id: '001a619f966644ff886976fbdb637fcb',
  name: '测试作业',
  description: '一个测试作业',
  status: 1,
  work_directory: '/001a619f966644ff886976fbdb637fcb',
  main_class_name: 'Main',
  extra_params: ['-Doptions fdfdf'],
  java_version: '8',
  run_frequency: 'hourly',
  deleted_at: null,
}

/** The keys of the document's samples, in their order. */
const WORK_KEYS = [
  'work_id',
  'lambda_id',
  'user_id',
  'name',
  'description',
  'status',
  'work_directory',
  'main_class_name',
  'extra_params',
  'java_version',
  'run_frequency',
  'created_at',
  'updated_at',
  'deleted_at',
]
const TASK_KEYS = ['task_id', 'work_id', 'status', 'started_at', 'ended_at', 'run_time']
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

interface Reply {
  readonly code: number
  readonly msg?: string
  readonly total?: number
  // oxlint-disable-next-line typescript/no-explicit-any -- what comes over the wire
  readonly data?: any
}

describe('the document of works', { timeout: 180_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  const told: Record<string, unknown>[] = []
  let flink: Server
  let own = ''
  let base = ''
  let id = ''

  before(async () => {
    flink = createServer((incoming, answer) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => {
        if (incoming.url === '/hook/secret') {
          told.push(JSON.parse(text) as Record<string, unknown>)
          answer.end()
        } else {
          answer.writeHead(400, { 'content-type': 'application/json' })
          answer.end(JSON.stringify({ errors: ["No session today, 'password' = 'hunter2'"] }))
        }
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => flink.once('listening', resolve))
    own = `http://127.0.0.1:${(flink.address() as AddressInfo).port}`
    const folder = await freshFolder('works')
    folders.push(folder)
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_PORT: '0',
      WEFT_LOG_LEVEL: 'warn',
      WEFT_WEBHOOK_HOSTS: '127.0.0.1',
    }
    const app = await start({ entry: 'serve.ts', env, ready: /^weft listening on (http:\S+)$/ })
    processes.push(app)
    base = `${app.match[1]}/api/v1/works`
    processes.push(
      await start({
        entry: 'runner.ts',
        env: { ...env, WEFT_FLINK_URL: own, WEFT_FLINK_GATEWAY_URL: own },
        ready: /weft runner ready/,
      }),
    )
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    flink.close()
    await removeFolders(folders)
  })

  /** Sends a body with any method, also one that `fetch` sends none with. */
  function ask(method: string, path: string, body?: string): Promise<[number, Reply]> {
    return new Promise((done, fail) => {
      const sent = request(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      })
      sent.on('error', fail)
      sent.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          try {
            done([response.statusCode ?? 0, JSON.parse(text) as Reply])
          } catch (error) {
            fail(error)
          }
        })
      })
      sent.end(body)
    })
  }

  it('0: a work is created with every parameter of the table', async () => {
    const [status, reply] = await ask(
      'POST',
      '',
      JSON.stringify({
        user_id: '001a619f966644ff886976fbdb637fcb',
        name: '测试作业',
        description: '一个测试作业',
        type: 'BATCH',
        category: 'FLINK_SQL',
        status: 1,
        work_directory: '/001a619f966644ff886976fbdb637fcb',
        main_class_name: 'Main',
        extra_params: '"-Doptions fdfdf"',
        java_version: '8',
        run_frequency: 'hourly',
        created_at: '2021-12-01T16:53:34Z',
        updated_at: '2021-12-01T16:53:34Z',
        deleted_at: null,
        script: 'SELECT 1',
        webhook: `${own}/hook/secret`,
      }),
    )
    assert.deepEqual([status, reply.code], [200, 0], reply.msg)
    id = String(reply.data.work_id)
  })

  it('1: it is read with every key of the sample, in its order', async () => {
    const [status, { code, data }] = await ask('GET', `/${id}`)
    assert.deepEqual([status, code], [200, 0])
    const keys = Object.keys(data as object).filter((key) => WORK_KEYS.includes(key))
    assert.deepEqual(keys, WORK_KEYS)
    assert.partialDeepStrictEqual(data, {
      ...WORK_SAMPLE,
      work_id: id,
      created_at: '2021-12-01T16:53:34Z',
      updated_at: '2021-12-01T16:53:34Z',
    })
    assert.match(data.lambda_id, /^[0-9a-f]{32}$/)
    assert.equal(data.webhook, `${own}/***`)
  })

  it('2: the sample of a change is refused as it is written, and taken without its commas', async () => {
    const [status, refused] = await ask('PATCH', `/${id}`, PATCH_SAMPLE)
    assert.deepEqual([status, refused.code], [400, 400102])
    assert.match(refused.msg ?? '', /a comma before "\]".*line 7, column 39/)
    const body = PATCH_SAMPLE.replaceAll(/,(\s*[}\]])/g, '$1')
    const [, { code, msg, data }] = await ask('PATCH', `/${id}`, body)
    assert.equal(code, 0, msg)
    // Its status 2 starts it: it is under way, or has failed at this Flink by now.
    assert.ok([1, 2, 4].includes(data.status as number), String(data.status))
    assert.partialDeepStrictEqual(data, { ...WORK_SAMPLE, name: '测试作业2', status: data.status })
    assert.match(data.next_run_at, /:00:00Z$/)
  })

  it('4 and 5: it is listed and found, as a bare array', async () => {
    for (const path of [
      `?limit=10&offset=1&name=${encodeURIComponent('测试作业2')}`,
      '?limit=10&offset=1&user_id=001a619f966644ff886976fbdb637fcb&run_frequency=hourly',
      `/search?limit=10&offset=1&name=${encodeURIComponent('作业')}`,
      `/search?limit=10&offset=0&description=${encodeURIComponent('测试')}`,
    ]) {
      const [status, reply] = await ask('GET', path)
      assert.deepEqual([status, reply.code, reply.total], [200, 0, 1], path)
      assert.equal(reply.data[0].work_id, id)
    }
    const [, none] = await ask('GET', '/search?limit=10&offset=2')
    assert.deepEqual(none.data, [])
  })

  it('6 and 7: its tasks, asked for with the body of the sample, and one of them in detail', async () => {
    let tasks: Reply['data'] = []
    await until('the task has failed', async () => {
      const [status, reply] = await ask('GET', `/${id}/tasks`, TASKS_SAMPLE)
      assert.equal(status, 200)
      tasks = reply.data
      return tasks[0]?.status === 4
    })
    assert.equal(tasks.length, 1)
    const [task] = tasks
    assert.deepEqual(
      Object.keys(task as object).filter((key) => TASK_KEYS.includes(key)),
      TASK_KEYS,
    )
    assert.match(task.started_at, TIME)
    assert.match(task.ended_at, TIME)
    assert.equal(Number.isInteger(task.run_time), true)
    const [, detail] = await ask('GET', `/${id}/tasks/${task.task_id}`)
    assert.match(detail.data.error_message, /No session today/)
    assert.deepEqual([detail.data.statements, detail.data.trigger], [[], 'manual'])
  })

  it('beside it: its webhook is told of the failure, once and without secrets', async () => {
    await until('the webhook is told', async () => told.length > 0, 60)
    assert.partialDeepStrictEqual(told[0] ?? {}, { event: 'work.failed', work_id: id, attempt: 1 })
    assert.match(String(told[0]?.['error_message']), /'password' = \*\*\*/)
    await until('the task says so', async () => {
      const [, { data }] = await ask('GET', `/${id}/tasks`)
      const events = await fetch(`${base.replace('/api/v1/works', '')}/jobs/${data[0].task_id}`)
      return (await events.text()).includes('The webhook of the work was told')
    })
    assert.equal(told.length, 1)
  })

  it('beside it: files go to its folder and come back', async () => {
    const url = `${base}/${id}/files/main.sql`
    const text = 'SELECT 1;\n'.repeat(5000)
    const put = await fetch(url, { method: 'PUT', body: text })
    assert.deepEqual([put.status, ((await put.json()) as Reply).data.bytes], [200, text.length])
    assert.equal(await (await fetch(url)).text(), text)
    const [status, refused] = await ask('GET', `/${id}/files/..%2F..%2Fweft.db`)
    assert.deepEqual([status, refused.code], [400, 400100])
  })

  it('3: it is deleted, and is not found from then on', async () => {
    const [status, reply] = await ask('DELETE', `/${id}`)
    assert.deepEqual([status, reply], [200, { code: 0 }])
    for (const [method, path] of [
      ['GET', `/${id}`],
      ['DELETE', `/${id}`],
      ['GET', `/${id}/tasks`],
    ] as const) {
      const [gone, none] = await ask(method, path)
      assert.deepEqual([gone, none.code], [404, 404100])
    }
    assert.equal((await ask('GET', '?limit=10&offset=1'))[1].total, 0)
  })
})
