/**
 * What the operator does with runners, and what they work on.
 * @module
 */
import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Allocation } from '../db/table/job.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict, notFound } from './error.ts'
import { type Runner, toRunner } from './runner.ts'

/** The runner of that id, also one that is gone or was removed. */
export async function getRunner(db: Db, id: string, at?: number): Promise<Runner> {
  const row = await db.selectFrom('runner').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound(`No runner "${id}": see the list of runners`)
  return toRunner(row, at ?? (await databaseTime(db)))
}

/**
 * Gives a runner no more work; what it has it finishes. It hears of it with its next sign of life. One that drains
 * already stays as it is. Whoever starts in its data directory after it is drained too, until somebody activates it.
 */
export async function drainRunner(db: Db, id: string, at?: number): Promise<Runner> {
  return change(db, { id, at }, async (trx, runner) => {
    if (!runner.live) {
      throw conflict(
        `Runner "${runner.name}" is gone and takes no work: remove it, or start it again`,
      )
    }
    await setState(trx, id, { state: 'draining', held_back: 1 })
  })
}

/** Lets a drained runner take work again. */
export async function activateRunner(db: Db, id: string, at?: number): Promise<Runner> {
  return change(db, { id, at }, async (trx, runner) => {
    if (!runner.live) {
      throw conflict(`Runner "${runner.name}" is gone: start it again, and activate it then`)
    }
    await setState(trx, id, { state: 'active', held_back: 0 })
  })
}

/**
 * Takes a runner that is gone, or drained and idle, off the lists. Its process ends when it asks the next time; its
 * attempts keep its name. Whoever starts it again enters it anew, ready for work: what is to stay out for good needs
 * its token revoked.
 */
export async function removeRunner(db: Db, id: string, at?: number): Promise<Runner> {
  return change(db, { id, at }, async (trx, runner) => {
    if (runner.live && runner.state === 'active') {
      throw conflict(
        `Cannot remove runner "${runner.name}": it is live; drain it first, or stop its process`,
      )
    }
    const held = (await listRunnerTasks(trx, [id])).length
    if (held > 0) {
      const what = held === 1 ? 'a task' : `${held} tasks`
      throw conflict(
        `Cannot remove runner "${runner.name}": it still holds ${what}; wait until they have ended or were taken back`,
      )
    }
    await setState(trx, id, { state: 'removed', held_back: 0 })
    await trx.deleteFrom('runner_sample').where('runner_id', '=', id).execute()
  })
}

/** A task that a runner holds. */
export interface RunnerTask {
  readonly runnerId: string
  readonly taskId: string
  readonly jobId: string
  readonly jobName: string
  readonly name: string
  readonly role: string | null
  readonly party: string | null
  readonly attempt: number
  readonly progress: number
  readonly reason: string | null
  readonly allocation: Allocation | null
  readonly startedAt: number
}

/** What these runners hold now, oldest first. */
export async function listRunnerTasks(db: Db, runnerIds: readonly string[]): Promise<RunnerTask[]> {
  if (runnerIds.length === 0) return []
  const rows = await db
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .innerJoin('job', 'job.id', 'task.job_id')
    .innerJoin('attempt', 'attempt.id', 'lease.attempt_id')
    .select(['lease.runner_id', 'lease.task_id', 'lease.allocation', 'task.job_id', 'task.name'])
    .select(['task.role', 'task.party', 'task.progress', 'task.reason', 'job.name as job_name'])
    .select(['attempt.number', 'attempt.started_at'])
    .where('lease.runner_id', 'in', inList(runnerIds))
    .orderBy('attempt.started_at')
    .orderBy('task.id')
    .execute()
  return rows.map((row) => ({
    runnerId: row.runner_id,
    taskId: row.task_id,
    jobId: row.job_id,
    jobName: row.job_name,
    name: row.name,
    role: row.role,
    party: row.party,
    attempt: row.number,
    progress: row.progress,
    reason: row.reason,
    allocation: row.allocation === null ? null : fromJson(row.allocation),
    startedAt: row.started_at,
  }))
}

/** An attempt that a runner has made or makes. */
export interface RunnerAttempt {
  readonly id: string
  readonly taskId: string
  readonly jobId: string
  readonly jobName: string
  readonly name: string
  readonly role: string | null
  readonly party: string | null
  readonly number: number
  readonly state: string
  readonly reason: string | null
  readonly startedAt: number
  readonly endedAt: number | null
}

/** What a runner did last, newest first. */
export async function listRunnerAttempts(
  db: Db,
  query: { runnerId: string; limit?: number },
): Promise<RunnerAttempt[]> {
  const rows = await db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .innerJoin('job', 'job.id', 'task.job_id')
    .select(['attempt.id', 'attempt.task_id', 'attempt.number', 'attempt.state', 'attempt.reason'])
    .select(['attempt.started_at', 'attempt.ended_at', 'task.job_id', 'task.name', 'task.role'])
    .select(['task.party', 'job.name as job_name'])
    .where('attempt.runner_id', '=', query.runnerId)
    .orderBy('attempt.started_at', 'desc')
    .orderBy('attempt.id', 'desc')
    .limit(query.limit ?? 20)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    taskId: row.task_id,
    jobId: row.job_id,
    jobName: row.job_name,
    name: row.name,
    role: row.role,
    party: row.party,
    number: row.number,
    state: row.state,
    reason: row.reason,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }))
}

async function change(
  db: Db,
  target: { id: string; at: number | undefined },
  work: (trx: Trx, runner: Runner) => Promise<void>,
): Promise<Runner> {
  return inTransaction(db, async (trx) => {
    const now = target.at ?? (await databaseTime(trx))
    const runner = await getRunner(trx, target.id, now)
    await work(trx, runner)
    return getRunner(trx, target.id, now)
  })
}

async function setState(
  trx: Trx,
  id: string,
  state: { readonly state: string; readonly held_back: 0 | 1 },
): Promise<void> {
  await trx.updateTable('runner').set(state).where('id', '=', id).execute()
}
