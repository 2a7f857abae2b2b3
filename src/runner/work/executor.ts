/**
 * Runs works through their engines, from the main thread: engines are services or libraries of their own.
 * @module
 */
import { createHash } from 'node:crypto'

import type { LeasedTask, Outcome, TaskOrder, WorkRunSpec } from '../../domain/work.ts'
import type { ThreadExecutor } from '../execute.ts'
import type { RunnerLog } from '../log.ts'
import type { Executor, TaskRun } from '../runner.ts'
import type { Store } from '../store.ts'
import type { StatementRows, WorkEngine } from './engine.ts'
import { confined } from './folder.ts'

export interface WorkOptions {
  readonly engines: ReadonlyMap<string, WorkEngine>
  readonly store: Pick<Store, 'orders'>
  readonly runnerId: string
  /** The folder below which works have their own. */
  readonly root: string | null
  readonly log: RunnerLog
}

/** Rows of an answer that are kept with the run. */
export const KEPT_ROWS = 1000

/** Works to their engines, everything else to the other executor. */
export function withWorks(others: ThreadExecutor, options: WorkOptions): ThreadExecutor {
  const works = createWorks(options)
  const of = ({ kind }: LeasedTask): Executor => (kind === 'work' ? works : others)
  return {
    run: (task, run) => of(task).run(task, run),
    finish: (task, outcome, settled) => of(task).finish(task, outcome, settled),
    async close() {
      await others.close()
      for (const engine of options.engines.values()) await engine.close?.()
    },
  }
}

function createWorks(options: WorkOptions): Executor {
  const { engines, log } = options
  return {
    async run(task, run) {
      const spec = specOf(task)
      const engine = engines.get(spec.engine)
      if (!engine) return failed(`Its runner has no engine "${spec.engine}"`)
      const timer = new AbortController()
      const limit =
        spec.timeLimitMs === null
          ? undefined
          : setTimeout(() => timer.abort('time'), spec.timeLimitMs)
      try {
        const outcome = await engine.run({
          spec,
          attempt: task.attempt,
          key: keyOf(task),
          again: task.attempt > 1,
          signal: AbortSignal.any([run.signal, timer.signal]),
          folder: options.root === null ? null : await confined(options.root, spec.directory),
          ...tellers(run),
          orders: createOrders(task, options),
        })
        if (timer.signal.aborted && outcome.state !== 'succeeded' && !run.signal.aborted)
          return failed(
            `It ran longer than its time limit of ${Number(spec.timeLimitMs) / 1000} s and was stopped`,
          )
        return outcome
      } catch (error) {
        if (run.signal.aborted) return failed(String(run.signal.reason))
        log.warn(
          { taskId: task.taskId, error: error instanceof Error ? error.stack : String(error) },
          'A work failed',
        )
        return failed(error instanceof Error ? error.message : String(error))
      } finally {
        clearTimeout(limit)
      }
    },
    finish: () => Promise.resolve(),
  }
}

/** The same for every attempt at a task, so that the engine can tell that it has it already. */
export function keyOf({ taskId }: Pick<LeasedTask, 'taskId'>): string {
  return createHash('sha256').update(taskId).digest('hex').slice(0, 32)
}

function tellers(run: TaskRun) {
  return {
    log: (level: string, text: string) => run.report({ type: 'log', level, text }),
    progress: (fraction: number, note?: string) =>
      run.report({ type: 'progress', fraction, ...(note === undefined ? {} : { note }) }),
    fact: (key: string, value: unknown) => run.report({ type: 'fact', key, value }),
    statement: (fact: { readonly index: number }) =>
      run.report({ type: 'fact', key: `statement.${fact.index}`, value: fact }),
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

function failed(reason: string): Outcome {
  return { state: 'failed', reason }
}
