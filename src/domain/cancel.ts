/**
 * Taking everything back that is not over of a job.
 * @module
 */
import { inList } from '../db/list.ts'
import type { Trx } from '../db/type.ts'
import { tellAttempts } from './attempt-event.ts'

/** Cancels the open tasks of a job, withdraws their leases and gives up the room that is kept for them. */
export async function cancelTasks(
  trx: Trx,
  cancel: { jobId: string; reason: string; at: number },
): Promise<void> {
  const { jobId, reason, at } = cancel
  const left = await trx
    .selectFrom('task')
    .select('id')
    .where('job_id', '=', jobId)
    .where('state', 'in', ['waiting', 'ready', 'running'])
    .execute()
  if (left.length > 0) {
    const ids = inList(left.map((task) => task.id))
    await trx
      .updateTable('task')
      .set({ state: 'canceled', reason, ended_at: at, updated_at: at })
      .where('id', 'in', ids)
      .execute()
    const stopped = await trx
      .updateTable('attempt')
      .set({ state: 'canceled', reason, ended_at: at })
      .where('task_id', 'in', ids)
      .where('state', '=', 'running')
      .returning('id')
      .execute()
    await tellAttempts(trx, {
      attemptIds: stopped.map((attempt) => attempt.id),
      at,
      type: 'task.canceled',
      level: 'warning',
      word: 'was stopped',
      reason,
    })
    await trx.deleteFrom('lease').where('task_id', 'in', ids).execute()
  }
  await trx
    .deleteFrom('reservation')
    .where('task_id', 'in', (query) =>
      query.selectFrom('task').select('id').where('job_id', '=', jobId),
    )
    .execute()
}
