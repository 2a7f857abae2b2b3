/**
 * Jobs: one row a submission, whichever of the APIs it came through.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('surface', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('description', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('tag', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('priority', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('progress', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('initiator_role', 'text')
    .addColumn('initiator_party', 'text')
    .addColumn('members', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('graph', 'text', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('model_id', 'text')
    .addColumn('model_version', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'integer')
    .addColumn('ended_at', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('job_by_time').on('job').columns(['created_at', 'id']).execute()
  await db.schema
    .createIndex('job_by_state')
    .on('job')
    .columns(['state', 'priority', 'created_at'])
    .execute()
  await db.schema
    .createIndex('job_by_state_and_time')
    .on('job')
    .columns(['state', 'created_at', 'id'])
    .execute()
  // FATE-Flow answers one row for each role and party of a job, and its clients filter by them.
  await db.schema
    .createTable('job_member')
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('party', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_member_key', ['job_id', 'role', 'party'])
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  await db.schema
    .createIndex('job_member_by_party')
    .on('job_member')
    .columns(['party', 'role'])
    .execute()
}
