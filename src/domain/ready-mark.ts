/**
 * Whether there may be new work: cheap questions for whoever waits for it.
 * @module
 */
import type { Db } from '../db/type.ts'
import { versionOf } from '../db/version.ts'

export interface ReadyMark {
  /** Differs once anything at all has changed; of use on files only. */
  version(): Promise<number>
  /** Names the task that became ready last. */
  newest(): Promise<string>
}

/** Asks the database about its ready tasks. */
export function createReadyMark(db: Db): ReadyMark {
  return {
    version: versionOf(db),
    async newest() {
      const row = await db
        .selectFrom('task')
        .select(['ready_at', 'id'])
        .where('state', '=', 'ready')
        .orderBy('ready_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? '' : `${row.ready_at} ${row.id}`
    },
  }
}
