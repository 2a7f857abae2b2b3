/**
 * The endpoint's wire: versions, batons, stored texts, conditions, descriptions, and what is no call at all.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { type FileDatabase, fileDatabase } from '../../helpers/database.ts'
import { type HranaServer, serveHrana } from '../../helpers/hrana.ts'

interface Answer {
  readonly baton: string | null
  readonly results: { type: string; response?: Record<string, unknown>; error?: { code: string } }[]
  readonly code?: string
  readonly message?: string
}

describe('Hrana on the wire', () => {
  let file: FileDatabase
  let server: HranaServer

  before(async () => {
    file = await fileDatabase()
    server = await serveHrana({
      path: file.url.slice('file:'.length),
      db: file.db,
      limits: { maxStreams: 3, maxTexts: 2 },
    })
    const made = await send([
      { type: 'sequence', sql: 'CREATE TABLE t (x); INSERT INTO t VALUES (1)' },
    ])
    assert.equal(made.results[0].type, 'ok')
    await send([{ type: 'close' }], made.baton)
  })
  after(async () => {
    await server.close()
    await file.remove()
  })

  async function post(path: string, body: unknown): Promise<{ status: number; text: string }> {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  async function send(requests: object[], baton: string | null = null): Promise<Answer> {
    const { text } = await post('/hrana/v3/pipeline', { baton, requests })
    return JSON.parse(text) as Answer
  }

  it('answers for the versions it speaks and no other', async () => {
    for (const [path, status] of [
      ['/hrana/v2', 200],
      ['/hrana/v3', 200],
      ['/hrana/v3-protobuf', 404],
    ] as const) {
      const response = await fetch(`${server.url}${path}`)
      await response.body?.cancel()
      assert.equal(response.status, status, path)
    }
  })

  it('stores texts per stream, up to a limit, and forgets them', async () => {
    const answer = await send([
      { type: 'store_sql', sql_id: 1, sql: 'SELECT 5' },
      { type: 'execute', stmt: { sql_id: 1 } },
      { type: 'store_sql', sql_id: 2, sql: 'SELECT 6' },
      { type: 'store_sql', sql_id: 3, sql: 'SELECT 7' },
      { type: 'close_sql', sql_id: 1 },
      { type: 'execute', stmt: { sql_id: 1 } },
      { type: 'close' },
    ])
    assert.deepEqual(
      answer.results.map((result) => result.error?.code ?? 'ok'),
      ['ok', 'ok', 'ok', 'PROTOCOL', 'ok', 'SQL_NOT_FOUND', 'ok'],
    )
    assert.equal(answer.baton, null)
  })

  it('a baton is good once, and tells whether a transaction is open', async () => {
    const first = await send([
      { type: 'execute', stmt: { sql: 'BEGIN' } },
      { type: 'get_autocommit' },
    ])
    assert.equal(first.results[1].response?.['is_autocommit'], false)
    const second = await send([{ type: 'execute', stmt: { sql: 'COMMIT' } }], first.baton)
    assert.notEqual(second.baton, first.baton)
    assert.equal((await send([{ type: 'get_autocommit' }], first.baton)).code, 'STREAM_EXPIRED')
    const third = await send([{ type: 'get_autocommit' }, { type: 'close' }], second.baton)
    assert.equal(third.results[0].response?.['is_autocommit'], true)
  })

  it('opens only so many streams, and again when one is closed', async () => {
    const open = await Promise.all([1, 2, 3].map(() => send([{ type: 'get_autocommit' }])))
    const refused = await post('/hrana/v3/pipeline', { requests: [] })
    assert.equal(refused.status, 503)
    assert.equal((JSON.parse(refused.text) as Answer).code, 'STREAM_LIMIT')
    for (const { baton } of open) await send([{ type: 'close' }], baton)
    assert.equal((await send([{ type: 'close' }])).results[0].type, 'ok')
  })

  it('runs the steps of a batch whose conditions hold', async () => {
    const step = (sql: string, condition?: object) => ({ stmt: { sql }, condition })
    const ok = { type: 'ok', step: 0 }
    const failed = { type: 'error', step: 1 }
    const answer = await send([
      {
        type: 'batch',
        batch: {
          steps: [
            step('SELECT 1'),
            step('SELECT nope'),
            step('SELECT 2', { type: 'and', conds: [ok, failed] }),
            step('SELECT 3', { type: 'not', cond: ok }),
            step('SELECT 4', { type: 'or', conds: [{ type: 'not', cond: ok }, failed] }),
            step('BEGIN', { type: 'is_autocommit' }),
            step('SELECT 5', { type: 'is_autocommit' }),
            step('SELECT 6', { type: 'ok', step: 7 }),
            step('ROLLBACK'),
          ],
        },
      },
      { type: 'close' },
    ])
    const result = answer.results[0].response?.['result'] as {
      step_results: (object | null)[]
      step_errors: ({ code: string } | null)[]
    }
    assert.deepEqual(
      result.step_results.map((one, index) => result.step_errors[index]?.code ?? one !== null),
      [true, 'SQLITE_ERROR', true, false, true, true, false, 'PROTOCOL', true],
    )
  })

  it('describes a statement without running it', async () => {
    const sql = 'INSERT INTO t (x) VALUES (?), (:name), (?5) RETURNING x AS y'
    const { results } = await send([
      { type: 'describe', sql },
      { type: 'describe', sql: 'EXPLAIN SELECT x FROM t' },
      { type: 'execute', stmt: { sql: 'SELECT count(*) FROM t' } },
      { type: 'close' },
    ])
    assert.deepEqual(results[0].response?.['result'], {
      params: [{ name: null }, { name: ':name' }, { name: null }, { name: null }, { name: '?5' }],
      cols: [{ name: 'y', decltype: null }],
      is_explain: false,
      is_readonly: false,
    })
    const explain = results[1].response?.['result'] as { is_explain: boolean; is_readonly: boolean }
    assert.deepEqual([explain.is_explain, explain.is_readonly], [true, true])
    const counted = results[2].response?.['result'] as { rows: object[][] } | undefined
    assert.deepEqual(counted?.rows, [[{ type: 'integer', value: '1' }]])
  })

  it('streams the entries of a cursor', async () => {
    const { text } = await post('/hrana/v3/cursor', {
      batch: { steps: [{ stmt: { sql: 'SELECT x FROM t' } }, { stmt: { sql: 'SELECT nope' } }] },
    })
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; baton?: string })
    assert.deepEqual(
      lines.map((line) => line.type),
      [undefined, 'step_begin', 'row', 'step_end', 'step_error'],
    )
    await send([{ type: 'close' }], lines[0].baton)
  })

  it('leaves rows out where nobody wants them', async () => {
    const stmt = { sql: "INSERT INTO t VALUES ('w') RETURNING x", want_rows: false }
    const { results } = await send([{ type: 'execute', stmt }, { type: 'close' }])
    const result = results[0].response?.['result'] as
      | { rows: object[]; affected_row_count: number }
      | undefined
    assert.deepEqual([result?.rows, result?.affected_row_count], [[], 1])
  })

  it('refuses what is no call, in words', async () => {
    for (const [body, message] of [
      ['{', /not JSON/],
      [{ requests: [{ type: 'dance' }] }, /requests\.0/],
      [
        {
          requests: [
            { type: 'execute', stmt: { sql: 'SELECT ?', args: [{ type: 'integer', value: 'x' }] } },
          ],
        },
        /value/,
      ],
    ] as const) {
      const { status, text } = await post('/hrana/v2/pipeline', body)
      assert.equal(status, 400)
      assert.match((JSON.parse(text) as { message: string }).message, message)
    }
  })

  it('takes larger bodies than the rest of the app', async () => {
    const text = 'x'.repeat(10_000)
    const stmt = { sql: 'SELECT length(?)', args: [{ type: 'text', value: text }] }
    assert.equal((await send([{ type: 'execute', stmt }, { type: 'close' }])).results[0].type, 'ok')
  })
})
