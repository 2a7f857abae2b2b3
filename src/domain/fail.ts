/**
 * How a task fails, whoever found out: the runner that ran it, or the sweep.
 * @module
 */
import type { Trx } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { appendEvents } from './event.ts'

export interface TaskFailure {
  readonly taskId: string
  readonly jobId: string
  readonly reason: string
  readonly at: number
  /** The attempt that ended with it, where one did. */
  readonly attemptId?: string
}

/** Fails a task and what follows for its job. One that is over already stays as it is, with its job. */
export async function failTask(trx: Trx, failure: TaskFailure): Promise<void> {
  const { taskId, jobId, reason, at, attemptId } = failure
  const { numUpdatedRows } = await trx
    .updateTable('task')
    .set({ state: 'failed', reason, ended_at: at, updated_at: at })
    .where('id', '=', taskId)
    .where('state', 'in', ['ready', 'running'])
    .executeTakeFirstOrThrow()
  // An earlier failure in the same transaction has ended all tasks of the job.
  if (numUpdatedRows === 0n) return
  await appendEvents(trx, [
    {
      jobId,
      taskId,
      attemptId,
      at,
      type: 'task.failed',
      level: 'error',
      message: reason,
    },
  ])
  await advanceJob(trx, jobId, at)
}
