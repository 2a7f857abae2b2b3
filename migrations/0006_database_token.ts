/**
 * Tokens that reach the database itself may be limited to reading.
 * @module
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('token')
    .addColumn('read_only', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}
