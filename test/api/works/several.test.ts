import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { worksSurface } from '../../../src/api/works/index.ts'
import { workFiles } from '../../../src/bin/work-files.ts'
import { startRunner, testApp, type TestApp } from '../../helpers/app.ts'
import { SILENT } from '../../helpers/deps.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { matchSnapshot } from '../../helpers/snapshot.ts'

interface Reply {
  code: number
  msg?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what comes over the wire
  data: any
}

const SAMPLE = {
  user_id: 'ann',
  name: 'a work',
  description: '',
  type: 'BATCH',
  category: 'FLINK_SQL',
  script: 'SELECT 1',
}

describe('many works', () => {
  let test: TestApp
  let bare: TestApp
  let folder: string

  before(async () => {
    folder = await temporaryFolder()
    bare = await testApp()
    test = await testApp({ deps: { files: { ...bare.files, works: workFiles(folder) } } })
    await startRunner(test.db, { engines: ['duckdb'] })
  })
  after(async () => {
    await test.close()
    await bare.close()
  })

  async function ask(method: string, path: string, body?: unknown): Promise<[number, Reply]> {
    const response = await test.app.request(`/api/v1/works${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return [response.status, (await response.json()) as Reply]
  }
  const create = async (more: object = {}) =>
    (await ask('POST', '', { ...SAMPLE, ...more }))[1].data

  it('are started and stopped at once, where one that cannot be does not keep the others back', async () => {
    const [a, b] = [await create(), await create({ run_frequency: 'daily' })]
    const ids = [a.work_id, 'nobody', b.work_id]
    const [status, started] = await ask('POST', '/start', { work_ids: ids })
    assert.equal(status, 200)
    assert.deepEqual(
      started.data.map((each: Reply & { work_id: string; status: number }) => [
        each.work_id,
        each.code,
        each.status,
      ]),
      [
        [a.work_id, 0, 2],
        ['nobody', 404100, null],
        [b.work_id, 0, 2],
      ],
    )
    const [, again] = await ask('POST', '/start', { work_ids: [a.work_id] })
    assert.deepEqual(
      [again.data[0].code, again.data[0].msg.includes('already, in task')],
      [409100, true],
    )
    const [, stopped] = await ask('POST', '/stop', { work_ids: [a.work_id, b.work_id] })
    assert.deepEqual(
      stopped.data.map(({ code, status: now }: { code: number; status: number }) => [code, now]),
      [
        [0, 6],
        [0, 6],
      ],
    )
    assert.equal((await ask('GET', `/${b.work_id}`))[1].data.paused, true)
  })

  for (const [what, ids] of [
    ['none', []],
    ['one twice', ['a', 'a']],
    ['too many', Array.from({ length: 1001 }, (_, at) => `w${at}`)],
  ] as const) {
    it(`are refused where the request names ${what}`, async () => {
      const [status, reply] = await ask('POST', '/start', { work_ids: ids })
      assert.deepEqual([status, reply.code], [400, 400101])
      assert.match(reply.msg ?? '', /^work_ids/)
    })
  }

  it('are made like one another, with a life of their own', async () => {
    const from = await create({ retries: 2, webhook: 'https://h.example/x', cron: '0 3 * * *' })
    await ask('PATCH', `/${from.work_id}`, { script: 'SELECT 2' })
    const [status, copied] = await ask('POST', `/${from.work_id}/copy`, { name: 'the other' })
    assert.equal(status, 200, copied.msg)
    assert.notEqual(copied.data.work_id, from.work_id)
    assert.partialDeepStrictEqual(copied.data, {
      name: 'the other',
      script: 'SELECT 2',
      retries: 2,
      cron: '0 3 * * *',
      webhook: 'https://h.example/***',
      status: 1,
      version: 1,
      paused: true,
      task_id: null,
    })
    const [, unnamed] = await ask('POST', `/${from.work_id}/copy`)
    assert.equal(unnamed.data.name, SAMPLE.name)
  })

  it('show where a webhook leads and no more, and what is sent back changes nothing', async () => {
    const secret = 'https://hooks.example/T0/secret'
    const { work_id: id, webhook } = await create({ webhook: secret })
    assert.equal(webhook, 'https://hooks.example/***')
    await ask('PATCH', `/${id}`, { webhook, retries: 1 })
    const row = await test.db
      .selectFrom('work')
      .select('settings')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.match(row.settings, /T0\/secret.*"retries":1|"retries":1.*T0\/secret/)
    await ask('PATCH', `/${id}`, { webhook: null })
    assert.equal((await ask('GET', `/${id}`))[1].data.webhook, null)
  })

  it('have the time limit of each run beside it', async () => {
    const { work_id: id } = await create({ time_limit_seconds: 90 })
    await ask('PATCH', `/${id}`, { status: 2 })
    await ask('PATCH', `/${id}`, { time_limit_seconds: 10 })
    const [, tasks] = await ask('GET', `/${id}/tasks`)
    assert.equal(tasks.data[0].time_limit_seconds, 90)
  })

  it('have versions that are compared, line by line and field by field', async () => {
    const { work_id: id } = await create({ script: 'SELECT 1;\nSELECT 2;' })
    await ask('PATCH', `/${id}`, { script: 'SELECT 1;\nSELECT 3;', extra_params: ['-a'] })
    await ask('PATCH', `/${id}`, { extra_params: ['-b'] })
    const [, second] = await ask('GET', `/${id}/versions/2/diff`)
    assert.deepEqual(second.data, {
      version: 2,
      against: 1,
      fields: [{ field: 'extra_params', before: null, after: ['-a'] }],
      lines: [
        { kind: 'same', text: 'SELECT 1;', before: 1, after: 1 },
        { kind: 'removed', text: 'SELECT 2;', before: 2, after: null },
        { kind: 'added', text: 'SELECT 3;', before: null, after: 2 },
      ],
    })
    const [, third] = await ask('GET', `/${id}/versions/3/diff`)
    assert.deepEqual([third.data.against, third.data.lines], [2, []])
    const [, over] = await ask('GET', `/${id}/versions/1/diff?against=3`)
    assert.equal(over.data.lines[1].text, 'SELECT 3;')
    const [status, none] = await ask('GET', `/${id}/versions/1/diff?against=9`)
    assert.deepEqual([status, none.code], [404, 404103])
  })

  it('have scripts that are looked at before they run', async () => {
    const [, good] = await ask('POST', '/check', { script: 'SELECT 1;\n  SELECT 2' })
    assert.deepEqual(good.data, {
      statements: [
        { line: 1, column: 1, text: 'SELECT 1' },
        { line: 2, column: 3, text: 'SELECT 2' },
      ],
      error: null,
      errors: [],
      engine: 'local',
      note: null,
    })
    const [, bad] = await ask('POST', '/check', { script: "SELECT 1;\nSELECT 'x" })
    assert.partialDeepStrictEqual(bad.data, { statements: [], error: { line: 2, column: 8 } })
    const [, empty] = await ask('POST', '/check', { script: '-- nothing' })
    assert.match(empty.data.error.message, /no statement/)
    const [, laidOut] = await ask('POST', '/format', { script: 'select a from b' })
    assert.deepEqual(laidOut.data, { script: 'SELECT a\nFROM b\n' })
    const [, open] = await ask('POST', '/format', { script: "select 'a" })
    assert.deepEqual(open.data, { script: "select 'a" })
  })

  it('have files in a folder of their own, or in the one that they name', async () => {
    const put = (id: string, name: string, body: BodyInit | null) =>
      test.app.request(`/api/v1/works/${id}/files/${name}`, { method: 'PUT', body })
    const [own, named] = [await create(), await create({ work_directory: '/ann' })]
    for (const { work_id: id } of [own, named]) {
      const response = await put(id, 'main.sql', `SELECT '${id}'`)
      assert.equal(response.status, 200)
      const { data } = (await response.json()) as Reply
      assert.deepEqual([data.name, data.bytes], ['main.sql', 41])
      assert.match(data.updated_at, /^\d{4}-.*Z$/)
    }
    assert.equal((await put(own.work_id, 'empty', null)).status, 200)
    const [, list] = await ask('GET', `/${own.work_id}/files`)
    assert.deepEqual(
      list.data.map(({ name }: { name: string }) => name),
      ['empty', 'main.sql'],
    )
    const read = await test.app.request(`/api/v1/works/${named.work_id}/files/main.sql`)
    assert.equal(await read.text(), `SELECT '${named.work_id}'`)
    assert.match(read.headers.get('content-disposition') ?? '', /^attachment/)
    const [, gone] = await ask('DELETE', `/${own.work_id}/files/empty`)
    assert.deepEqual(gone, { code: 0 })
    const [status, none] = await ask('DELETE', `/${own.work_id}/files/empty`)
    assert.deepEqual([status, none.code], [404, 404103])
    const [bad, hidden] = await ask('GET', `/${own.work_id}/files/${encodeURIComponent('../x')}`)
    assert.deepEqual([bad, hidden.code], [400, 400100])
    const large = await put(own.work_id, 'large', 'x'.repeat(64 * 1024 + 1))
    assert.deepEqual([large.status, ((await large.json()) as Reply).code], [413, 413100])
  })

  it('have no files where there is no disk, and the refusal says what to do', async () => {
    const made = await bare.app.request('/api/v1/works', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SAMPLE),
    })
    const { data } = (await made.json()) as Reply
    const response = await bare.app.request(`/api/v1/works/${data.work_id}/files`)
    const reply = (await response.json()) as Reply
    assert.deepEqual([response.status, reply.code], [503, 503100])
    assert.match(reply.msg ?? '', /no disk for files of works: send the text as "script"/)
  })

  it('are described by a document that is what it was', async () => {
    const surface = worksSurface({
      db: bare.db,
      catalog: new Map(),
      log: SILENT,
      settings: {
        version: '',
        publicUrl: null,
        hosts: null,
        auth: 'off',
        bodyLimit: 1,
        uploadLimit: 1,
      },
      now: () => 0,
    })
    const response = await surface.request('/openapi.json')
    matchSnapshot('works.openapi.json', await response.json())
  })
})
