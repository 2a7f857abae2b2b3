/**
 * Models are looked for by their version alone, to tell whose they are.
 * @module
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('model_by_version').on('model').column('version').execute()
}
