/**
 * Ends what engines still have of attempts that are over: jobs of a cluster whose task was stopped while nobody
 * followed them, and the folders of those that are done.
 * @module
 */
import type { Engine } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { RunnerLog } from './log.ts'
import { createHealth } from './retry.ts'
import type { HandleStore } from './store.ts'

const EVERY_MS = 3000

export interface LeftoverOptions {
  readonly engines: ReadonlyMap<string, Pick<Engine, 'discard'>>
  readonly handles: HandleStore | undefined
  readonly runnerId: string
  /** Whether this runner is still busy with it. */
  inUse(handle: string): boolean
  readonly log: RunnerLog
  readonly clock: Clock
}

export interface LeftoverSweep {
  /** Looks at once. */
  nudge(): void
  close(): Promise<void>
}

/** Looks every few seconds, where there is an engine that leaves anything. */
export function createLeftoverSweep(options: LeftoverOptions): LeftoverSweep {
  const { engines, handles, runnerId, log, clock } = options
  const closing = new AbortController()
  const stores = createHealth(log)
  const clusters = createHealth(log, 'cluster')
  let awake = new AbortController()

  async function look(kept: HandleStore): Promise<void> {
    const cleared: string[] = []
    for (const handle of await kept.leftovers(runnerId)) {
      const at = handle.indexOf(':')
      const engine = engines.get(handle.slice(0, at))
      if (engine?.discard === undefined || options.inUse(handle)) continue
      try {
        if (await engine.discard(handle.slice(at + 1))) cleared.push(handle)
        clusters.good()
      } catch (error) {
        clusters.bad(error)
      }
    }
    if (cleared.length > 0) await kept.clear(runnerId, cleared)
  }

  async function loop(kept: HandleStore): Promise<void> {
    while (!closing.signal.aborted) {
      awake = new AbortController()
      try {
        await look(kept)
        stores.good()
      } catch (error) {
        stores.bad(error)
      }
      await clock.sleep(EVERY_MS, AbortSignal.any([awake.signal, closing.signal]))
    }
  }

  const leaves = [...engines.values()].some((engine) => engine.discard !== undefined)
  const over = handles && leaves ? loop(handles) : Promise.resolve()
  return {
    nudge: () => awake.abort('there may be a leftover'),
    async close() {
      closing.abort('it is over')
      await over
    },
  }
}
