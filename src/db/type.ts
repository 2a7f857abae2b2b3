/**
 * The database handle that domain verbs take: a connection pool or an open transaction.
 * @module
 */
import type { Kysely, Transaction } from 'kysely'

import type { Database } from './schema.ts'

export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/** Runs `work` in a write transaction, joining the caller's when there is one. */
export function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db as Trx) : db.transaction().execute(work)
}
