/**
 * Answers a repeated request as the first time: a runner whose connection broke asks again with the same key.
 * @module
 */

/** Runs `work` once for each key and answers what it answered. Without a key it always runs. */
export type Once = <T>(key: string | undefined, work: () => Promise<T>) => Promise<T>

const KEPT_MS = 300_000
const KEPT = 1000

/**
 * A memory of this process only: where several processes serve the gateway, a repetition that reaches another one
 * runs again.
 */
export function createOnce(now: () => number): Once {
  const done = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()
  return async <T>(key: string | undefined, work: () => Promise<T>): Promise<T> => {
    if (key === undefined) return work()
    for (const [oldest, { until }] of done) {
      if (done.size < KEPT && until > now()) break
      done.delete(oldest)
    }
    const known = done.get(key)
    if (known) return known.answer as Promise<T>
    const answer = work()
    done.set(key, { until: now() + KEPT_MS, answer })
    try {
      return await answer
    } catch (error) {
      done.delete(key)
      throw error
    }
  }
}
