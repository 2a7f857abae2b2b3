/**
 * Parties: the organisations that take part, and the identity keys pinned for them.
 * @module
 */
import type { Db } from '../db/type.ts'
import { notFound } from './error.ts'

export interface Party {
  readonly id: string
  readonly name: string
  /** Ed25519 public key, base64url, or null before its runner has registered. */
  readonly identityKey: string | null
  readonly updatedAt: number
}

/** Every party the server knows. */
export async function listParties(db: Db): Promise<Party[]> {
  const rows = await db.selectFrom('party').selectAll().orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    identityKey: row.identity_key,
    updatedAt: row.updated_at,
  }))
}

/** Clears the pinned key of a party, so that its next runner may register a new one. */
export async function resetParty(db: Db, id: string): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('party')
    .set({ identity_key: null })
    .where('id', '=', id)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw notFound(`No party "${id}" is registered`)
}
