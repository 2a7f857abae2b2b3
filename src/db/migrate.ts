/**
 * Brings a database to the newest schema.
 * @module
 */
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'

import { MIGRATIONS } from '../../migrations/index.ts'

/** Applies every migration that is missing, in order; throws the first failure. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
