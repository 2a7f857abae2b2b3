/**
 * Webhooks of jobs of task roles: how far each has been told.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('framework_webhook')
    .addColumn('job_id', 'text', (column) =>
      column.primaryKey().notNull().references('framework.job_id').onDelete('cascade'),
    )
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('told', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createIndex('framework_webhook_by_time')
    .on('framework_webhook')
    .column('at')
    .execute()
}
