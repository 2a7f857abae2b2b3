/**
 * Tasks, their attempts and the leases under which runners hold them.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('task')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('role', 'text')
    .addColumn('party', 'text')
    .addColumn('position', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('site', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('progress', 'real', (column) => column.notNull().defaultTo(0))
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('max_attempts', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('ready_at', 'integer')
    .addColumn('started_at', 'integer')
    .addColumn('ended_at', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createIndex('task_of_job')
    .unique()
    .on('task')
    .columns(['job_id', 'name', 'role', 'party'])
    .execute()
  await db.schema
    .createIndex('task_ready')
    .on('task')
    .columns(['ready_at', 'id'])
    .where(sql.ref('state'), '=', sql.lit('ready'))
    .execute()

  await db.schema
    .createTable('attempt')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('task_id', 'text', (column) =>
      column.notNull().references('task.id').onDelete('cascade'),
    )
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('runner_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'integer')
    .addUniqueConstraint('attempt_number', ['task_id', 'number'])
    .modifyEnd(sql`strict`)
    .execute()

  await db.schema
    .createTable('lease')
    .addColumn('task_id', 'text', (column) =>
      column.primaryKey().notNull().references('task.id').onDelete('cascade'),
    )
    .addColumn('attempt_id', 'text', (column) => column.notNull())
    .addColumn('runner_id', 'text', (column) => column.notNull())
    .addColumn('until', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  await db.schema.createIndex('lease_by_time').on('lease').column('until').execute()
}
