/**
 * Wakes the claims that wait for work: one look at the database for all of them.
 * @module
 */
import { pause } from '../../domain/pause.ts'
import type { ReadyMark } from '../../domain/ready-mark.ts'

export interface Wake {
  /** Says that there may be work now, as this process has just made some. */
  now(): void
  /** A number for `after`: take it before looking for work. */
  mark(): number
  /** Resolves when there may be work that was not there at the mark, `ms` have passed, or `signal` aborts. */
  after(mark: number, wait: { readonly ms: number; readonly signal: AbortSignal }): Promise<void>
}

/** Where every look costs a request. */
const SLOW_MS = 250
/** Something has changed, but no task became ready: what it was may still let a waiting one go. */
const OTHER_MS = 250
/** Nothing has changed that could be seen. */
const ANYWAY_MS = 2000

/** A wake that looks every `watchMs` while somebody waits. */
export function createWake(ready: ReadyMark, watchMs?: number): Wake {
  const waiters = new Set<() => void>()
  let wakes = 0
  let watching = false
  // Kept while nobody waits: what comes between a mark and the wait is a change from here.
  let version: number | undefined
  let newest: string | undefined

  function wakeAll(): void {
    wakes++
    for (const waiter of waiters) waiter()
  }

  async function watch(): Promise<void> {
    watching = true
    let wokenAt = performance.now()
    while (waiters.size > 0) {
      await pause(watchMs ?? SLOW_MS)
      try {
        const quiet = performance.now() - wokenAt
        const now = watchMs === undefined ? undefined : await ready.version()
        if (watchMs !== undefined && now === version && quiet < ANYWAY_MS) continue
        const changed = now !== version
        const top = await ready.newest()
        if (top === newest && quiet < (changed ? OTHER_MS : ANYWAY_MS)) continue
        version = now
        newest = top
        wokenAt = performance.now()
      } catch {
        // Whoever is woken asks the database itself, and tells its caller what is wrong with it.
        wokenAt = performance.now()
      }
      wakeAll()
    }
    watching = false
  }

  return {
    now: wakeAll,
    mark: () => wakes,
    after(mark, { ms, signal }) {
      if (mark !== wakes || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        function done(): void {
          clearTimeout(timer)
          waiters.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        signal.addEventListener('abort', done, { once: true })
        waiters.add(done)
        if (!watching) void watch()
      })
    },
  }
}
