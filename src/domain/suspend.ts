/**
 * Setting a job aside and taking it up again. Its tasks lose their leases without counting as lost; what they have
 * kept of their work stays with their parties, so that they go on from there.
 * @module
 */
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { startJobs } from './advance.ts'
import { databaseTime } from './clock.ts'
import { conflict } from './error.ts'
import { appendEvents } from './event.ts'
import { WITHDRAWN_STATES, withdrawGroup } from './group.ts'
import { isJobMove } from './job-state.ts'
import { getJob, type Job } from './job.ts'
import { clearMetrics } from './metric.ts'

/** Sets a job aside until it is resumed; one that is already stays as it is. */
export async function suspendJob(
  db: Db,
  suspension: { id: string; reason: string },
  at?: number,
): Promise<Job> {
  const { id, reason } = suspension
  return inTransaction(db, async (trx) => {
    const job = await getJob(trx, id)
    if (job.state === 'suspended') return job
    if (!isJobMove(job.state, 'suspended')) {
      throw conflict(`Job ${id} is ${job.state}: only one that waits or runs can be suspended`)
    }
    const now = at ?? (await databaseTime(trx))
    await setAside(trx, { jobId: id, reason, at: now })
    await trx
      .updateTable('job')
      .set({ state: 'suspended', reason, updated_at: now })
      .where('id', '=', id)
      .execute()
    await trx.deleteFrom('message').where('job_id', '=', id).execute()
    await appendEvents(trx, [{ jobId: id, at: now, type: 'job.suspended', message: reason }])
    await startJobs(trx, now)
    return getJob(trx, id)
  })
}

/** Puts a suspended job in line again; one that waits or runs stays as it is. */
export async function resumeJob(
  db: Db,
  resumption: { id: string; reason: string },
  at?: number,
): Promise<Job> {
  const { id, reason } = resumption
  return inTransaction(db, async (trx) => {
    const job = await getJob(trx, id)
    if (job.state === 'waiting' || job.state === 'running') return job
    if (job.state !== 'suspended') {
      throw conflict(`Job ${id} is ${job.state}: only a suspended job can be resumed`)
    }
    const now = at ?? (await databaseTime(trx))
    const begun = await trx
      .selectFrom('task')
      .select('id')
      .where('job_id', '=', id)
      .where('state', '=', 'waiting')
      .where('attempts', '>', 0)
      .execute()
    // The next attempt tells its series from the beginning, also what it does not compute again.
    if (begun.length > 0) {
      await clearMetrics(
        trx,
        begun.map((task) => task.id),
      )
    }
    await trx
      .updateTable('job')
      .set({ state: 'waiting', reason: null, updated_at: now })
      .where('id', '=', id)
      .execute()
    await appendEvents(trx, [{ jobId: id, at: now, type: 'job.resumed', message: reason }])
    await startJobs(trx, now)
    return getJob(trx, id)
  })
}

/** Sends every group with open tasks back to waiting, also its members that are done: they go on together. */
async function setAside(
  trx: Trx,
  { jobId, reason, at }: { jobId: string; reason: string; at: number },
): Promise<void> {
  const tasks = await trx
    .selectFrom('task')
    .select(['id', 'name', 'state', 'attempts'])
    .where('job_id', '=', jobId)
    .where('state', 'in', WITHDRAWN_STATES)
    .execute()
  for (const group of Map.groupBy(tasks, (task) => task.name).values()) {
    if (group.every((task) => task.state === 'succeeded')) continue
    const ids = await withdrawGroup(trx, group, { reason, at })
    await trx
      .updateTable('task')
      .set({ state: 'waiting', reason: null, ready_at: null })
      .where('id', 'in', ids)
      .execute()
  }
}
