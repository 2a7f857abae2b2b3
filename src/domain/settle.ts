/**
 * How a task ends. Only the runner that holds the lease may end it, and only once.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { databaseTime } from './clock.ts'
import { appendEvents } from './event.ts'
import { restartGroup } from './lease.ts'
import type { Outcome } from './work.ts'

/** Ends a lease with its outcome. False when it was no longer held: the outcome then counts for nothing. */
export async function settleTask(
  db: Db,
  settlement: { runnerId: string; attemptId: string; outcome: Outcome },
  at?: number,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const now = at ?? (await databaseTime(trx))
    const held = await trx
      .deleteFrom('lease')
      .where('attempt_id', '=', settlement.attemptId)
      .where('runner_id', '=', settlement.runnerId)
      .returning('task_id')
      .executeTakeFirst()
    if (!held) return false
    const task = await trx
      .selectFrom('task')
      .select(['id', 'job_id', 'name', 'role', 'party'])
      .where('id', '=', held.task_id)
      .executeTakeFirstOrThrow()
    const { outcome } = settlement
    const reason = outcome.state === 'succeeded' ? null : outcome.reason
    await trx
      .updateTable('attempt')
      .set({ state: outcome.state, reason, ended_at: now })
      .where('id', '=', settlement.attemptId)
      .execute()
    if (outcome.state === 'released') {
      await restartGroup(trx, {
        jobId: task.job_id,
        name: task.name,
        reason: outcome.reason,
        at: now,
      })
      return true
    }
    const who = task.party === null ? task.name : `${task.role} ${task.party}`
    const where = task.party === null ? '' : ` in ${task.name}`
    const failure = reason === null ? null : `${who} failed${where}: ${reason}`
    await trx
      .updateTable('task')
      .set({
        state: outcome.state,
        reason: failure,
        ended_at: now,
        updated_at: now,
        ...(outcome.state === 'succeeded' ? { progress: 1 } : {}),
      })
      .where('id', '=', task.id)
      .execute()
    await appendEvents(trx, [
      {
        jobId: task.job_id,
        taskId: task.id,
        at: now,
        type: `task.${outcome.state}`,
        level: failure === null ? 'info' : 'error',
        message: failure ?? `${task.name} is done${task.party === null ? '' : ` at ${who}`}`,
      },
    ])
    await advanceJob(trx, task.job_id, now)
    return true
  })
}
