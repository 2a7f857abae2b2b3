/**
 * Scheduled SQL and JARs.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'

export interface ScheduleTable {
  id: string
  surface: string
  name: string
  rule: string
  request: Json<Record<string, unknown>>
  paused: number
  next_at: number | null
  created_at: number
  updated_at: number
}

/** How a work is run, beside what its API documents. */
export interface WorkSettings {
  /** A cron expression, in place of a frequency. */
  readonly cron?: string
  /** The time zone of the schedule, as in the IANA database; UTC without it. */
  readonly timezone?: string
  /** Whether every run that fell into a time when nobody could fire it is made up for. */
  readonly catchUp?: boolean
  /** How often a failed run is tried again. */
  readonly retries?: number
  /** Before the first retry; twice as long before each further one. */
  readonly backoffMs?: number
  readonly timeLimitMs?: number
  /** Works whose newest run must have succeeded. */
  readonly after?: readonly string[]
  /** Told when a run has failed. */
  readonly webhook?: string
}

/** What a version of a work runs. */
export interface WorkContent {
  readonly script: string | null
  readonly workDirectory: string | null
  readonly mainClassName: string | null
  readonly extraParams: readonly string[] | null
  readonly javaVersion: string | null
}

export interface WorkTable {
  id: string
  /** Names what is deployed of it. */
  lambda_id: string
  user_id: string
  name: string
  description: string
  name_folded: string
  description_folded: string
  type: string
  category: string
  /** That of its newest run, `created` before the first, or what its owner has set. */
  state: string
  /** `once`, `hourly`, `daily`, `weekly`, or null. */
  frequency: string | null
  version: number
  settings: Json<WorkSettings>
  /** Its newest run, a job. */
  run_id: string | null
  /** The newest of its runs of which the consequences are drawn. */
  settled_id: string | null
  created_at: number
  updated_at: number
  deleted_at: number | null
  /** The account whose it is; null for the operator's. */
  owner: string | null
}

/** The number by which the texts of a work are in the index of their parts, `work_gram`. */
export interface WorkTextTable {
  id: Generated<number>
  work_id: string
}

/** A run that is to be started as soon as its time has come and its work is free. */
export interface WorkDueTable {
  id: Generated<number>
  work_id: string
  at: number
  cause: string
  attempt: number
  /** The time that it makes up for. */
  due_at: number | null
}

/** A failed run that the webhook of its work has yet to be told of. */
export interface WorkAlertTable {
  run_id: string
  work_id: string
  /** When it is tried next. */
  at: number
  tries: number
  created_at: number
}

export interface WorkVersionTable {
  work_id: string
  version: number
  content: Json<WorkContent>
  created_at: number
}
