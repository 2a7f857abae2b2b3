/**
 * What tasks need, what runners have, what is given to whom; and what becomes of a single attempt.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('task').addColumn('needs', 'text').execute()
  await db.schema
    .alterTable('runner')
    .addColumn('capacity', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute()
  await db.schema.alterTable('lease').addColumn('allocation', 'text').execute()
  await db.schema.alterTable('attempt').addColumn('allocation', 'text').execute()
  // Where the engine finds the process again after a restart, and how it ended.
  await db.schema.alterTable('attempt').addColumn('handle', 'text').execute()
  await db.schema.alterTable('attempt').addColumn('ending', 'text').execute()
  await db.schema.alterTable('event').addColumn('attempt_id', 'text').execute()
  await db.schema
    .createTable('runner_sample')
    .addColumn('runner_id', 'text', (column) =>
      column.notNull().references('runner.id').onDelete('cascade'),
    )
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('cpu', 'real', (column) => column.notNull())
    .addColumn('memory_mb', 'integer', (column) => column.notNull())
    .addColumn('tasks', 'integer', (column) => column.notNull())
    .addColumn('gpus', 'text', (column) => column.notNull().defaultTo('[]'))
    .addPrimaryKeyConstraint('runner_sample_key', ['runner_id', 'at'])
    .modifyEnd(sql`strict, without rowid`)
    .execute()
}
