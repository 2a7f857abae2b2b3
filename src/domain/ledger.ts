/**
 * The disclosure ledger: what crossed between the parties of a job, from whom to whom, of which kind.
 * @module
 */
import { sql } from 'kysely'

import type { LedgerTable } from '../db/table/record.ts'
import type { Db } from '../db/type.ts'

export interface LedgerLine {
  readonly component: string
  readonly sender: string
  readonly receiver: string
  readonly tag: string
  /** `ciphertext`, `blinded`, `masked`, `share`, `aggregate` or `plain`. */
  readonly kind: string
  /** What the receiver can learn, in one sentence. */
  readonly reveals: string
  readonly messages: number
  readonly bytes: number
}

/** Adds what was sent since the last report. */
export async function addToLedger(db: Db, line: LedgerTable): Promise<void> {
  await db
    .insertInto('ledger')
    .values(line)
    .onConflict((conflict) =>
      conflict.columns(['job_id', 'component', 'sender', 'receiver', 'tag']).doUpdateSet({
        messages: sql`ledger.messages + excluded.messages`,
        bytes: sql`ledger.bytes + excluded.bytes`,
      }),
    )
    .execute()
}

/** Everything that crossed in a job. */
export async function listLedger(db: Db, jobId: string): Promise<LedgerLine[]> {
  return db
    .selectFrom('ledger')
    .select(['component', 'sender', 'receiver', 'tag', 'kind', 'reveals', 'messages', 'bytes'])
    .where('job_id', '=', jobId)
    .orderBy('component')
    .orderBy('tag')
    .orderBy('sender')
    .orderBy('receiver')
    .execute()
}
