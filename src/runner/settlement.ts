/**
 * The end of a task as the server gets it: after all of its reports, and tried while the store is away.
 * @module
 */
import type { LeasedTask, Outcome } from '../domain/work.ts'
import type { RunnerLog } from './log.ts'
import type { Reporter } from './reporter.ts'
import { persist, type Retry } from './retry.ts'
import type { Store } from './store.ts'

export interface SettlementOptions {
  readonly store: Store
  readonly runnerId: string
  readonly reporter: Reporter
  readonly retry: Retry
  readonly log: RunnerLog
}

/** Settles tasks; the answer says whether the outcome counted. It never rejects: what is not stored, its lease ends. */
export function createSettlement(
  options: SettlementOptions,
): (task: LeasedTask, outcome: Outcome) => Promise<boolean> {
  const { store, runnerId, reporter, retry, log } = options

  async function dropSpool({ taskId, spec }: LeasedTask): Promise<void> {
    if (spec.type !== 'upload' || spec.source.type !== 'spool') return
    try {
      await store.dropSpool(spec.source.id)
    } catch (error) {
      log.warn({ taskId, error }, 'A spooled upload could not be removed')
    }
  }

  return async (task, outcome) => {
    const { taskId, attemptId } = task
    try {
      await reporter.flush()
      const counted = await persist(() => store.settle(runnerId, attemptId, outcome), retry)
      log.info({ taskId, outcome, counted }, 'A task ended')
      if (counted && outcome.state !== 'released') await dropSpool(task)
      return counted
    } catch (error) {
      log.error({ taskId, outcome, error }, 'The end of a task was not stored: its lease runs out')
      return false
    }
  }
}
