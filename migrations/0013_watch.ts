/**
 * How soon a runner is missed, and whether the operator keeps it from work; who has looked after what when; events of
 * one attempt without reading those of its job.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('runner').addColumn('lease_ms', 'integer').execute()
  await db.schema
    .alterTable('runner')
    .addColumn('held_back', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createTable('duty')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  await sql`create index event_of_attempt on event (attempt_id, id) where attempt_id is not null`.execute(
    db,
  )
  await db.schema
    .createIndex('runner_of_site')
    .on('runner')
    .columns(['site', 'started_at'])
    .execute()
}
