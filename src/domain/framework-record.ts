/**
 * What became of a job of task roles: its attempts, their instances, and every try at each.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import type { Allocation, AttemptEnding } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { addressOf, runsHere } from './briefing.ts'
import { groupEnd, groupStart } from './framework-plan.ts'

/** One attempt at the whole job. */
export interface FrameworkAttempt {
  readonly number: number
  readonly createdAt: number
  readonly launchedAt: number | null
  readonly completedAt: number | null
  readonly exitCode: number | null
  readonly diagnostics: string | null
  readonly trigger: { readonly role: string; readonly index: number } | null
  readonly triggerMessage: string | null
  readonly delayMs: number
}

/** One try at an instance. */
export interface MemberTry {
  readonly id: string
  readonly number: number
  readonly state: string
  readonly reason: string | null
  readonly ending: AttemptEnding | null
  readonly allocation: Allocation | null
  readonly runner: string
  readonly host: string
  /** Of its host, by which others reach it; null where a cluster has chosen a host that it does not tell. */
  readonly address: string | null
  readonly startedAt: number
  readonly endedAt: number | null
}

/** One instance of a role in one attempt. */
export interface FrameworkMember {
  readonly taskId: string
  readonly role: string
  readonly index: number
  readonly state: string
  readonly reason: string | null
  readonly createdAt: number
  readonly endedAt: number | null
  /** Oldest first. */
  readonly tries: readonly MemberTry[]
}

/** The attempts at a job, oldest first. */
export async function listFrameworkAttempts(db: Db, jobId: string): Promise<FrameworkAttempt[]> {
  const rows = await db
    .selectFrom('framework_attempt')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('number')
    .execute()
  return rows.map((row) => ({
    number: row.number,
    createdAt: row.created_at,
    launchedAt: row.launched_at,
    completedAt: row.completed_at,
    exitCode: row.exit_code,
    diagnostics: row.diagnostics,
    trigger:
      row.trigger_role === null ? null : { role: row.trigger_role, index: row.trigger_index ?? 0 },
    triggerMessage: row.trigger_message,
    delayMs: row.delay_ms,
  }))
}

/** The instances of an attempt with all tries at them, or one of them. */
export async function listMembers(
  db: Db,
  of: { jobId: string; attempt: number; role?: string; index?: number },
): Promise<FrameworkMember[]> {
  const { role, index } = of
  const tasks = await db
    .selectFrom('task')
    .select(['id', 'role', 'position', 'state', 'reason', 'created_at', 'ended_at'])
    .where('job_id', '=', of.jobId)
    .where('name', '>=', groupStart(of.attempt))
    .where('name', '<', groupEnd(of.attempt))
    .$if(role !== undefined, (query) => query.where('role', '=', role ?? ''))
    .$if(index !== undefined, (query) => query.where('position', '=', index ?? 0))
    .orderBy('role')
    .orderBy('position')
    .execute()
  const rows = await db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .leftJoin('runner', 'runner.id', 'attempt.runner_id')
    .select(['attempt.id', 'attempt.task_id', 'attempt.number', 'attempt.state', 'attempt.reason'])
    .select(['attempt.ending', 'attempt.allocation', 'attempt.started_at', 'attempt.ended_at'])
    .select(['attempt.runner_id', 'runner.name as runner', 'runner.url'])
    .select(sql<string | null>`runner.facts ->> '$.host'`.as('host'))
    .select(sql<string | null>`runner.facts ->> '$.address'`.as('address'))
    .select(sql<string>`coalesce(task.spec ->> '$.engine', 'local')`.as('engine'))
    .where('task.job_id', '=', of.jobId)
    .where('task.name', '>=', groupStart(of.attempt))
    .where('task.name', '<', groupEnd(of.attempt))
    .$if(role !== undefined, (query) => query.where('task.role', '=', role ?? ''))
    .$if(index !== undefined, (query) => query.where('task.position', '=', index ?? 0))
    .orderBy('attempt.number')
    .execute()
  const tries = Map.groupBy(rows, (row) => row.task_id)
  return tasks.map((task) => ({
    taskId: task.id,
    role: task.role ?? '',
    index: task.position,
    state: task.state,
    reason: task.reason,
    createdAt: task.created_at,
    endedAt: task.ended_at,
    tries: (tries.get(task.id) ?? []).map((row) => ({
      id: row.id,
      number: row.number,
      state: row.state,
      reason: row.reason,
      ending: row.ending === null ? null : fromJson(row.ending),
      allocation: row.allocation === null ? null : fromJson(row.allocation),
      runner: row.runner ?? row.runner_id,
      host: row.host ?? row.runner ?? row.runner_id,
      address: runsHere(row.engine) ? addressOf(row) : null,
      startedAt: row.started_at,
      endedAt: row.ended_at,
    })),
  }))
}
