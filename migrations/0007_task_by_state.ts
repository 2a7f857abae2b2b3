/**
 * Finds the ready and the open tasks of one job without reading the others.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('task_of_job_by_state')
    .on('task')
    .columns(['job_id', 'state', 'name'])
    .execute()
  await db.schema
    .createIndex('task_of_job_ready')
    .on('task')
    .columns(['job_id', 'ready_at', 'id'])
    .where(sql.ref('state'), '=', sql.lit('ready'))
    .execute()
}
