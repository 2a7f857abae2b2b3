/**
 * Names of removed accounts: what they left belongs to a name, which is not to fall to somebody else.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('former_account')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('removed_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
}
