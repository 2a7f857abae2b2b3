/**
 * What webhooks of jobs are signed with, and models by their version alone, to tell whose they are.
 * @module
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Goes with its row, when the last change has been told.
  await db.schema.alterTable('framework_webhook').addColumn('secret', 'text').execute()
  await db.schema.createIndex('model_by_version').on('model').column('version').execute()
}
