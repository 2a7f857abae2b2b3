/**
 * What one of all processes does every so often, whichever comes first; the others then leave it alone.
 * @module
 */
import { sql } from 'kysely'

import type { Db } from '../db/type.ts'

/** Whether the caller is the one to do it now: nobody has, for `everyMs`. */
export async function takeDuty(
  db: Db,
  duty: { readonly name: string; readonly everyMs: number; readonly at: number },
): Promise<boolean> {
  const { name, everyMs, at } = duty
  const last = await db.selectFrom('duty').select('at').where('name', '=', name).executeTakeFirst()
  // Clocks are set back at times.
  if (last && Math.abs(at - last.at) < everyMs) return false
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('duty')
    .values({ name, at })
    .onConflict((clash) =>
      clash
        .column('name')
        .doUpdateSet({ at })
        .where(sql<number>`abs(duty.at - ${at})`, '>=', everyMs),
    )
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
