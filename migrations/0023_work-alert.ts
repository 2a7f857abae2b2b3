/**
 * Alerts of works: failures that a webhook has yet to be told of.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('work_alert')
    // A run is told of once.
    .addColumn('run_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('work_id', 'text', (column) =>
      column.notNull().references('work.id').onDelete('cascade'),
    )
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('work_alert_by_time').on('work_alert').column('at').execute()
}
