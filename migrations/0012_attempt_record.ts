/**
 * Finds the log of one attempt, and the attempts of one runner, without reading the others.
 * @module
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('log_of_attempt')
    .on('log_chunk')
    .columns(['attempt_id', 'id'])
    .execute()
  await db.schema
    .createIndex('attempt_of_runner')
    .on('attempt')
    .columns(['runner_id', 'started_at'])
    .execute()
}
