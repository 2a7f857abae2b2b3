/**
 * Runs works through their engines, from the main thread: engines are services or libraries of their own.
 * @module
 */
import type { LeasedTask, Outcome, TaskOrder, WorkRunSpec } from '../../domain/work.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Executor, TaskRun } from '../executor.ts'
import { createLeftoverSweep } from '../leftover.ts'
import type { RunnerLog } from '../log.ts'
import { failed } from '../outcome.ts'
import { createHealth, persist } from '../retry.ts'
import type { Store } from '../store.ts'
import type { StatementRows, WorkEngine, WorkRun } from './engine.ts'
import { confined } from './folder.ts'

export interface WorkOptions {
  readonly engines: ReadonlyMap<string, WorkEngine>
  readonly store: Pick<Store, 'orders' | 'handles'>
  readonly runnerId: string
  /** The folder below which works have their own. */
  readonly root: string | null
  readonly log: RunnerLog
  readonly clock?: Clock
}

/** Rows of an answer that are kept with the run. */
export const KEPT_ROWS = 1000

interface WorkExecutor extends Executor {
  close(): Promise<void>
}

/** An executor for tasks of the kind `work`. */
export function createWorks(options: WorkOptions): WorkExecutor {
  const { engines, store, runnerId, log, clock = systemClock } = options
  /** Handles of runs that this runner follows. */
  const followed = new Map<string, string>()
  const begun = new Map<string, { engine: WorkEngine; key: string; folder: string | null }>()
  const sweep = createLeftoverSweep({
    engines,
    handles: store.handles,
    runnerId,
    inUse: (handle) => [...followed.values()].includes(handle),
    log,
    clock,
  })

  async function run(task: LeasedTask, run: TaskRun): Promise<Outcome> {
    const spec = specOf(task)
    const engine = engines.get(spec.engine)
    if (!engine) return failed(`Its runner has no engine "${spec.engine}"`)
    const handle = engine.discard ? await hold(task, run.signal) : `${engine.name}:${task.taskId}`
    if (handle === null) return failed('Its lease is no longer held')
    const key = handle.slice(handle.indexOf(':') + 1)
    const limit = createLimit(spec.timeLimitMs)
    try {
      const folder =
        options.root === null ? null : await confined(options.root, spec.directory ?? spec.workId)
      begun.set(task.attemptId, { engine, key, folder })
      const outcome = await engine.run({
        spec,
        attempt: task.attempt,
        key,
        again: task.handle !== null || (!engine.discard && task.attempt > 1),
        signal: AbortSignal.any([run.signal, limit.signal]),
        folder,
        ...tellers(run),
        orders: createOrders(task, options),
      })
      return limit.signal.aborted && outcome.state !== 'succeeded' ? await limit.end() : outcome
    } catch (error) {
      if (run.signal.aborted) return failed(String(run.signal.reason))
      if (limit.signal.aborted) return await limit.end()
      const stack = error instanceof Error ? error.stack : String(error)
      log.warn({ taskId: task.taskId, error: stack }, 'A work failed')
      return failed(error instanceof Error ? error.message : String(error))
    } finally {
      limit.clear()
    }

    function createLimit(ms: number | null) {
      const controller = new AbortController()
      const timer = ms === null ? undefined : setTimeout(() => controller.abort('time limit'), ms)
      return {
        signal: controller.signal,
        clear: () => clearTimeout(timer),
        async end(): Promise<Outcome> {
          await engine?.discard?.(key)
          return failed(
            `It ran longer than its time limit of ${Number(ms) / 1000} s and was stopped`,
          )
        },
      }
    }
  }

  /** The handle under which the engine knows the run, kept by the store; null when the lease is gone. */
  async function hold(task: LeasedTask, signal: AbortSignal): Promise<string | null> {
    const { handles } = store
    if (handles === undefined) throw new Error('The store of this runner keeps no handles')
    const handle = task.handle ?? `${specOf(task).engine}:${task.attemptId}`
    const held =
      task.handle !== null ||
      (await persist(() => handles.hold(runnerId, task.attemptId, handle), {
        clock,
        health: createHealth(log),
        signal,
      }))
    if (!held) return null
    followed.set(task.attemptId, handle)
    return handle
  }

  return {
    run,
    async finish(task, _, settled) {
      const ended = begun.get(task.attemptId)
      begun.delete(task.attemptId)
      if (settled && ended) await ended.engine.settled?.(ended)
      if (followed.delete(task.attemptId)) sweep.nudge()
    },
    async close() {
      await sweep.close()
      for (const engine of engines.values()) await engine.close?.()
    },
  }
}

type Tellers = Pick<WorkRun, 'log' | 'progress' | 'fact' | 'statement' | 'result'>

function tellers(run: TaskRun): Tellers {
  return {
    log: (level, text) => run.report({ type: 'log', level, text }),
    progress: (fraction, note) =>
      run.report({ type: 'progress', fraction, ...(note === undefined ? {} : { note }) }),
    fact: (key, value) => run.report({ type: 'fact', key, value }),
    statement: (fact) => run.report({ type: 'fact', key: `statement.${fact.index}`, value: fact }),
    async result({ index, columns, rows, total }: StatementRows) {
      const value = { columns, rows: rows.slice(0, KEPT_ROWS), total }
      run.report({ type: 'fact', key: `result.${index}`, value })
      await run.room()
    },
  }
}

function createOrders(
  task: LeasedTask,
  { store, runnerId }: WorkOptions,
): () => Promise<readonly TaskOrder[]> {
  let after = 0
  return async () => {
    const { attemptId } = task
    const orders = (await store.orders?.({ runnerId, attemptId, after })) ?? []
    after = orders.at(-1)?.id ?? after
    return orders
  }
}

function specOf({ spec }: LeasedTask): WorkRunSpec {
  if (spec.type !== 'work') throw new TypeError(`A task of the type ${spec.type} is no work`)
  return spec
}
