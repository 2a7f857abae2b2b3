/**
 * Batch jobs made of task roles.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'

export interface FrameworkTable {
  job_id: string
  /** Name of the account that submitted it. */
  owner: string
  name: string
  version: number
  /** 1 for the newest version of its name. */
  latest: number
  virtual_cluster: string
  priority: string | null
  /** What was submitted, its secrets hidden. */
  config: string
  /** Kept until it is over. */
  secrets: Json<Record<string, unknown>> | null
  plan: Json<unknown>
  tags: Generated<Json<string[]>>
  execution: string
  /** `active` until it is over, then how it ended. */
  state: string
  /** 1 while its virtual cluster has no room for it. */
  held: Generated<number>
  /** Number of the current attempt, from 0. */
  attempt: Generated<number>
  user_retries: Generated<number>
  platform_retries: Generated<number>
  resource_retries: Generated<number>
  unknown_retries: Generated<number>
  /** When the current attempt begins, while that is in the future. */
  due_at: number | null
  total_gpus: number
  total_tasks: number
  total_roles: number
  submitted_at: number
  launched_at: number | null
  completed_at: number | null
  exit_code: number | null
}

export interface FrameworkWebhookTable {
  job_id: string
  url: string
  /** Those it wants to be told of. */
  events: Json<string[]>
  /** How many changes of the job it has been told of, or did not want to be. */
  told: number
  /** When it is looked at next. */
  at: number
  tries: number
  /** What its messages are signed with; null for what the server signs with. */
  secret: string | null
}

export interface FrameworkAttemptTable {
  job_id: string
  number: number
  created_at: number
  launched_at: number | null
  completed_at: number | null
  exit_code: number | null
  diagnostics: string | null
  /** The task that decided how it ended. */
  trigger_role: string | null
  trigger_index: number | null
  trigger_message: string | null
  /** How long it waited for its beginning, by the rules of retries. */
  delay_ms: Generated<number>
}
