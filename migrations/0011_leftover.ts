/**
 * What engines still have of attempts that are over: jobs of a cluster to be ended, folders to be removed.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('leftover')
    .addColumn('handle', 'text', (column) => column.primaryKey().notNull())
    .addColumn('party', 'text')
    .addColumn('at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  // Few attempts have one, and they are looked for often.
  await sql`create index attempt_by_handle on attempt (task_id) where handle is not null`.execute(
    db,
  )
}
