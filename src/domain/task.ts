/**
 * The tasks of a job, and why those that wait are waiting.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import type { AttemptEnding, Needs, TaskTable } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { noUnits } from './fit.ts'
import { findJob, type Job } from './job.ts'
import { listRunners, noRunner, onlyDrained, type Runner, serves } from './runner.ts'
import { NO_SPOOL_READER, readsSpool, spoolOf } from './spool.ts'
import type { TaskState } from './task-state.ts'
import type { TaskSpec } from './work.ts'

/** Runners look for work at least this often. */
const POLL_MS = 3000

export interface Task {
  readonly id: string
  readonly jobId: string
  /** The graph node it works for. */
  readonly name: string
  readonly kind: string
  readonly role: string | null
  readonly party: string | null
  readonly position: number
  readonly state: TaskState
  /** Why it waits, what it does now, or why it failed. */
  readonly reason: string | null
  readonly spec: TaskSpec
  /** Null for a light task. */
  readonly needs: Needs | null
  /** 0–1. */
  readonly progress: number
  readonly attempts: number
  readonly maxAttempts: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** One try at a task. */
export interface Attempt {
  readonly id: string
  readonly taskId: string
  readonly number: number
  readonly runner: string
  readonly state: string
  readonly reason: string | null
  /** How its process ended, where it had one. */
  readonly ending: AttemptEnding | null
  readonly startedAt: number
  readonly endedAt: number | null
}

/** The tasks of a job in the order of its graph, with current reasons for waiting. */
export async function listTasks(db: Db, jobId: string): Promise<Task[]> {
  const job = await findJob(db, jobId)
  if (!job) return []
  const rows = await db.selectFrom('task').selectAll().where('job_id', '=', jobId).execute()
  const waits = rows.some((row) => row.state === 'waiting' || row.state === 'ready')
  const runners = waits ? (await listRunners(db)).filter((runner) => runner.live) : []
  const now = waits ? await databaseTime(db) : 0
  const order = new Map(job.graph.map((node, index) => [node.name, index]))
  return rows
    .map((row) => ({ ...toTask(row), reason: explain(row, { job, rows, runners, now }) }))
    .toSorted(
      (a, b) =>
        (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0) ||
        (a.role ?? '').localeCompare(b.role ?? '') ||
        a.position - b.position,
    )
}

/** The task of one node of a job at one role and party, or undefined. */
export async function findTask(
  db: Db,
  key: { jobId: string; name: string; role: string; party: string },
): Promise<Task | undefined> {
  const row = await db
    .selectFrom('task')
    .selectAll()
    .where('job_id', '=', key.jobId)
    .where('name', '=', key.name)
    .where('role', '=', key.role)
    .where('party', '=', key.party)
    .executeTakeFirst()
  return row && toTask(row)
}

export interface TaskFilter {
  readonly surface: string
  readonly jobId?: string
  readonly name?: string
  readonly role?: string
  readonly party?: string
  readonly states?: readonly string[]
  readonly createdAt?: number
  readonly updatedAt?: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** Milliseconds from start to end. */
  readonly elapsed?: number
  readonly limit?: number
  /** The account whose the jobs are; everybody's without it. */
  readonly owner?: string
}

/** Tasks that have started, over all jobs of a surface, newest job first; those of uploads by job id only. */
export async function findTasks(db: Db, query: TaskFilter): Promise<Task[]> {
  let builder = db
    .selectFrom('task')
    .innerJoin('job', 'job.id', 'task.job_id')
    .selectAll('task')
    .where('job.surface', '=', query.surface)
  if (query.jobId === undefined) builder = builder.where('job.kind', '!=', 'upload')
  const equal = [
    ['task.job_id', query.jobId],
    ['job.owner', query.owner],
    ['task.name', query.name],
    ['task.role', query.role],
    ['task.party', query.party],
    ['task.created_at', query.createdAt],
    ['task.updated_at', query.updatedAt],
    ['task.started_at', query.startedAt],
    ['task.ended_at', query.endedAt],
  ] as const
  for (const [column, value] of equal) {
    if (value !== undefined) builder = builder.where(column, '=', value)
  }
  if (query.elapsed !== undefined) {
    builder = builder.where(sql`task.ended_at - task.started_at`, '=', query.elapsed)
  }
  if (query.states) builder = builder.where('task.state', 'in', query.states)
  const rows = await builder
    .where('task.started_at', 'is not', null)
    .orderBy('job.created_at', 'desc')
    .orderBy('task.started_at')
    .orderBy('task.id')
    .limit(query.limit ?? 1000)
    .execute()
  return rows.map(toTask)
}

/** The tasks of these jobs that run now. */
export async function listRunningTasks(db: Db, jobIds: readonly string[]): Promise<Task[]> {
  if (jobIds.length === 0) return []
  const rows = await db
    .selectFrom('task')
    .selectAll()
    .where('job_id', 'in', jobIds)
    .where('state', '=', 'running')
    .orderBy('started_at')
    .orderBy('id')
    .execute()
  return rows.map(toTask)
}

/** Every try at the tasks of a job, oldest first. */
export async function listAttempts(db: Db, jobId: string): Promise<Attempt[]> {
  const rows = await db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .leftJoin('runner', 'runner.id', 'attempt.runner_id')
    .select([
      'attempt.id',
      'attempt.task_id',
      'attempt.number',
      'attempt.state',
      'attempt.reason',
      'attempt.ending',
      'attempt.started_at',
      'attempt.ended_at',
      'attempt.runner_id',
      'runner.name as runner_name',
    ])
    .where('task.job_id', '=', jobId)
    .orderBy('attempt.started_at')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    taskId: row.task_id,
    number: row.number,
    runner: row.runner_name ?? row.runner_id,
    state: row.state,
    reason: row.reason,
    ending: row.ending === null ? null : fromJson(row.ending),
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }))
}

