/**
 * Jobs and tasks in FATE-Flow's words.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import type { JobState } from '../../domain/job-state.ts'
import type { Job } from '../../domain/job.ts'
import type { TaskState } from '../../domain/task-state.ts'
import type { Task } from '../../domain/task.ts'
import type { Dialect } from './dialect.ts'
import type { FateJob, FateJobStatus, FateTask, FateTaskStatus } from './schema.ts'

export type FateJobRow = z.output<typeof FateJob>
export type FateTaskRow = z.output<typeof FateTask>
type JobStatus = z.output<typeof FateJobStatus>
type TaskStatus = z.output<typeof FateTaskStatus>

/** Version 1.0 knows no canceled jobs: one that was stopped has failed. Nor suspended ones: they wait. */
export const JOB_STATUS = {
  waiting: 'waiting',
  running: 'running',
  suspended: 'waiting',
  succeeded: 'success',
  failed: 'failed',
  canceled: 'failed',
} as const satisfies Record<JobState, JobStatus>

/** The state of a job; from version 1.1 one that was stopped before it started is no failure. */
export function jobStatus(job: Pick<Job, 'state' | 'startedAt'>, { cancels }: Dialect): JobStatus {
  const stopped = cancels && job.state === 'canceled' && job.startedAt === null
  return stopped ? 'canceled' : JOB_STATUS[job.state]
}

/** A task that a runner may take has been started as far as version 1.0 can tell. */
export const TASK_STATUS = {
  waiting: 'waiting',
  ready: 'start',
  running: 'running',
  succeeded: 'success',
  failed: 'failed',
  canceled: 'failed',
} as const satisfies Record<TaskState, TaskStatus>

/** The one operator there is; clients of version 1.0 know it by this name. */
export const OPERATOR = 'python_operator'

/** A party id as FATE has it: a number, where it fits one. */
export function toFateParty(party: string): number | string {
  const number = Number(party)
  return Number.isSafeInteger(number) && String(number) === party ? number : party
}

/** Party ids by role as FATE has them. */
export function toFateRoles(
  members: Readonly<Record<string, readonly string[]>>,
): Record<string, (number | string)[]> {
  return Object.fromEntries(
    Object.entries(members).map(([role, parties]) => [role, parties.map(toFateParty)]),
  )
}

/** What FATE calls the set of all parties: `arbiter-10000#guest-9999#host-10000_10001`. */
export function allParties(members: Readonly<Record<string, readonly string[]>>): string {
  return Object.keys(members)
    .toSorted()
    .map((role) => `${role}-${members[role].toSorted((a, b) => Number(a) - Number(b)).join('_')}`)
    .join('#')
}

/** A job's DSL. */
export function dslOf(job: Job): Record<string, unknown> {
  return (job.request['job_dsl'] ?? {}) as Record<string, unknown>
}

/** A job's configuration as FATE keeps it: with the model that it makes. */
export function runtimeConfOf(job: Job): Record<string, unknown> {
  const conf = (job.request['job_runtime_conf'] ?? {}) as Record<string, unknown>
  if (job.modelId === null) return conf
  const parameters = conf['job_parameters'] as Record<string, unknown>
  const model = { model_id: job.modelId, model_version: job.modelVersion }
  const { common } = parameters
  // Version 2 has them among those for every party.
  return {
    ...conf,
    job_parameters:
      typeof common === 'object' && common !== null
        ? { ...parameters, common: { ...common, ...model } }
        : { ...parameters, ...model },
  }
}

/** One row for each role and party of each job. */
export function toFateJobs(
  found: readonly { job: Job; role: string; party: string }[],
  around: {
    host: string
    running: readonly Task[]
    /** Places in the line by job. */
    line: ReadonlyMap<string, number>
    dialect: Dialect
  },
): FateJobRow[] {
  const shared = new Map<string, Omit<FateJobRow, OwnKey>>()
  return found.map(({ job, role, party }) => {
    const common = shared.get(job.id) ?? sharedPart(job, around)
    shared.set(job.id, common)
    const tasks = around.running.filter(
      (task) => task.jobId === job.id && task.role === role && placeParty(task) === party,
    )
    return {
      ...common,
      f_role: role,
      f_party_id: party,
      f_is_initiator: job.initiator?.role === role && job.initiator.party === party ? 1 : 0,
      f_current_steps: tasks.at(-1)?.name ?? null,
      f_current_tasks: JSON.stringify(tasks.map(taskId)),
      f_queue_position: around.line.get(job.id) ?? null,
    }
  })
}

/** A task as FATE lists it. */
export function toFateTask(task: Task, host: string): FateTaskRow {
  return {
    f_job_id: task.jobId,
    f_component_name: task.name,
    f_task_id: taskId(task),
    f_role: task.role ?? 'local',
    f_party_id: placeParty(task),
    f_operator: OPERATOR,
    f_run_ip: host,
    f_run_pid: null,
    f_status: TASK_STATUS[task.state],
    f_create_time: task.createdAt,
    f_update_time: task.updatedAt,
    f_start_time: task.startedAt,
    f_end_time: task.endedAt,
    f_elapsed: elapsed(task),
  }
}

type OwnKey =
  | 'f_role'
  | 'f_party_id'
  | 'f_is_initiator'
  | 'f_current_steps'
  | 'f_current_tasks'
  | 'f_queue_position'

function sharedPart(
  job: Job,
  { host, dialect }: { host: string; dialect: Dialect },
): Omit<FateJobRow, OwnKey> {
  const conf = runtimeConfOf(job)
  const parameters = (conf['job_parameters'] ?? {}) as Record<string, unknown>
  return {
    f_job_id: job.id,
    f_name: job.name,
    f_description: job.description,
    f_tag: job.tag,
    f_roles: JSON.stringify(toFateRoles(job.members)),
    f_work_mode: Number(parameters['work_mode'] ?? 0),
    f_initiator_party_id: job.initiator?.party ?? '',
    f_dsl: JSON.stringify(dslOf(job)),
    f_runtime_conf: JSON.stringify(conf),
    f_train_runtime_conf: JSON.stringify(job.request['train_runtime_conf'] ?? {}),
    f_run_ip: host,
    f_status: jobStatus(job, dialect),
    f_progress: job.progress,
    f_create_time: job.createdAt,
    f_update_time: job.updatedAt,
    f_start_time: job.startedAt,
    f_end_time: job.endedAt,
    f_elapsed: elapsed(job),
  }
}

function elapsed(span: { startedAt: number | null; endedAt: number | null }): number | null {
  return span.startedAt === null || span.endedAt === null ? null : span.endedAt - span.startedAt
}

function taskId(task: Task): string {
  return `${task.jobId}_${task.name}`
}

/** The work of an upload that has no owner is listed under party 0, as its job is. */
function placeParty(task: Task): string {
  return task.party ?? '0'
}
