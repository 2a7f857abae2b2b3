/**
 * Migrations on a file that several processes open at once.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { MIGRATIONS } from '../../migrations/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('migrate', () => {
  let folder: string
  before(async () => {
    folder = await temporaryFolder()
  })
  it('several openers of a new file take turns and each finds the newest schema', async () => {
    const url = `file:${join(folder, 'new.db')}`
    const handles = Array.from({ length: 5 }, () => openDatabase({ url }))
    await Promise.all(handles.map((db) => migrate(db)))
    for (const db of handles) {
      assert.deepEqual(await db.selectFrom('job').select('id').execute(), [])
      await db.destroy()
    }
  })

  it('a migration that fails half-way leaves nothing behind', async () => {
    const db = openDatabase({ url: `file:${join(folder, 'half.db')}` })
    const broken = '9999_broken'
    MIGRATIONS[broken] = {
      async up(trx) {
        await trx.schema.createTable('half').addColumn('id', 'integer').execute()
        throw new Error('power cut')
      },
    }
    try {
      await assert.rejects(migrate(db), /power cut/)
    } finally {
      delete MIGRATIONS[broken]
    }
    const tables = await db.introspection.getTables()
    assert.deepEqual(
      tables.map((table) => table.name).filter((name) => name === 'half'),
      [],
    )
    await migrate(db)
    assert.deepEqual(await db.selectFrom('job').select('id').execute(), [])
    await db.destroy()
  })
})
