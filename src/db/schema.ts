/**
 * The tables as Kysely sees them; `migrations/` makes them and a test compares the two.
 * Times are milliseconds since 1970 in UTC.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from './json.ts'

export interface Database {
  job: JobTable
  job_member: JobMemberTable
  task: TaskTable
  attempt: AttemptTable
  lease: LeaseTable
  leftover: LeftoverTable
  reservation: ReservationTable
  event: EventTable
  metric: MetricTable
  metric_point: MetricPointTable
  log_chunk: LogChunkTable
  ledger: LedgerTable
  data_table: DataTableTable
  artifact: ArtifactTable
  model: ModelTable
  model_tag: ModelTagTable
  tag: TagTable
  party: PartyTable
  party_url: PartyUrlTable
  dataset: DatasetTable
  flow_unit: FlowUnitTable
  runner: RunnerTable
  runner_sample: RunnerSampleTable
  message: MessageTable
  account: AccountTable
  token: TokenTable
  invite: InviteTable
  duty: DutyTable
  schedule: ScheduleTable
  service: ServiceTable
  serving_call: ServingCallTable
  work: WorkTable
  work_version: WorkVersionTable
  work_due: WorkDueTable
  work_alert: WorkAlertTable
  task_fact: TaskFactTable
  task_order: TaskOrderTable
  framework: FrameworkTable
  framework_attempt: FrameworkAttemptTable
  framework_webhook: FrameworkWebhookTable
  account_group: AccountGroupTable
  virtual_cluster: VirtualClusterTable
  login_failure: LoginFailureTable
  former_account: FormerAccountTable
}

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

/** An accelerator of a host. */
export interface Gpu {
  /** The index by which CUDA_VISIBLE_DEVICES names it, or a name of its own for others. */
  readonly id: string
  readonly name: string
  readonly memoryMb: number | null
  readonly driver: string | null
  readonly kind: 'cuda' | 'webgpu'
}

