/**
 * Works: what is run by schedule or on demand, each version of what it runs, and which schedules are due. Beside them what
 * an engine tells of a task by key, and what a task that runs is asked for.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('work')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('lambda_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    // In lower case, for searches that do not mind it.
    .addColumn('name_folded', 'text', (column) => column.notNull())
    .addColumn('description_folded', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('category', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('frequency', 'text')
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text')
    .addColumn('settled_id', 'text')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('deleted_at', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createTable('work_version')
    .addColumn('work_id', 'text', (column) =>
      column.notNull().references('work.id').onDelete('cascade'),
    )
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('work_version_key', ['work_id', 'version'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createTable('work_due')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('work_id', 'text', (column) =>
      column.notNull().references('work.id').onDelete('cascade'),
    )
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('due_at', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('work_due_by_time').on('work_due').columns(['at', 'id']).execute()
  await db.schema.createIndex('work_due_by_work').on('work_due').column('work_id').execute()
  await db.schema
    .createTable('task_fact')
    .addColumn('task_id', 'text', (column) => column.notNull().references('task.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('task_fact_key', ['task_id', 'key'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createTable('task_order')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('task_id', 'text', (column) => column.notNull().references('task.id'))
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.createIndex('task_order_of').on('task_order').columns(['task_id', 'id']).execute()
  // Runs that are over and of which nobody has yet drawn the consequences.
  await sql`create index work_unsettled on work (state)
    where run_id is not null and settled_id is not run_id`.execute(db)
  // Lists and counts walk these and never the table, which has the long texts.
  await sql`create index work_by_time on work (created_at desc, id, user_id, state, frequency)
    where deleted_at is null`.execute(db)
  await sql`create index work_by_text
    on work (created_at desc, id, user_id, state, frequency, name_folded, description_folded)
    where deleted_at is null`.execute(db)
  await sql`create index work_by_user on work (user_id, created_at desc, id)
    where deleted_at is null`.execute(db)
  await sql`create index work_by_state on work (state, created_at desc, id)
    where deleted_at is null`.execute(db)
  await sql`create index work_by_name on work (name, created_at desc, id)
    where deleted_at is null`.execute(db)
  await sql`create index schedule_due on schedule (next_at) where paused = 0`.execute(db)
  // A work is in the state of its newest run, whatever changes that.
  await sql`create trigger work_follows_run after update of state on job
    when new.surface = 'works' and new.state is not old.state
    begin
      update work set state = new.state, updated_at = new.updated_at where run_id = new.id;
    end`.execute(db)
}
