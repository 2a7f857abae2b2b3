/**
 * Whose jobs and works are whose, and who failed to log in how often.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Null: nobody's in particular, so the operator's.
  await db.schema.alterTable('job').addColumn('owner', 'text').execute()
  await db.schema.alterTable('work').addColumn('owner', 'text').execute()
  await sql`create index job_of_owner on job (owner, created_at) where owner is not null`.execute(
    db,
  )
  await sql`create index work_of_owner on work (owner, created_at) where owner is not null`.execute(
    db,
  )
  await sql`update job set owner = (select owner from framework where framework.job_id = job.id)
    where kind = 'framework'`.execute(db)
  await db.schema
    .createTable('login_failure')
    // A name at an address, or an address alone; as a hash, as what people type is not always a name.
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('until', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('login_failure_by_time').on('login_failure').column('at').execute()
}
