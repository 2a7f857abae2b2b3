/**
 * Whether a database file has changed, without taking a lock.
 * @module
 */
import { sql } from 'kysely'

import type { Db } from './type.ts'

/** Asks for a number that differs once another connection has committed something; of use on files only. */
export function versionOf(db: Db): () => Promise<number> {
  // Compiled once, as it runs all day.
  const query = db
    .selectFrom(sql<{ data_version: number }>`pragma_data_version()`.as('pragma'))
    .select('pragma.data_version')
    .compile()
  return async () => {
    const { rows } = await db.executeQuery(query)
    return rows[0].data_version
  }
}
