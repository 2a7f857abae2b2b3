/**
 * Room that is kept at a runner for a member of a group whose others have been taken; or for nobody, so that it waits.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('reservation')
    .addColumn('task_id', 'text', (column) =>
      column.primaryKey().notNull().references('task.id').onDelete('cascade'),
    )
    .addColumn('runner_id', 'text', (column) => column.notNull())
    .addColumn('until', 'integer', (column) => column.notNull())
    .addColumn('allocation', 'text')
    .modifyEnd(sql`strict, without rowid`)
    .execute()
}
