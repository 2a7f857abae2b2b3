/**
 * Removes what jobs have left: the states of stopped ones, and after a while what programs worked with. A task that ends
 * in its runner removes its state itself; one that was stopped, or whose runner died, cannot.
 * @module
 */
import type { Clock } from './clock.ts'
import { keptCheckpoints, removeKept, removeWork, workFolders } from './data/leftovers.ts'
import type { RunnerLog } from './log.ts'
import type { Store } from './store.ts'

export interface TidyOptions {
  readonly dataDir: string
  readonly store: Pick<Store, 'ended'>
  readonly log: RunnerLog
  /** Where programs work, and how long a job's directories stay once it has ended; for ever without it. */
  readonly work?: { readonly folders: readonly string[]; readonly keepMs: number }
}

/** Most jobs that the store is asked about at once. */
const JOBS = 500
const TIDY_MS = 60_000

/**
 * Removes the checkpoints of jobs that the server says are over, and the working directories of programs of those that
 * ended long enough ago; answers the jobs of which something was removed. Those that the server does not know, or that
 * are only suspended, keep theirs.
 */
export async function tidy(options: TidyOptions): Promise<string[]> {
  const { dataDir, work, store, log } = options
  const states = await keptCheckpoints(dataDir)
  const over = await endedOf([...states.keys()], (jobIds) => store.ended(jobIds))
  for (const jobId of over) await removeKept(states.get(jobId) ?? [])
  if (over.length > 0) log.info({ jobs: over }, 'States of jobs that are over are removed')
  const past: string[] = []
  for (const folder of work?.folders ?? []) {
    const folders = await workFolders(folder)
    const old = await endedOf([...folders.keys()], (ids) => store.ended(ids, work?.keepMs))
    for (const jobId of old) await removeWork(folders.get(jobId) ?? [])
    past.push(...old)
  }
  if (past.length > 0) log.info({ jobs: past }, 'Working directories of old jobs are removed')
  return [...new Set([...over, ...past])]
}

/** A few at a time, as a data directory may hold thousands of jobs. */
async function endedOf(
  jobIds: readonly string[],
  ask: (jobIds: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  const over: string[] = []
  for (let from = 0; from < jobIds.length; from += JOBS) {
    over.push(...(await ask(jobIds.slice(from, from + JOBS))))
  }
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
