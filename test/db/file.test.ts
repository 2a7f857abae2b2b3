/**
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import process from 'node:process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { sql } from 'kysely'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'

const INCREMENTS = 400
const WRITER = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url))

async function partyNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('party').select('name').orderBy('id').execute()
  return rows.map((row) => row.name)
}

function addParty(db: Db, id: string, name = id): Promise<unknown> {
  return db
    .insertInto('party')
    .values({ id, name, identity_key: null, created_at: 0, updated_at: 0 })
    .execute()
}

describe('a database file', () => {
  it(
    'loses no write of two processes',
    { skip: 'Deno' in globalThis && 'needs Node: it starts Node processes' },
    async () => {
      const file = await fileDatabase()
      await addParty(file.db, 'counter', '0')
      const run = promisify(execFile)
      const argv = ['--import', 'tsx', WRITER, file.url, String(INCREMENTS)]
      const outputs = await Promise.all([run(process.execPath, argv), run(process.execPath, argv)])
      for (const { stdout } of outputs) assert.equal(stdout.trim(), `wrote ${INCREMENTS}`)
      assert.deepEqual(await partyNames(file.db), [String(2 * INCREMENTS)])
      const check = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(file.db)
      assert.equal(check.rows[0].integrity_check, 'ok')
      await file.remove()
    },
  )

  it('loses no write of many transactions at once in one process', async () => {
    const file = await fileDatabase()
    await addParty(file.db, 'counter', '0')
    const other = file.again()
    const increments = Array.from({ length: 60 }, (_value, index) =>
      (index % 2 === 0 ? file.db : other).transaction().execute(async (trx) => {
        const { name } = await trx
          .selectFrom('party')
          .select('name')
          .where('id', '=', 'counter')
          .executeTakeFirstOrThrow()
        // Gives the others every chance to come in between.
        await new Promise((resolve) => setImmediate(resolve))
        await trx
          .updateTable('party')
          .set({ name: String(Number(name) + 1) })
          .execute()
      }),
    )
    await Promise.all(increments)
    assert.deepEqual(await partyNames(other), ['60'])
    await file.remove()
  })

  it('shows readers nothing of a transaction before its end', async () => {
    const file = await fileDatabase()
    await file.db.transaction().execute(async (trx) => {
      await addParty(trx, '1')
      assert.deepEqual(await partyNames(trx), ['1'])
      assert.deepEqual(await partyNames(file.db), [])
    })
    assert.deepEqual(await partyNames(file.db), ['1'])
    await file.remove()
  })

  it('gives up after its deadline when another holds the lock, and works afterwards', async () => {
    const file = await fileDatabase()
    const impatient = openDatabase({ url: file.url, busyMs: 20 })
    await partyNames(impatient)
    await file.db.transaction().execute(async (trx) => {
      await addParty(trx, '1')
      await assert.rejects(addParty(impatient, '2'), { code: 'SQLITE_BUSY' })
      await assert.rejects(
        impatient.transaction().execute((inner) => addParty(inner, '2')),
        { code: 'SQLITE_BUSY' },
      )
    })
    await addParty(impatient, '2')
    assert.deepEqual(await partyNames(file.db), ['1', '2'])
    await impatient.destroy()
    await file.remove()
  })
})

describe('a database', () => {
  it('rolls a transaction back whole when it throws, and the next one works', async () => {
    const db = await freshDatabase()
    const failed = db.transaction().execute(async (trx) => {
      await addParty(trx, '1')
      await addParty(trx, '2')
      throw new Error('changed my mind')
    })
    await assert.rejects(failed, /changed my mind/)
    assert.deepEqual(await partyNames(db), [])
    await assert.rejects(
      db.transaction().execute(async (trx) => {
        await addParty(trx, '1')
        await addParty(trx, '1')
      }),
      /UNIQUE/i,
    )
    await db.transaction().execute((trx) => addParty(trx, '3'))
    assert.deepEqual(await partyNames(db), ['3'])
  })

  it('tells why a transaction failed that has already ended by itself, and goes on', async () => {
    const file = await fileDatabase()
    const ended = file.db.transaction().execute(async (trx) => {
      await addParty(trx, 'lost')
      await sql`ROLLBACK`.execute(trx)
      throw new Error('the disk is full')
    })
    await assert.rejects(ended, { message: 'the disk is full' })
    await addParty(file.db, 'kept')
    assert.deepEqual(await partyNames(file.db), ['kept'])
    await file.remove()
  })

  it('keeps references whole', async () => {
    const db = await freshDatabase()
    const row = { job_id: 'none', role: 'guest', party: '1', position: 0 }
    await assert.rejects(db.insertInto('job_member').values(row).execute(), /FOREIGN KEY/i)
  })

  it('keeps bytes as they are, also those of a part of a buffer', async () => {
    const db = await freshDatabase()
    const body = Uint8Array.from({ length: 256 }, (_value, index) => index)
    for (const bytes of [body, body.subarray(100, 103), new Uint8Array()]) {
      const { id } = await db
        .insertInto('message')
        .values({
          job_id: 'j',
          session: 's',
          sender: 'a',
          receiver: 'b',
          body: bytes,
          created_at: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const { body: back } = await db
        .selectFrom('message')
        .select('body')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      assert.deepEqual(new Uint8Array(back), new Uint8Array(bytes))
    }
  })

  it('is migrated only once', async () => {
    const db = await freshDatabase()
    await addParty(db, '1')
    await migrate(db)
    assert.deepEqual(await partyNames(db), ['1'])
  })
})
