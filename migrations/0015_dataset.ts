/**
 * Data sets that parties offer for joint work, the addresses that clients call parties by, and jobs that their owner
 * has deleted.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('dataset')
    .addColumn('party', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('site', 'text', (column) => column.notNull())
    .addColumn('index_column', 'text', (column) => column.notNull())
    .addColumn('features', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('dataset_key', ['party', 'name'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createTable('party_url')
    .addColumn('url', 'text', (column) => column.primaryKey().notNull())
    .addColumn('party', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.alterTable('job').addColumn('deleted_at', 'integer').execute()
  // Surfaces whose clients group jobs under a name of their own ask for them by it.
  await db.schema
    .createIndex('job_by_name')
    .on('job')
    .columns(['surface', 'kind', 'name', 'created_at'])
    .execute()
}
