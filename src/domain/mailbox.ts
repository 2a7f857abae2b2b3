/**
 * Store and forward: sealed messages for a runner that its peers cannot reach directly. The server sees
 * addresses and sizes, never contents.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { unavailable } from './error.ts'
import type { Parcel } from './work.ts'

/** Most bytes that may wait for one receiver of one session. */
const MAILBOX_BYTES = 512 * 1024 * 1024
/** Parcels handed out at once are limited, so that one answer stays small. */
const COLLECT_BYTES = 32 * 1024 * 1024

/** Keeps a sealed message until its receiver collects it. */
export async function postParcel(db: Db, parcel: Parcel, at: number): Promise<void> {
  const { waiting } = await db
    .selectFrom('message')
    .select((expression) =>
      expression.fn
        .coalesce(expression.fn.sum<number>(expression.fn('length', ['body'])), expression.lit(0))
        .as('waiting'),
    )
    .where('session', '=', parcel.session)
    .where('receiver', '=', parcel.receiver)
    .executeTakeFirstOrThrow()
  if (waiting + parcel.body.length > MAILBOX_BYTES) {
    // Not a limit for good: it passes when the receiver collects.
    throw unavailable(
      `The mailbox of ${parcel.receiver} is full: its runner has to collect messages first`,
    )
  }
  await db
    .insertInto('message')
    .values({
      job_id: parcel.jobId,
      session: parcel.session,
      sender: parcel.sender,
      receiver: parcel.receiver,
      body: parcel.body,
      created_at: at,
    })
    .execute()
}

/** Takes the oldest messages for a receiver; they are gone afterwards. */
export async function collectParcels(
  db: Db,
  query: { session: string; receiver: string },
): Promise<Parcel[]> {
  const waiting = await db
    .selectFrom('message')
    .select('id')
    .where('session', '=', query.session)
    .where('receiver', '=', query.receiver)
    .limit(1)
    .executeTakeFirst()
  if (!waiting) return []
  return inTransaction(db, async (trx) => {
    const rows = await trx
      .selectFrom('message')
      .selectAll()
      .where('session', '=', query.session)
      .where('receiver', '=', query.receiver)
      .orderBy('id')
      .limit(256)
      .execute()
    let bytes = 0
    const taken = rows.filter((row, index) => {
      bytes += row.body.length
      return index === 0 || bytes <= COLLECT_BYTES
    })
    await trx
      .deleteFrom('message')
      .where(
        'id',
        'in',
        taken.map((row) => row.id),
      )
      .execute()
    return taken.map((row) => ({
      id: row.id,
      jobId: row.job_id,
      session: row.session,
      sender: row.sender,
      receiver: row.receiver,
      body: new Uint8Array(row.body),
    }))
  })
}
