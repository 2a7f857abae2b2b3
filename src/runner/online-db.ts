/**
 * Online calls of a trusted runner: taken from the database itself.
 * @module
 */
import type { Db } from '../db/type.ts'
import { answerCalls, waitingCalls } from '../domain/serving-call.ts'
import type { ServingAnswer } from '../domain/work.ts'
import { createBatcher } from './batcher.ts'
import { systemClock } from './clock.ts'
import type { OnlineStore } from './store.ts'
import { type Listener, listenForWrites, type WatchOptions } from './watch.ts'

/** How often to look where the system does not tell of writes: over a network every look is a request. */
const REMOTE_MS = 25
/**
 * How long to listen before looking again although the system tells: what it tells of is a write, and the commit that makes
 * it visible comes after, without a word.
 */
const DOUBT_MS = [2, 10, 100] as const
/** How long to go on listening for writes after the last one who waited has gone. */
const LISTEN_MS = 5000
/** Most answers in one statement. */
const MOST = 200

/** Calls and answers on `db`. */
export function onlineCalls(db: Db, watch: WatchOptions | undefined): OnlineStore {
  interface Given {
    readonly runnerId: string
    readonly attemptId: string
    readonly answers: readonly ServingAnswer[]
  }
  const give = createBatcher(async (items: readonly Given[]) => {
    for (const [attemptId, own] of Map.groupBy(items, (item) => item.attemptId)) {
      const answers = own.flatMap((item) => item.answers)
      await answerCalls(db, { runnerId: own[0].runnerId, attemptId, answers })
    }
    return items
  }, MOST)

  const ears = watch?.file === undefined ? undefined : shareListener(watch.file)

  return {
    async calls({ signal, ...query }) {
      const told = ears?.take()
      let known = 0
      let looks = 0
      try {
        for (;;) {
          // Before the look, so that nothing comes in between.
          const since = told?.writes ?? 0
          looks = since === known ? looks + 1 : 0
          known = since
          const calls = await waitingCalls(db, query)
          if (calls.length > 0 || signal.aborted) return calls
          if (told === undefined) await systemClock.sleep(REMOTE_MS, signal)
          else if (told.deaf) await systemClock.sleep(watch?.everyMs ?? REMOTE_MS, signal)
          else await told.written(DOUBT_MS[looks] ?? DOUBT_MS[2], signal, since)
        }
      } finally {
        ears?.leave()
      }
    },
    async answer(runnerId, attemptId, answers) {
      await give({ runnerId, attemptId, answers })
    },
  }
}

/** One listener for all who wait: to begin to listen costs more than a look. */
function shareListener(file: string): { take(): Listener; leave(): void } {
  let listener: Listener | undefined
  let timer: NodeJS.Timeout | undefined
  let waiting = 0
  return {
    take() {
      clearTimeout(timer)
      waiting++
      return (listener ??= listenForWrites(file))
    },
    leave() {
      if (--waiting > 0) return
      timer = setTimeout(() => {
        listener?.close()
        listener = undefined
      }, LISTEN_MS)
      // A runner that stops meanwhile needs none.
      timer.unref()
    },
  }
}