/** What a runner offers. */
export interface Capacity {
  readonly cores?: number
  readonly memoryMb?: number
  readonly gpus?: readonly Gpu[]
  readonly labels?: Readonly<Record<string, string>>
  readonly engines?: readonly string[]
  /** Flow units, as `name@device`. */
  readonly units?: readonly string[]
  /** First and last TCP port that tasks may be given. */
  readonly ports?: readonly [number, number]
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

/** What only one of all processes does at a time, and when it was done last. */
export interface DutyTable {
  name: string
  at: number
}

export interface EventTable {
  id: Generated<number>
  job_id: string
  task_id: string | null
  attempt_id: string | null
  at: number
  type: string
  level: string
  message: string
  data: Json<Record<string, unknown>> | null
}

export interface MetricTable {
  id: Generated<number>
  job_id: string
  task_id: string
  namespace: string
  name: string
  meta: Json<Record<string, unknown>>
}

export interface MetricPointTable {
  metric_id: number
  position: number
  /** JSON: a number or a text. */
  x: Json<number | string>
  y: number
}

export interface LogChunkTable {
  id: Generated<number>
  job_id: string
  task_id: string
  attempt_id: string | null
  at: number
  level: string
  text: string
}

export interface LedgerTable {
  job_id: string
  component: string
  sender: string
  receiver: string
  tag: string
  kind: string
  reveals: string
  messages: number
  bytes: number
}

export interface DataTableTable {
  namespace: string
  name: string
  party: string | null
  site: string | null
  location: string | null
  columns: Json<string[]>
  id_column: string | null
  partitions: number
  rows: number
  preview: Json<unknown[][]> | null
  job_id: string | null
  created_at: number
  updated_at: number
}

export interface ArtifactTable {
  id: Generated<number>
  job_id: string
  task_id: string
  kind: string
  name: string
  site: string | null
  location: string | null
  rows: number | null
  summary: Json<Record<string, unknown>>
  preview: Json<unknown> | null
  created_at: number
}

export interface ModelTable {
  model_id: string
  version: string
  job_id: string
  members: Json<Members>
  pipeline: Json<Record<string, unknown>> | null
  created_at: number
}

export interface TagTable {
  id: Generated<number>
  name: string
  description: string | null
  created_at: number
}

/** Which versions of models have which tags. */
export interface ModelTagTable {
  tag_id: number
  model_id: string
  version: string
  created_at: number
}

export interface PartyTable {
  id: string
  name: string
  /** Ed25519 public key, base64url, pinned when the party's runner first registers. */
  identity_key: string | null
  created_at: number
  updated_at: number
}

export interface PartyUrlTable {
  /** An origin by which clients call the party, without a slash at its end. */
  url: string
  party: string
  created_at: number
}

/** A column that a party offers. */
export interface OfferedFeature {
  readonly name: string
  readonly dtype: 'float' | 'string'
}

/** What a runner's data directory has offered last. */
export interface FlowUnitTable {
  name: string
  device: string
  site: string
  descriptor: Json<Record<string, unknown>>
  updated_at: number
}

export interface DatasetTable {
  party: string
  name: string
  /** The data directory of the runner that reads it. */
  site: string
  index_column: string
  features: Json<OfferedFeature[]>
  updated_at: number
}

export interface RunnerTable {
  id: string
  name: string
  site: string
  /** The parties it serves; null for every party. */
  parties: Json<string[]> | null
  /** Where peers reach it directly; null when they cannot. */
  url: string | null
  slots: number
  facts: Json<Record<string, unknown>>
  capacity: Generated<Json<Capacity>>
  state: string
  started_at: number
  seen_at: number
  /** How long its leases last, so how soon it is missed; null for the server's own time. */
  lease_ms: number | null
  /** 1 while the operator keeps it, and whoever follows it in its data directory, from work. */
  held_back: Generated<number>
  /** Names the last batch of reports that was taken in. */
  last_report: string | null
}

export interface RunnerSampleTable {
  runner_id: string
  at: number
  /** Busy share of the host's cores, 0–1. */
  cpu: number
  /** In use on the host. */
  memory_mb: number
  /** Running at that time. */
  tasks: number
  gpus: Generated<Json<{ id: string; use: number | null; memoryMb: number | null }[]>>
}

export interface MessageTable {
  id: Generated<number>
  job_id: string
  session: string
  sender: string
  receiver: string
  body: Uint8Array
  created_at: number
}

export interface AccountTable {
  id: string
  name: string
  password_hash: string | null
  admin: number
  created_at: number
  email: string | null
  /** Names of its groups. */
  groups: Json<string[]> | null
  /** Virtual clusters that it may use beside those of its groups. */
  virtual_clusters: Json<string[]> | null
  /** Whatever clients keep there. */
  extension: Json<Record<string, unknown>> | null
}

export interface FormerAccountTable {
  name: string
  removed_at: number
}

export interface LoginFailureTable {
  /** SHA-256 of an address, with a name or without one. */
  key: string
  count: number
  at: number
  /** Until when it is not listened to. */
  until: number
}

export interface TokenTable {
  /** SHA-256 of the token, hex: the token itself is never stored. */
  hash: string
  kind: string
  name: string
  account_id: string | null
  parties: Json<string[]> | null
  /** 1 where a database token may only read. */
  read_only: Generated<number>
  created_at: number
  expires_at: number | null
  used_at: number | null
  /** 1 where a program of its account has it. */
  application: number | null
}

export interface InviteTable {
  /** SHA-256 of the code, hex: the code itself is never stored. */
  hash: string
  name: string
  /** Null for every party. */
  parties: Json<string[]> | null
  /** 1 where it gives the database itself. */
  trusted: number
  created_at: number
  expires_at: number
  used_at: number | null
}

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

export interface ServiceTable {
  /** By which callers ask for it. */
  name: string
  /** The job that answers. */
  job_id: string
  created_at: number
}

export interface ServingCallTable {
  id: Generated<number>
  job_id: string
  question: string
  answer: string | null
  until: number
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

export interface AccountGroupTable {
  name: string
  description: string
  external_name: string
  extension: Json<Record<string, unknown>>
  created_at: number
}

export interface VirtualClusterTable {
  name: string
  /** Null: as much as there is. */
  cores: number | null
  memory_mb: number | null
  gpus: number | null
  /** 1 where nothing new begins. */
  stopped: Generated<number>
  created_at: number
}
