/**
 * Works and their runs in the words of this API, and back.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import type { Job } from '../../domain/job.ts'
import type { Schedule } from '../../domain/schedule.ts'
import { maskUrl } from '../../domain/webhook.ts'
import { type RunRequest, WORKS } from '../../domain/works-run.ts'
import type { NewWork, Work, WorkChange, WorkSettings } from '../../domain/works.ts'
import type { NewWorksWork, WorksChange, WorksTask, WorksWork } from './schema.ts'
import { shellWords } from './shell-words.ts'
import { SET_STATES, TASK_STATUSES, taskStatus, WORK_STATUSES, workStatus } from './status.ts'

/** A time as this API has it. */
export function toTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

const timeOrNull = (at: number | null) => (at === null ? null : toTime(at))

/** A work, every key of it. */
export function toWire(work: Work, schedule: Schedule | undefined): z.infer<typeof WorksWork> {
  const status = workStatus(work.state)
  const { settings } = work
  return {
    work_id: work.id,
    lambda_id: work.lambdaId,
    user_id: work.userId,
    name: work.name,
    description: work.description,
    type: work.type,
    category: work.category,
    status,
    work_directory: work.workDirectory,
    main_class_name: work.mainClassName,
    extra_params: work.extraParams === null ? null : [...work.extraParams],
    java_version: work.javaVersion,
    run_frequency: work.frequency,
    created_at: toTime(work.createdAt),
    updated_at: toTime(work.updatedAt),
    deleted_at: timeOrNull(work.deletedAt),
    status_name: WORK_STATUSES[status] ?? 'CREATED',
    script: work.script,
    cron: settings.cron ?? null,
    timezone: settings.timezone ?? null,
    catch_up: settings.catchUp ?? false,
    retries: settings.retries ?? 0,
    backoff_seconds: settings.backoffMs === undefined ? null : settings.backoffMs / 1000,
    time_limit_seconds: settings.timeLimitMs === undefined ? null : settings.timeLimitMs / 1000,
    after: [...(settings.after ?? [])],
    webhook: settings.webhook === undefined ? null : maskUrl(settings.webhook),
    version: work.version,
    task_id: work.runId,
    next_run_at: schedule && !schedule.paused ? timeOrNull(schedule.nextAt) : null,
    paused: schedule ? schedule.paused : null,
  }
}

/** A run has one node, so that its name says nothing. */
const NODE_FAILED = new RegExp(`^${WORKS.node} failed: `)

/** A run of a work. */
export function toWireTask(run: Job, begunAt: number | null): z.infer<typeof WorksTask> {
  const request = run.request as RunRequest
  const status = taskStatus(run.state, begunAt !== null)
  const { endedAt } = run
  return {
    task_id: run.id,
    work_id: run.name,
    status,
    started_at: timeOrNull(begunAt),
    ended_at: timeOrNull(endedAt),
    run_time: endedAt === null || begunAt === null ? 0 : Math.floor((endedAt - begunAt) / 1000),
    status_name: TASK_STATUSES[status] ?? 'PENDING',
    trigger: request.trigger,
    attempt: request.attempt,
    engine: request.engine === 'duckdb' ? 'local' : request.engine,
    version: request.version,
    due_at: timeOrNull(request.dueAt),
    created_at: toTime(run.createdAt),
    time_limit_seconds: typeof request.timeLimitMs === 'number' ? request.timeLimitMs / 1000 : null,
    error_message: run.reason?.replace(NODE_FAILED, '') ?? null,
  }
}

type Sent = z.infer<typeof WorksChange>

/** What a new work is. Its state is set afterwards where it is one that starts or stops it. */
export function fromNew(body: z.infer<typeof NewWorksWork>, now: number): NewWork {
  const change = fromChange(body, {})
  return {
    userId: body.user_id,
    name: body.name,
    description: body.description,
    type: body.type,
    // Both spellings are in use; the document's is the one that is answered.
    category: body.category === 'FLINK_SQL' ? 'FLINK_SQL' : 'FLNK_JAR',
    state: SET_STATES[body.status ?? 1] ?? 'created',
    frequency: body.run_frequency ?? null,
    settings: change.settings ?? {},
    script: body.script ?? null,
    workDirectory: body.work_directory ?? null,
    mainClassName: body.main_class_name ?? null,
    extraParams: change.extraParams ?? null,
    javaVersion: body.java_version ?? null,
    createdAt: body.created_at ?? now,
    updatedAt: body.updated_at ?? now,
    deletedAt: body.deleted_at ?? null,
  }
}

/** What a request changes, its status left aside; null takes a value away. */
export function fromChange(body: Sent, before: WorkSettings): WorkChange {
  const { extra_params: params } = body
  const direct = {
    userId: body.user_id,
    name: body.name,
    description: body.description,
    frequency: body.run_frequency,
    script: body.script,
    workDirectory: body.work_directory,
    mainClassName: body.main_class_name,
    extraParams: typeof params === 'string' ? shellWords(params) : params,
    javaVersion: body.java_version,
  }
  const said = {
    cron: body.cron,
    timezone: body.timezone,
    catchUp: body.catch_up,
    retries: body.retries,
    backoffMs: scaled(body.backoff_seconds),
    timeLimitMs: scaled(body.time_limit_seconds),
    after: body.after,
    webhook: isMaskOf(body.webhook, before.webhook) ? undefined : body.webhook,
  }
  const settings = Object.fromEntries(
    Object.entries({ ...before, ...without(said, undefined) }).filter(
      ([, value]) => value !== null,
    ),
  )
  return { ...without(direct, undefined), settings }
}

/** Whoever sends back what was answered changes nothing. */
function isMaskOf(sent: string | null | undefined, kept: string | undefined): boolean {
  return typeof sent === 'string' && kept !== undefined && sent === maskUrl(kept)
}

const scaled = (seconds: number | null | undefined) =>
  typeof seconds === 'number' ? Math.round(seconds * 1000) : seconds

function without(record: Record<string, unknown>, value: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, item]) => item !== value))
}
