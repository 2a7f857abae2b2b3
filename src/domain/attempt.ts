/**
 * Single attempts: who made them, what they were given, how they ended.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Allocation, AttemptEnding } from '../db/schema.ts'
import type { Db } from '../db/type.ts'
import type { Attempt } from './task.ts'

/** One try at a task, with what it was given and how its process ended. */
export interface AttemptDetail extends Attempt {
  readonly runnerId: string
  /** Null where it asked for nothing. */
  readonly allocation: Allocation | null
  /** Null while it runs, and where no process of its own ended. */
  readonly ending: AttemptEnding | null
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
