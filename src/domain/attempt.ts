/**
 * Single attempts: who made them, what they were given, how they ended.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Allocation, AttemptEnding } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { notFound } from './error.ts'
import { getJob } from './job.ts'
import { type Attempt, listTasks, type Task } from './task.ts'

/** One try at a task, with what it was given and how its process ended. */
export interface AttemptDetail extends Attempt {
  readonly runnerId: string
  /** Null where it asked for nothing. */
  readonly allocation: Allocation | null
  /** Null while it runs, and where no process of its own ended. */
  readonly ending: AttemptEnding | null
}

/** A task of a job, with the reason why it waits. */
export async function getTask(db: Db, key: { jobId: string; taskId: string }): Promise<Task> {
  const job = await getJob(db, key.jobId)
  const task = (await listTasks(db, job.id)).find(({ id }) => id === key.taskId)
  if (!task) throw notFound(`Job ${job.id} has no task "${key.taskId}": see the list of its tasks`)
  return task
}

/** The try of that number at a task, the last one without a number. */
export async function getAttempt(
  db: Db,
  key: { taskId: string; number: number | undefined },
): Promise<AttemptDetail> {
  const attempts = await listTaskAttempts(db, key.taskId)
  const found =
    key.number === undefined
      ? attempts.at(-1)
      : attempts.find(({ number }) => number === key.number)
  if (found) return found
  const which = key.number === undefined ? 'attempt yet' : `attempt ${key.number}`
  throw notFound(`Task "${key.taskId}" has no ${which}: it has been tried ${attempts.length} times`)
}

/** How a try stands; undefined when there is none of that id. */
export async function findAttemptState(db: Db, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('attempt').select('state').where('id', '=', id).executeTakeFirst()
  return row?.state
}

/** The data directory of the runner that made a try; null where that is not known any more. */
export async function findAttemptSite(db: Db, id: string): Promise<string | null> {
  const row = await db
    .selectFrom('attempt')
    .innerJoin('runner', 'runner.id', 'attempt.runner_id')
    .select('runner.site')
    .where('attempt.id', '=', id)
    .executeTakeFirst()
  return row?.site ?? null
}

/** Where the log of a program comes from, and how its job stands. */
export interface LogOrigin {
  readonly jobId: string
  readonly runnerId: string
  readonly site: string
  /** When its job ended; null while it goes on. */
  readonly jobEndedAt: number | null
}

/** Where the log of a try comes from; undefined where there is none of that id, or it is no program's. */
export async function findLogOrigin(db: Db, attemptId: string): Promise<LogOrigin | undefined> {
  const row = await db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .innerJoin('job', 'job.id', 'task.job_id')
    .innerJoin('runner', 'runner.id', 'attempt.runner_id')
    .select(['job.id', 'job.ended_at', 'runner.id as runner_id', 'runner.site'])
    .where('attempt.id', '=', attemptId)
    .where('task.kind', '=', 'process')
    .executeTakeFirst()
  return row && { jobId: row.id, runnerId: row.runner_id, site: row.site, jobEndedAt: row.ended_at }
}

/** Every try at a task, oldest first. A runner that was removed keeps its name. */
export async function listTaskAttempts(db: Db, taskId: string): Promise<AttemptDetail[]> {
  const rows = await db
    .selectFrom('attempt')
    .leftJoin('runner', 'runner.id', 'attempt.runner_id')
    .select(['attempt.id', 'attempt.task_id', 'attempt.number', 'attempt.runner_id'])
    .select(['attempt.state', 'attempt.reason', 'attempt.allocation', 'attempt.ending'])
    .select(['attempt.started_at', 'attempt.ended_at', 'runner.name'])
    .where('attempt.task_id', '=', taskId)
    .orderBy('attempt.number')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    taskId: row.task_id,
    number: row.number,
    runner: row.name ?? row.runner_id,
    runnerId: row.runner_id,
    state: row.state,
    reason: row.reason,
    allocation: row.allocation === null ? null : fromJson(row.allocation),
    ending: row.ending === null ? null : fromJson(row.ending),
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }))
}
