/**
 * Waiting for a condition, as tests do instead of sleeping.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'

const LONGEST_PAUSE_MS = 100

/** Asks until `ask` gives something, at first often; fails with `what` after `seconds`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  seconds = 120,
): Promise<Exclude<T, undefined | false | null>> {
  const end = Date.now() + seconds * 1000
  for (let ms = 2; ; ms = Math.min(ms * 1.5, LONGEST_PAUSE_MS)) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, undefined | false | null>
    if (Date.now() > end) throw new Error(`${what}: nothing within ${seconds} s`)
    await pause(ms)
  }
}
