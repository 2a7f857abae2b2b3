/**
 * What is asked for: jobs, their tasks, attempts, and what is said of them.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'

/** Parties of a job by role, in the order in which the job lists them. */
export type Members = Record<string, string[]>

/** One node of a job's graph and the nodes it waits for. */
export interface JobNode {
  name: string
  module: string
  needs: { node: string; kind: 'data' | 'model' }[]
}

/** What a task asks for; the least that it gets. */
export interface Needs {
  readonly cores?: number
  readonly memoryMb?: number
  /** Whole devices, for nobody else. */
  readonly gpus?: number
  /** Labels that the runner must have, with these values. */
  readonly labels?: Readonly<Record<string, string>>
  /** How many TCP ports of its own. */
  readonly ports?: number
  /** The engine that makes it a process. */
  readonly engine?: string
  /** Flow units, as `name@device`. */
  readonly units?: readonly string[]
  /** Runs neither where another task with this key runs nor, if `host` is set, on the same host. */
  readonly apart?: { readonly key: string; readonly host: boolean }
}

/** What one attempt was given. */
export interface Allocation {
  readonly cores: number
  readonly memoryMb: number
  /** Ids of its devices. */
  readonly gpus: readonly string[]
  readonly ports: readonly number[]
}

/** How the process of an attempt ended. */
export interface AttemptEnding {
  readonly type: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly peakMemoryMb: number | null
}

export interface JobTable {
  id: string
  surface: string
  kind: string
  name: string
  description: string
  tag: string
  state: string
  reason: string | null
  priority: number
  /** 0–100. */
  progress: number
  initiator_role: string | null
  initiator_party: string | null
  members: Json<Members>
  /** Nodes in topological order. */
  graph: Json<JobNode[]>
  /** What the client sent, in its own words. */
  request: Json<Record<string, unknown>>
  model_id: string | null
  model_version: string | null
  created_at: number
  updated_at: number
  started_at: number | null
  ended_at: number | null
  /** When a client asked for it to be forgotten; its surface shows it no more. */
  deleted_at: number | null
  /** The account whose it is; null for the operator's. */
  owner: string | null
}

export interface JobMemberTable {
  job_id: string
  role: string
  party: string
  position: number
}

export interface TaskTable {
  id: string
  job_id: string
  /** The graph node this task works for. */
  name: string
  kind: string
  role: string | null
  party: string | null
  /** Index of the party within its role. */
  position: number
  /** The data directory that must run it, once known. */
  site: string | null
  state: string
  reason: string | null
  spec: Json<unknown>
  /** Null: a light task that takes a slot and nothing else. */
  needs: Json<Needs> | null
  /** 0–1. */
  progress: number
  attempts: number
  max_attempts: number
  created_at: number
  updated_at: number
  ready_at: number | null
  started_at: number | null
  ended_at: number | null
}

export interface AttemptTable {
  id: string
  task_id: string
  number: number
  runner_id: string
  state: string
  reason: string | null
  allocation: Json<Allocation> | null
  /** By which its engine finds its process again. */
  handle: string | null
  ending: Json<AttemptEnding> | null
  started_at: number
  ended_at: number | null
}

export interface LeaseTable {
  task_id: string
  attempt_id: string
  runner_id: string
  until: number
  allocation: Json<Allocation> | null
  /** The runner's name for the request in which it got the lease. */
  claim: string | null
}

export interface LeftoverTable {
  /** What an engine still has of an attempt that is over, or of one that nobody takes up again. */
  handle: string
  party: string | null
  at: number
}

export interface ReservationTable {
  task_id: string
  /** Who may take the task; empty for nobody yet. */
  runner_id: string
  /** When its group is given up, unless the runner has taken it; or from when on anybody may. */
  until: number
  allocation: Json<Allocation> | null
}

/** What a task tells of itself under a key; the newest word counts. */
export interface TaskFactTable {
  task_id: string
  key: string
  value: Json<unknown>
  updated_at: number
}

/** What a running task is asked to do. */
export interface TaskOrderTable {
  id: Generated<number>
  task_id: string
  type: string
  body: Json<Record<string, unknown>>
  created_at: number
}
