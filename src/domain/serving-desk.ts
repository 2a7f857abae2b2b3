/**
 * Where the app waits for the answers to online calls: one look at the database for all of them.
 * @module
 */
import type { Db } from '../db/type.ts'
import { unavailable } from './error.ts'
import { pause } from './pause.ts'
import { dropCalls, putCall, takeAnswers } from './serving-call.ts'
import type { ServingResult, ServingRow } from './work.ts'

/** How often to look while somebody waits: a file costs some microseconds, a network a request. */
const FILE_MS = 1
const REMOTE_MS = 20
/** How soon a call that was given up is dropped. */
const DROP_MS = 100
/** What a runner may take longer than its caller has allowed, to say so itself. */
const GRACE_MS = 250

/** Asks services. */
export interface ServingDesk {
  /** The results of a call, one a row. Rejects when nothing comes within `ms`. */
  ask(call: {
    jobId: string
    rows: readonly ServingRow[]
    ms: number
  }): Promise<readonly ServingResult[]>
}

/** A desk on `db`; `onFile` where looking costs next to nothing. */
export function createServingDesk(db: Db, onFile: boolean): ServingDesk {
  const waiting = new Map<number, (results: readonly ServingResult[]) => void>()
  let looking = false
  /** Calls that were given up, to be dropped together: every write wakes whoever waits for work. */
  let over: number[] = []
  let sweeping: ReturnType<typeof setTimeout> | undefined

  function drop(id: number): void {
    over.push(id)
    sweeping ??= setTimeout(() => {
      const ids = over
      over = []
      sweeping = undefined
      void dropCalls(db, ids).catch(() => {
        // The next ones to be dropped take those with them whose time is long past.
      })
    }, DROP_MS)
  }

  async function look(): Promise<void> {
    looking = true
    while (waiting.size > 0) {
      await pause(onFile ? FILE_MS : REMOTE_MS)
      try {
        const answers = await takeAnswers(db, [...waiting.keys()])
        for (const [id, results] of answers) {
          waiting.get(id)?.(results)
          waiting.delete(id)
        }
      } catch {
        // Whoever waits hears of it when the time is up; the next look may succeed.
      }
    }
    looking = false
  }

  return {
    async ask(call) {
      const id = await putCall(db, call)
      let timer: ReturnType<typeof setTimeout> | undefined
      try {
        return await new Promise((resolve, reject) => {
          waiting.set(id, resolve)
          const ms = call.ms + GRACE_MS
          timer = setTimeout(() => reject(nobody(call.ms)), ms)
          if (!looking) void look()
        })
      } finally {
        clearTimeout(timer)
        // One that is answered went from the database when its answer was fetched.
        if (waiting.delete(id)) drop(id)
      }
    },
  }
}

function nobody(ms: number): Error {
  return unavailable(
    `The runner of the guest did not answer within ${ms} ms: it may be gone or busy; ask again, or give it more time ` +
      'with timeoutMs',
  )
}
