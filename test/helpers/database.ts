/**
 * Databases for tests.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'

/** A new database in memory, at the newest schema. */
export async function freshDatabase(): Promise<Db> {
  const db = openDatabase({ url: ':memory:' })
  await migrate(db)
  return db
}

/** A new database file, and a way to open it again. */
export interface FileDatabase {
  readonly db: Db
  readonly url: string
  /** Another connection to the same file, as another process has it. */
  again(): Db
  /** Closes every connection and removes the file. */
  remove(): Promise<void>
}

/** A new database in a temporary file, at the newest schema. */
export async function fileDatabase(): Promise<FileDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-db-'))
  const url = `file:${join(folder, 'weft.db')}`
  const db = openDatabase({ url })
  const opened = [db]
  await migrate(db)
  return {
    db,
    url,
    again() {
      const other = openDatabase({ url })
      opened.push(other)
      return other
    },
    async remove() {
      await Promise.all(opened.map((one) => one.destroy()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