function explain(
  row: TaskTable,
  around: { job: Job; rows: readonly TaskTable[]; runners: readonly Runner[]; now: number },
): string | null {
  const { job, rows, runners, now } = around
  if (row.state === 'waiting') {
    if (job.state === 'waiting') return 'Waits for its job to start'
    if (job.state === 'suspended') return 'Its job is suspended'
    const node = job.graph.find((candidate) => candidate.name === row.name)
    const open = (node?.needs ?? [])
      .map((need) => need.node)
      .filter((name) => rows.some((other) => other.name === name && other.state !== 'succeeded'))
    return open.length > 0 ? `Waits for ${[...new Set(open)].join(' and ')}` : null
  }
  if (row.state !== 'ready') return row.reason
  const serving = runners.filter((runner) => serves(runner, row.party))
  const able = serving.filter((runner) => runner.state === 'active')
  const here = serving.filter((runner) => row.site === null || runner.site === row.site)
  const drained = here.filter((runner) => runner.drained)
  if (!here.some((runner) => runner.state === 'active') && drained.length > 0) {
    return onlyDrained(drained.map(({ name }) => name))
  }
  if (able.length === 0) return noRunner(row.role, row.party)
  if (row.site !== null && !able.some((runner) => runner.site === row.site)) {
    return `Waits for the runner that holds its data: ${able.length} live, none with that data directory`
  }
  const needs = row.needs === null ? null : fromJson(row.needs)
  const unitless = noUnits(
    needs,
    able.map(({ capacity }) => ({ units: capacity.units ?? [] })),
  )
  if (unitless !== undefined) return unitless
  const source = spoolOf(row.spec)
  if (!able.some((runner) => readsSpool(runner, source))) return NO_SPOOL_READER
  if (now - (row.ready_at ?? 0) < POLL_MS) return row.reason ?? 'About to be taken by its runner'
  return row.reason ?? 'Waits for a free slot of its runner'
}

function toTask(row: TaskTable): Task {
  return {
    id: row.id,
    jobId: row.job_id,
    name: row.name,
    kind: row.kind,
    role: row.role,
    party: row.party,
    position: row.position,
    state: row.state as TaskState,
    reason: row.reason,
    spec: fromJson(row.spec) as TaskSpec,
    needs: row.needs === null ? null : fromJson(row.needs),
    progress: row.progress,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}
