/**
 * One-time codes with which runners join; and what makes a repeated claim or report of a runner count once.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('invite')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('parties', 'text')
    .addColumn('trusted', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .addColumn('used_at', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  // The runner's own name for the request in which it got the lease.
  await db.schema.alterTable('lease').addColumn('claim', 'text').execute()
  // Batches of reports come one after another, so the last one is the only one that can come again.
  await db.schema.alterTable('runner').addColumn('last_report', 'text').execute()
}
