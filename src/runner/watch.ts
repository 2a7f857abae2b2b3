/**
 * Notices that a database file has changed, whoever wrote to it, without taking a lock.
 * @module
 */
import type { Db } from '../db/type.ts'
import { versionOf } from '../db/version.ts'
import { systemClock } from './clock.ts'

export interface Watch {
  /** Remembers the state of the database: what comes later is a change. */
  mark(): Promise<void>
  /** Resolves when the database is no longer as it was at the last mark, or `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>
}

/** A watch that looks every `ms`. */
export function createWatch(db: Db, ms: number): Watch {
  const version = versionOf(db)
  let known: number | undefined

  return {
    async mark() {
      known = await version()
    },
    async changed(signal) {
      while (!signal.aborted) {
        await systemClock.sleep(ms, signal)
        if (signal.aborted || (await version()) !== known) return
      }
    },
  }
}
