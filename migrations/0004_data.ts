/**
 * What the server knows of data it does not hold: tables, artifacts, models and pending uploads.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('data_table')
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('party', 'text')
    .addColumn('site', 'text')
    .addColumn('location', 'text')
    .addColumn('columns', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('id_column', 'text')
    .addColumn('partitions', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('rows', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('preview', 'text')
    .addColumn('job_id', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('data_table_key', ['namespace', 'name'])
    .modifyEnd(sql`strict`)
    .execute()

  await db.schema
    .createTable('artifact')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('task_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('site', 'text')
    .addColumn('location', 'text')
    .addColumn('rows', 'integer')
    .addColumn('summary', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('preview', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addUniqueConstraint('artifact_of_task', ['task_id', 'kind', 'name'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('artifact_of_job').on('artifact').column('job_id').execute()

  await db.schema
    .createTable('model')
    .addColumn('model_id', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('members', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('pipeline', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('model_key', ['model_id', 'version'])
    .modifyEnd(sql`strict`)
    .execute()
}
