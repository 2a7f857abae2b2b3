/**
 * Tags of models: names that people give to versions in order to find them again.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tag')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()

  await db.schema
    .createTable('model_tag')
    .addColumn('tag_id', 'integer', (column) =>
      column.notNull().references('tag.id').onDelete('cascade'),
    )
    .addColumn('model_id', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('model_tag_key', ['tag_id', 'model_id', 'version'])
    .addForeignKeyConstraint(
      'model_tag_model',
      ['model_id', 'version'],
      'model',
      ['model_id', 'version'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createIndex('model_tag_by_model')
    .on('model_tag')
    .columns(['model_id', 'version'])
    .execute()
}
