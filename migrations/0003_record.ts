/**
 * What a job leaves behind while it runs: events, metrics, logs and the disclosure ledger.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('event')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('task_id', 'text')
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('data', 'text')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('event_of_job').on('event').columns(['job_id', 'id']).execute()

  await db.schema
    .createTable('metric')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('task_id', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('meta', 'text', (column) => column.notNull().defaultTo('{}'))
    .addUniqueConstraint('metric_of_task', ['task_id', 'namespace', 'name'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('metric_of_job').on('metric').column('job_id').execute()
  await db.schema
    .createTable('metric_point')
    .addColumn('metric_id', 'integer', (column) =>
      column.notNull().references('metric.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('x', 'text', (column) => column.notNull())
    .addColumn('y', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('metric_point_key', ['metric_id', 'position'])
    .modifyEnd(sql`strict, without rowid`)
    .execute()

  await db.schema
    .createTable('log_chunk')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('task_id', 'text', (column) => column.notNull())
    .addColumn('attempt_id', 'text')
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('log_of_job').on('log_chunk').columns(['job_id', 'id']).execute()

  await db.schema
    .createTable('ledger')
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('sender', 'text', (column) => column.notNull())
    .addColumn('receiver', 'text', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('reveals', 'text', (column) => column.notNull())
    .addColumn('messages', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_key', ['job_id', 'component', 'sender', 'receiver', 'tag'])
    .modifyEnd(sql`strict, without rowid`)
    .execute()
}
