/**
 * Removes what stopped jobs have kept for going on with. A task that ends in its runner tidies up itself; one that was
 * stopped, or whose runner died, cannot.
 * @module
 */
import type { Clock } from './clock.ts'
import { keptCheckpoints, removeKept } from './data/leftovers.ts'
import type { RunnerLog } from './log.ts'
import type { Store } from './store.ts'

export interface TidyOptions {
  readonly dataDir: string
  readonly store: Pick<Store, 'ended'>
  readonly log: RunnerLog
}

/** Most jobs that the store is asked about at once. */
const JOBS = 500
const TIDY_MS = 60_000

/**
 * Removes the checkpoints of jobs that the server says are over; answers the jobs. Those that it does not know, or that
 * are only suspended, keep theirs.
 */
export async function tidy(options: TidyOptions): Promise<string[]> {
  const kept = await keptCheckpoints(options.dataDir)
  const jobIds = [...kept.keys()]
  const over: string[] = []
  for (let from = 0; from < jobIds.length; from += JOBS) {
    over.push(...(await options.store.ended(jobIds.slice(from, from + JOBS))))
  }
  for (const jobId of over) await removeKept(kept.get(jobId) ?? [])
  if (over.length > 0) options.log.info({ jobs: over }, 'States of jobs that are over are removed')
  return over
}

/** Tidies now and every minute, until `signal` aborts; resolves then. */
export async function keepTidy(
  options: TidyOptions & { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, signal, log } = options
  while (!signal.aborted) {
    try {
      await tidy(options)
    } catch (error) {
      // The next round finds the same.
      log.debug({ error: String(error) }, 'What stopped jobs left behind was not removed')
    }
    await clock.sleep(TIDY_MS, signal)
  }
}
