/**
 * How often something may be done in a window of time, counted in memory: each process of the server counts its own.
 * @module
 */

/** At most `most` in `windowMs`. */
export interface Rate {
  readonly most: number
  readonly windowMs: number
}

/** Counts one more for `key` at `at`; answers how long to wait, in milliseconds, 0 where it is within the rate. */
export type Counter = (key: string, at: number) => number

/** More keys than this are not told apart for long: the oldest windows are forgotten first. */
const MOST_KEYS = 10_000

/** A counter of fixed windows, each of which begins with the first of its key. What is refused is not counted. */
export function countRate({ most, windowMs }: Rate): Counter {
  // In the order in which the windows began, which is that in which they end.
  const windows = new Map<string, { count: number; readonly ends: number }>()
  return (key, at) => {
    for (const [old, { ends }] of windows) {
      if (ends > at && windows.size < MOST_KEYS) break
      windows.delete(old)
    }
    const window = windows.get(key)
    if (!window) {
      windows.set(key, { count: 1, ends: at + windowMs })
      return 0
    }
    if (window.count >= most) return window.ends - at
    window.count += 1
    return 0
  }
}
