/**
 * What pages show of works: the part of their API's answers that they read.
 * @module
 */
import type { State } from '../ui/badge.tsx'

export interface ShownWork {
  readonly work_id: string
  readonly user_id: string
  readonly name: string
  readonly description: string
  readonly type: string
  readonly category: string
  readonly status: number
  readonly script: string | null
  readonly work_directory: string | null
  readonly run_frequency: string | null
  readonly cron: string | null
  readonly timezone: string | null
  readonly retries: number
  readonly catch_up: boolean
  readonly after: readonly string[]
  readonly backoff_seconds: number | null
  readonly main_class_name: string | null
  readonly extra_params: readonly string[] | null
  readonly java_version: string | null
  readonly time_limit_seconds: number | null
  readonly webhook: string | null
  readonly version: number
  readonly task_id: string | null
  readonly next_run_at: string | null
  readonly paused: boolean | null
  readonly updated_at: string
}

export interface ShownTask {
  readonly task_id: string
  readonly status: number
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly created_at: string
  readonly trigger: string
  readonly attempt: number
  readonly engine: string
  readonly version: number
  readonly time_limit_seconds: number | null
  readonly error_message: string | null
}

export interface ShownStatement {
  readonly index: number
  readonly sql: string
  readonly line: number
  readonly status: string
  readonly rows: number | null
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly error: string | null
  readonly result_ref: string | null
}

/** What the cluster told of a job. */
export interface ShownJob {
  readonly job_id: string
  readonly statement: number | null
  readonly url: string | null
  readonly metrics: Readonly<Record<string, unknown>>
  readonly checkpoints: unknown
}

export interface ShownTaskDetail extends ShownTask {
  readonly engine_job_id: string | null
  readonly engine_url: string | null
  readonly exceptions: readonly unknown[]
  readonly jobs: readonly ShownJob[]
  readonly statements: readonly ShownStatement[]
  readonly savepoints: readonly unknown[]
  readonly savepoint_path: string | null
  readonly notes: readonly string[]
}

export interface ShownSavepoint {
  readonly savepoint_path: string
  readonly task_id: string
  readonly written_at: string
}

export interface ShownVersion {
  readonly version: number
  readonly created_at: string
}

export interface ShownDiff {
  readonly version: number
  readonly against: number
  readonly fields: readonly { field: string; before: unknown; after: unknown }[]
  readonly lines: readonly {
    readonly kind: 'same' | 'removed' | 'added'
    readonly text: string
    readonly before: number | null
    readonly after: number | null
  }[]
}

/** A script with its tokens, and what the engine that would run it refuses. */
export interface ShownCheck {
  readonly tokens: readonly { readonly kind: string; readonly text: string }[]
  readonly statements: number
  readonly errors: readonly {
    readonly message: string
    readonly line: number
    readonly column: number
  }[]
  /** By whose rules it was looked at. */
  readonly engine: 'flink' | 'local' | null
  readonly note: string | null
}

/** The number of a work's status as a state of the console; undefined before its first run. */
export function workState(status: number): State | undefined {
  return WORK_STATES[status]
}

const WORK_STATES: readonly (State | undefined)[] = [
  'ready',
  undefined,
  'running',
  'failed',
  'failed',
  'canceled',
  'canceled',
  'succeeded',
]

/** The number of a task's status as a state of the console. */
export function taskState(status: number): State {
  return TASK_STATES[status] ?? 'waiting'
}

const TASK_STATES: readonly State[] = [
  'succeeded',
  'waiting',
  'ready',
  'running',
  'failed',
  'canceled',
]

/** Whether a task goes on. */
export function isUnderWay({ status }: Pick<ShownTask, 'status'>): boolean {
  return status >= 1 && status <= 3
}

/** The address of a work. */
export function workPath(id: string): string {
  return `/works/${encodeURIComponent(id)}`
}

/** The address of a task of a work. */
export function workTaskPath(work: string, task: string): string {
  return `${workPath(work)}/tasks/${encodeURIComponent(task)}`
}
