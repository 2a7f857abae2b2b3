/**
 * The endpoint as the official client sees it.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import { type Client, createClient } from '@libsql/client/web'

import { migrate } from '../../../src/db/migrate.ts'
import { openRemote } from '../../../src/db/open.ts'
import { type FileDatabase, fileDatabase } from '../../helpers/database.ts'
import { type HranaServer, serveHrana } from '../../helpers/hrana.ts'

const BIG = 2n ** 53n + 1n

describe('the official client', () => {
  let file: FileDatabase
  let server: HranaServer
  let client: Client

  before(async () => {
    file = await fileDatabase()
    server = await serveHrana({
      path: file.url.slice('file:'.length),
      db: file.db,
      limits: { busyMs: 60_000, idleMs: 60_000, holdMs: 60_000, maxRows: 1000, maxBytes: 100_000 },
    })
    client = createClient({ url: `${server.url}/hrana/` })
  })
  beforeEach(() =>
    client.executeMultiple(`
      DROP TABLE IF EXISTS note;
      CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE, size REAL, bytes BLOB) STRICT;
      -- a trigger's own semicolons end nothing
      CREATE TRIGGER shout AFTER INSERT ON note WHEN new.text = 'quiet' BEGIN
        UPDATE note SET text = 'LOUD' WHERE id = new.id; SELECT 1;
      END;
      INSERT INTO note (text) VALUES ('one; two'), ('quiet');
    `),
  )
  after(async () => {
    client.close()
    await server.close()
    await file.remove()
  })

  it('runs several statements, a trigger among them', async () => {
    const { rows, columns, rowsAffected } = await client.execute(
      'SELECT id, text FROM note ORDER BY id',
    )
    assert.deepEqual(columns, ['id', 'text'])
    assert.deepEqual(
      rows.map((row) => [row['id'], row[1]]),
      [
        [1, 'one; two'],
        [2, 'LOUD'],
      ],
    )
    assert.equal(rowsAffected, 0)
  })

  it('works at /hrana with and without the slash, and at the address of the server', async () => {
    for (const url of [`${server.url}/hrana`, `${server.url}/hrana/`, server.url]) {
      const one = createClient({ url })
      assert.equal((await one.execute('SELECT 7 AS n')).rows[0]['n'], 7, url)
      one.close()
    }
  })

  it('binds by position and by every kind of name', async () => {
    const byPosition = await client.execute('SELECT ? AS a, ?3 AS c, ? AS d', ['x', 'y', 'z', 'w'])
    assert.deepEqual({ ...byPosition.rows[0] }, { a: 'x', c: 'z', d: 'w' })
    const sql = "SELECT :a AS a, @b AS b, $c AS c, :a || '?:a' AS twice"
    const byName = await client.execute({ sql, args: { a: 'A', b: 'B', c: 'C' } })
    assert.deepEqual({ ...byName.rows[0] }, { a: 'A', b: 'B', c: 'C', twice: 'A?:a' })
    await assert.rejects(client.execute({ sql, args: { nobody: 1 } }), { code: 'ARGS_INVALID' })
    await assert.rejects(client.execute('SELECT ?', [1, 2]), { code: 'ARGS_INVALID' })
  })

  it('keeps null, floats, blobs, empty values and 64-bit integers', async () => {
    const exact = createClient({ url: `${server.url}/hrana/`, intMode: 'bigint' })
    const blob = Uint8Array.from({ length: 256 }, (_value, index) => index)
    const args = [null, 1.5, 1, BIG, -(2n ** 63n), 'ü\n', '', blob, new Uint8Array()]
    const { rows } = await exact.execute(
      'SELECT ?, ?, typeof(?), ?, ?, ?, ?, ?, ?, 9007199254740993, 3',
      args,
    )
    const [none, float, type, big, least, text, empty, bytes, noBytes, literal, three] = Array.from(
      rows[0],
    )
    assert.deepEqual([none, float, type, text, empty], [null, 1.5, 'real', 'ü\n', ''])
    assert.deepEqual([big, least, literal, three], [BIG, -(2n ** 63n), BIG, 3n])
    assert.deepEqual(new Uint8Array(bytes as ArrayBuffer), blob)
    assert.equal((noBytes as ArrayBuffer).byteLength, 0)
    await assert.rejects(exact.execute('SELECT 9e999'), { code: 'VALUE_NOT_REPRESENTABLE' })
    exact.close()
  })

  it('counts changed rows, and tells the last row', async () => {
    const insert = await client.execute("INSERT INTO note (id, text) VALUES (40, 'a'), (41, 'b')")
    assert.deepEqual([insert.rowsAffected, insert.lastInsertRowid], [2, 41n])
    const update = await client.execute('UPDATE note SET size = 2 WHERE id >= 40 RETURNING id')
    assert.deepEqual([update.rowsAffected, update.rows.length], [2, 2])
    const nothing = await client.execute('SELECT * FROM note WHERE 0')
    assert.deepEqual([nothing.rowsAffected, nothing.rows.length], [0, 0])
    const cte = 'WITH gone AS (SELECT 40 AS id) DELETE FROM note WHERE id IN (SELECT id FROM gone)'
    assert.equal((await client.execute(cte)).rowsAffected, 1)
  })

  it('commits a batch whole, or rolls it back and names the step and the reason', async () => {
    const results = await client.batch(
      [
        { sql: 'INSERT INTO note (text) VALUES (?)', args: ['b1'] },
        'SELECT count(*) AS n FROM note',
      ],
      'write',
    )
    assert.equal(results[1].rows[0]['n'], 3)
    await assert.rejects(
      client.batch(
        ["INSERT INTO note (text) VALUES ('b2')", "INSERT INTO note (text) VALUES ('b1')"],
        'write',
      ),
      { statementIndex: 1, code: 'SQLITE_CONSTRAINT_UNIQUE' },
    )
    assert.equal((await client.execute('SELECT count(*) AS n FROM note')).rows[0]['n'], 3)
  })

  it('runs migrations with foreign keys off, and the next caller has them on', async () => {
    await client.migrate(['CREATE TABLE IF NOT EXISTS extra (x)', 'DROP TABLE extra'])
    assert.equal((await client.execute('PRAGMA foreign_keys')).rows[0]['foreign_keys'], 1)
  })

  it('commits and rolls back interactive transactions', async () => {
    for (const [how, expected] of [
      ['rollback', 2],
      ['commit', 3],
    ] as const) {
      const transaction = await client.transaction('write')
      await transaction.execute("INSERT INTO note (text) VALUES ('in')")
      assert.equal((await transaction.execute('SELECT count(*) AS n FROM note')).rows[0]['n'], 3)
      assert.equal((await client.execute('SELECT count(*) AS n FROM note')).rows[0]['n'], 2)
      await transaction[how]()
      const { rows } = await client.execute('SELECT count(*) AS n FROM note')
      assert.equal(rows[0]['n'], expected, how)
    }
  })

  it('a transaction that began by reading waits for the lock, or is told that its view is old', async () => {
    const early = await client.transaction('deferred')
    await early.execute('SELECT count(*) FROM note')
    await client.execute("INSERT INTO note (text) VALUES ('between')")
    await assert.rejects(early.execute("INSERT INTO note (text) VALUES ('late')"), {
      code: 'SQLITE_BUSY_SNAPSHOT',
    })
    await early.rollback()
    const reader = await client.transaction('deferred')
    await reader.execute("INSERT INTO note (text) VALUES ('late')")
    await reader.commit()
    assert.equal((await client.execute('SELECT count(*) AS n FROM note')).rows[0]['n'], 4)
  })

  it('rolls back a transaction whose client went away, and tells it so', async () => {
    const hasty = await serveHrana({
      path: file.url.slice('file:'.length),
      db: file.db,
      limits: { busyMs: 60_000, idleMs: 1000, holdMs: 1000 },
    })
    const leaving = createClient({ url: `${hasty.url}/hrana/` })
    const lost = await leaving.transaction('write')
    await lost.execute("INSERT INTO note (text) VALUES ('lost')")
    // Waits for the lock, which is free only when the lost stream is given up.
    await client.execute("INSERT INTO note (text) VALUES ('next')")
    await assert.rejects(lost.execute('SELECT 1'), { code: 'STREAM_EXPIRED' })
    leaving.close()
    await hasty.close()
    const { rows } = await client.execute("SELECT text FROM note WHERE text IN ('lost', 'next')")
    assert.deepEqual(
      rows.map((row) => row['text']),
      ['next'],
    )
  })

  it('loses nothing of six interactive transactions at once from two clients', async () => {
    await client.execute("INSERT INTO note (id, text, size) VALUES (100, 'counter', 0)")
    const others = [1, 2].map(() => createClient({ url: `${server.url}/hrana/` }))
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (index) => {
        const transaction = await others[index % 2].transaction('write')
        const { rows } = await transaction.execute('SELECT size FROM note WHERE id = 100')
        const size = Number(rows[0]['size']) + 1
        await transaction.execute({ sql: 'UPDATE note SET size = ? WHERE id = 100', args: [size] })
        await transaction.commit()
      }),
    )
    const { rows } = await client.execute('SELECT size FROM note WHERE id = 100')
    assert.equal(rows[0]['size'], 6)
    for (const other of others) other.close()
  })

  it('says what is wrong with SQL, with SQLite’s code', async () => {
    await assert.rejects(client.execute('SELEKT 1'), { message: /near "SELEKT"/ })
    await assert.rejects(client.execute('SELECT FROM'), /syntax error/)
    await assert.rejects(client.execute('SELECT nope FROM note'), {
      code: 'SQLITE_ERROR',
      message: /no such column: nope/,
    })
    await assert.rejects(client.execute('SELECT 1; SELECT 2'), { code: 'SQL_MANY_STATEMENTS' })
    await assert.rejects(client.execute(' -- nothing'), { code: 'SQL_NO_STATEMENT' })
    await assert.rejects(client.execute("SELECT 'open"), { code: 'SQL_PARSE_ERROR' })
    await assert.rejects(client.execute("INSERT INTO note (text) VALUES ('LOUD')"), {
      code: 'SQLITE_CONSTRAINT_UNIQUE',
    })
    assert.equal((await client.execute('SELECT 1 AS one')).rows[0]['one'], 1)
  })

  it('refuses a result that is too large, and goes on', async () => {
    const many = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) '
    await assert.rejects(client.execute(`${many} SELECT i FROM c`, [1001]), {
      code: 'RESPONSE_TOO_LARGE',
    })
    await assert.rejects(client.execute('SELECT zeroblob(200000)'), { code: 'RESPONSE_TOO_LARGE' })
    assert.equal((await client.execute(`${many} SELECT i FROM c`, [1000])).rows.length, 1000)
  })

  it('explains a statement that writes without spoiling the transactions after it', async () => {
    const plan = await client.execute('EXPLAIN INSERT INTO note (text) VALUES (?)', ['x'])
    assert.ok(plan.rows.some((row) => row['opcode'] === 'Insert'))
    const query = await client.execute('EXPLAIN QUERY PLAN SELECT * FROM note WHERE id = 1')
    assert.match(query.rows[0]['detail'] as string, /SEARCH note/)
    await client.batch(["INSERT INTO note (text) VALUES ('after')"], 'write')
  })

  it('carries the whole schema and the domain’s own dialect', async () => {
    const db = openRemote({ url: `${server.url}/hrana` })
    await migrate(db)
    await db.transaction().execute(async (trx) => {
      const row = { name: 'a', identity_key: null, created_at: 0, updated_at: 0 }
      await trx
        .insertInto('party')
        .values({ id: '9', ...row })
        .execute()
    })
    const parties = await db.selectFrom('party').select(['id', 'created_at']).execute()
    assert.deepEqual(parties, [{ id: '9', created_at: 0 }])
    const tables = await db.introspection.getTables()
    assert.ok(tables.some((table) => table.name === 'token'))
    await db.destroy()
  })
})
