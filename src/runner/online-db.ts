/**
 * Online calls of a trusted runner: taken from the database itself.
 * @module
 */
import type { Db } from '../db/type.ts'
import { answerCalls, waitingCalls } from '../domain/serving.ts'
import type { ServingAnswer } from '../domain/work.ts'
import { createBatcher } from './batcher.ts'
import { systemClock } from './clock.ts'
import type { OnlineStore } from './store.ts'
import { listenForWrites, type WatchOptions } from './watch.ts'

/** How often to look where the system does not tell of writes: over a network every look is a request. */
const REMOTE_MS = 25
/** How often to look although the system tells. */
const DOUBT_MS = 100
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

  return {
    async calls({ signal, ...query }) {
      // Before the first look, so that nothing comes in between.
      const told = watch?.file === undefined ? undefined : listenForWrites(watch.file)
      try {
        for (;;) {
          const calls = await waitingCalls(db, query)
          if (calls.length > 0 || signal.aborted) return calls
          if (told === undefined) await systemClock.sleep(REMOTE_MS, signal)
          else if (told.deaf) await systemClock.sleep(watch?.everyMs ?? REMOTE_MS, signal)
          else await told.written(DOUBT_MS, signal)
        }
      } finally {
        told?.close()
      }
    },
    async answer(runnerId, attemptId, answers) {
      await give({ runnerId, attemptId, answers })
    },
  }
}
