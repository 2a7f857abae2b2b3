/**
 * Jobs made of task roles, with versions and attempts; people with passwords and groups; virtual clusters and storages.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('framework')
    .addColumn('job_id', 'text', (column) =>
      column.primaryKey().notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('latest', 'integer', (column) => column.notNull())
    .addColumn('virtual_cluster', 'text', (column) => column.notNull())
    .addColumn('priority', 'text')
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('secrets', 'text')
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('execution', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('held', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('attempt', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('user_retries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('platform_retries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('resource_retries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('unknown_retries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('due_at', 'integer')
    .addColumn('total_gpus', 'integer', (column) => column.notNull())
    .addColumn('total_tasks', 'integer', (column) => column.notNull())
    .addColumn('total_roles', 'integer', (column) => column.notNull())
    .addColumn('submitted_at', 'integer', (column) => column.notNull())
    .addColumn('launched_at', 'integer')
    .addColumn('completed_at', 'integer')
    .addColumn('exit_code', 'integer')
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createIndex('framework_by_name')
    .unique()
    .on('framework')
    .columns(['owner', 'name', 'version'])
    .execute()
  await db.schema
    .createIndex('framework_by_short_name')
    .on('framework')
    .columns(['name', 'submitted_at'])
    .execute()
  await db.schema
    .createIndex('framework_by_time')
    .on('framework')
    .columns(['latest', 'submitted_at'])
    .execute()
  // All that lists are filtered and ordered by: the rows themselves are wide, with the document in them.
  await sql`
    create index framework_list on framework (
      latest, owner, name, virtual_cluster, priority, state, submitted_at, completed_at, attempt, total_gpus,
      total_tasks, tags, job_id
    )`.execute(db)
  await sql`create index framework_due on framework (due_at) where due_at is not null`.execute(db)
  await sql`create index framework_held on framework (virtual_cluster) where state = 'active'`.execute(
    db,
  )
  await db.schema
    .createTable('framework_attempt')
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('framework.job_id').onDelete('cascade'),
    )
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('launched_at', 'integer')
    .addColumn('completed_at', 'integer')
    .addColumn('exit_code', 'integer')
    .addColumn('diagnostics', 'text')
    .addColumn('trigger_role', 'text')
    .addColumn('trigger_index', 'integer')
    .addColumn('trigger_message', 'text')
    .addColumn('delay_ms', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('framework_attempt_key', ['job_id', 'number'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema.alterTable('account').addColumn('email', 'text').execute()
  for (const name of ['groups', 'virtual_clusters', 'extension']) {
    await db.schema.alterTable('account').addColumn(name, 'text').execute()
  }
  await db.schema.alterTable('token').addColumn('application', 'integer').execute()
  await db.schema.createIndex('token_of_account').on('token').column('account_id').execute()
  await db.schema
    .createTable('account_group')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('external_name', 'text', (column) => column.notNull())
    .addColumn('extension', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createTable('virtual_cluster')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('cores', 'integer')
    .addColumn('memory_mb', 'integer')
    .addColumn('gpus', 'integer')
    .addColumn('stopped', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
}
