/**
 * The database that a command works on.
 * @module
 */
import { mkdir } from 'node:fs/promises'

import type { Config } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open-file.ts'
import type { Db } from '../db/type.ts'

/** Opens the configured database for the time of `work`. */
export async function withDatabase<T>(config: Config, work: (db: Db) => Promise<T>): Promise<T> {
  await mkdir(config.dataDir, { recursive: true })
  const db = openDatabase(config.database)
  try {
    await migrate(db)
    return await work(db)
  } finally {
    await db.destroy()
  }
}
