/**
 * Who may call the endpoint, what a token that only reads can do, and that no token reaches the host's files.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'

import { type Client, createClient } from '@libsql/client/web'

import { createToken } from '../../../src/domain/token.ts'
import { type FileDatabase, fileDatabase } from '../../helpers/database.ts'
import { type HranaServer, serveHrana } from '../../helpers/hrana.ts'

describe('a database token', () => {
  let file: FileDatabase
  let server: HranaServer
  let writer: Client
  let reader: Client
  const clients: Client[] = []

  function connect(authToken?: string): Client {
    const client = createClient({ url: `${server.url}/hrana/`, authToken })
    clients.push(client)
    return client
  }
  function token(kind: 'database' | 'user' | 'runner', readOnly = false): Promise<string> {
    return createToken(file.db, { kind, name: 't', parties: null, readOnly }, Date.now())
  }

  before(async () => {
    file = await fileDatabase()
    const path = file.url.slice('file:'.length)
    server = await serveHrana({ path, db: file.db, auth: 'token' })
    writer = connect(await token('database'))
    reader = connect(await token('database', true))
    await writer.executeMultiple('CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)')
  })
  after(async () => {
    for (const client of clients) client.close()
    await server.close()
    await file.remove()
  })

  it('is needed, and no other kind of token will do', async () => {
    for (const text of [undefined, 'weft_00', await token('user'), await token('runner')]) {
      await assert.rejects(connect(text).execute('SELECT 1'), { code: 'UNAUTHENTICATED' })
    }
    const { status } = await fetch(`${server.url}/hrana/v2/pipeline`, {
      method: 'POST',
      body: '{}',
    })
    assert.equal(status, 401)
    const opened = { authorization: `Bearer ${await token('database')}` }
    const other = await fetch(`${server.url}/api/weft/jobs/1`, { headers: opened })
    assert.equal(other.status, 401)
  })

  it('that only reads can read, also within a transaction', async () => {
    assert.equal((await reader.execute('SELECT x FROM t')).rows[0]['x'], 1)
    const transaction = await reader.transaction('read')
    assert.equal((await transaction.execute('SELECT x FROM t')).rows[0]['x'], 1)
    await transaction.commit()
  })

  it('that only reads cannot write by any statement, nor lock others out', async () => {
    const before = await dump()
    for (const sql of [
      'INSERT INTO t VALUES (2)',
      'REPLACE INTO t VALUES (1)',
      'UPDATE t SET x = 3 RETURNING x',
      'WITH a AS (SELECT 1) DELETE FROM t WHERE x IN (SELECT * FROM a)',
      'DROP TABLE t',
      'ALTER TABLE t RENAME TO u',
      'CREATE TABLE u (x)',
      'CREATE TEMP TABLE u (x)',
      'CREATE INDEX i ON t (x)',
      'ANALYZE',
      'PRAGMA user_version = 9',
      'PRAGMA application_id = 9',
      'BEGIN IMMEDIATE',
      'BEGIN EXCLUSIVE',
    ]) {
      await assert.rejects(reader.execute(sql), { code: 'SQLITE_READONLY' }, sql)
      await assert.rejects(reader.executeMultiple(`SELECT 1; ${sql}`), /readonly/, sql)
      await assert.rejects(reader.batch([sql], 'deferred'), /readonly/, sql)
    }
    for (const sql of [
      'PRAGMA query_only = 0',
      'PRAGMA journal_mode = delete',
      'PRAGMA writable_schema = 1',
    ]) {
      await assert.rejects(reader.execute(sql), { code: 'SQL_REFUSED' }, sql)
    }
    assert.deepEqual(await dump(), before)
    await writer.execute('INSERT INTO t VALUES (2)')
    assert.equal((await reader.execute('SELECT count(*) AS n FROM t')).rows[0]['n'], 2)
  })

  it('reaches no file of the host', async () => {
    const stolen = `${file.url.slice('file:'.length)}-stolen`
    for (const sql of [
      `ATTACH '${stolen}' AS a`,
      `VACUUM INTO '${stolen}'`,
      `EXPLAIN VACUUM INTO '${stolen}'`,
      `SELECT writefile('${stolen}', 'x')`,
      `SELECT "writefile"('${stolen}', 'x')`,
      `SELECT sha3_query('ATTACH ''${stolen}'' AS a')`,
      `SELECT load_extension('${stolen}')`,
      "SELECT readfile('/etc/passwd')",
      "SELECT * FROM fsdir('/')",
      "SELECT * FROM 'fsdir' WHERE path = '/'",
      'SELECT data FROM sqlite_dbpage',
      'SELECT sqlite3mc_config(1)',
      "CREATE VIRTUAL TABLE v USING fts5(x, content='fsdir')",
      'PRAGMA database_list',
    ]) {
      for (const client of [writer, reader]) {
        const code = 'SQL_REFUSED'
        await assert.rejects(client.execute(sql), { code }, sql)
        await assert.rejects(client.executeMultiple(`SELECT 1; /**/${sql}`), { code }, sql)
        await assert.rejects(client.batch([sql]), { code }, sql)
      }
    }
    assert.equal(existsSync(stolen), false)
  })

  it('holds for its own streams only', async () => {
    const call = async (authorization: string, baton: string | null) => {
      const response = await fetch(`${server.url}/hrana/v2/pipeline`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ baton, requests: [{ type: 'get_autocommit' }] }),
      })
      return (await response.json()) as { baton: string | null; code?: string }
    }
    const [first, second] = [await token('database'), await token('database', true)]
    const { baton } = await call(`Bearer ${first}`, null)
    assert.equal((await call(`Bearer ${second}`, baton)).code, 'STREAM_EXPIRED')
    assert.ok((await call(`Bearer ${first}`, baton)).baton)
  })

  async function dump(): Promise<unknown> {
    const tables = ['SELECT * FROM t', 'SELECT sql FROM sqlite_schema', 'PRAGMA user_version']
    const results = await Promise.all(tables.map((sql) => writer.execute(sql)))
    return results.map(({ rows }) => rows.map((row) => Array.from(row)))
  }
})
