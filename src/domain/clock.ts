/**
 * The one clock of leases: the database's. Hosts whose clocks are off by minutes still agree on it.
 * @module
 */
import { sql } from 'kysely'

import type { Db } from '../db/type.ts'

/** The database's time in milliseconds since 1970. */
export async function databaseTime(db: Db): Promise<number> {
  // Built as a select, so that reading the clock takes no write lock.
  const { now } = await db
    .selectNoFrom(sql<number>`cast(unixepoch('subsec') * 1000 as integer)`.as('now'))
    .executeTakeFirstOrThrow()
  return now
}
