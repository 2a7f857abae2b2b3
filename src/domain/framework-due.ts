/**
 * Jobs of task roles that wait for their time, or for room in their virtual cluster.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { takeDuty } from './duty.ts'

/** How often those that wait for room are looked at, by one of all who sweep. */
const HELD_MS = 1000

/** Lets those go on whose time has come, and those that wait for room where there may be some. */
export async function advanceDueFrameworks(db: Db, at: number): Promise<void> {
  const due = await waiting(db).where('framework.due_at', '<=', at).limit(100).execute()
  const held = await waiting(db).where('framework.held', '=', 1).limit(1).execute()
  const look = held.length > 0 && (await takeDuty(db, { name: 'held', everyMs: HELD_MS, at }))
  const all = look ? await waiting(db).where('framework.held', '=', 1).limit(1000).execute() : []
  for (const { job_id } of [...due, ...all]) {
    await inTransaction(db, (trx) => advanceJob(trx, job_id, at))
  }
}

function waiting(db: Db) {
  return db
    .selectFrom('framework')
    .innerJoin('job', 'job.id', 'framework.job_id')
    .select('framework.job_id')
    .where('framework.state', '=', 'active')
    .where('job.state', '=', 'running')
    .orderBy('framework.submitted_at')
}
