/**
 * A clock that stands still until a test moves it.
 * @module
 */
import type { Clock } from '../../src/runner/clock.ts'

export interface TestClock extends Clock {
  /** Moves on by `ms`, waking sleepers in order, and lets what they start come to rest. */
  advance(ms: number): Promise<void>
}

/** A clock that begins at `at`. */
export function testClock(at = 1_700_000_000_000): TestClock {
  let now = at
  const sleepers = new Set<{ readonly until: number; wake(): void }>()

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        const sleeper = {
          until: now + ms,
          wake() {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers.add(sleeper)
        if (signal?.aborted) sleeper.wake()
        else signal?.addEventListener('abort', sleeper.wake, { once: true })
      })
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const due = [...sleepers].toSorted((a, b) => a.until - b.until)[0]
        if (!due || due.until > end) break
        now = Math.max(now, due.until)
        due.wake()
        await settle()
      }
      now = end
      await settle()
    },
  }
}

/** Lets everything that is ready run: some turns of the event loop, no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
