/**
 * FATE-Flow's filters of jobs and tasks in our words.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import type { MemberFilter } from '../../domain/member.ts'
import type { TaskFilter } from '../../domain/task.ts'
import { type FateJobRow, JOB_STATUS, OPERATOR, TASK_STATUS } from './mapping.ts'
import type { FateJobFilter, FateTaskFilter } from './schema.ts'

/** A job filter in our words; undefined when it names nothing or nothing can be equal to it. */
export function toMemberFilter(
  filter: z.output<typeof FateJobFilter>,
  host: string,
): MemberFilter | undefined {
  const given = dropNulls(filter)
  if (Object.keys(given).length === 0) return undefined
  if (given.run_ip !== undefined && given.run_ip !== host) return undefined
  // What a dialect calls canceled is sorted out among those that were stopped.
  const states =
    given.status === undefined
      ? undefined
      : given.status === 'canceled'
        ? (['canceled'] as const)
        : statesOf(JOB_STATUS, given.status)
  const tasks = tasksText(given.current_tasks)
  // Only what runs has a current step or task.
  const runs = given.current_steps !== undefined || (tasks !== undefined && tasks !== '[]')
  return {
    jobId: given.job_id,
    role: given.role,
    party: given.party_id,
    initiatorParty: given.initiator_party_id,
    name: given.name,
    description: given.description,
    tag: given.tag,
    states: runs ? (states ?? ['running']).filter((state) => state === 'running') : states,
    progress: given.progress,
    createdAt: given.create_time,
    updatedAt: given.update_time,
    startedAt: given.start_time,
    endedAt: given.end_time,
    elapsed: given.elapsed,
    isInitiator: given.is_initiator === undefined ? undefined : given.is_initiator === 1,
    members: given.roles === undefined ? undefined : toMembers(fromText(given.roles)),
    request: {
      ...(given.dsl === undefined ? {} : { job_dsl: fromText(given.dsl) }),
      ...(given.runtime_conf === undefined
        ? {}
        : { job_runtime_conf: withoutModel(fromText(given.runtime_conf)) }),
    },
  }
}

/** Whether a row has the status, step and tasks that a filter asks for; the database knows them in other words. */
export function hasCurrent(row: FateJobRow, filter: z.output<typeof FateJobFilter>): boolean {
  const { current_steps: step, current_tasks, status } = dropNulls(filter)
  const text = tasksText(current_tasks)
  return (
    (status === undefined || row.f_status === status) &&
    (step === undefined || row.f_current_steps === step) &&
    (text === undefined || row.f_current_tasks === text)
  )
}

/** A task filter in our words; undefined when nothing can be equal to it. */
export function toTaskFilter(
  filter: z.output<typeof FateTaskFilter>,
  host: string,
): Omit<TaskFilter, 'surface'> | undefined {
  const given = dropNulls(filter)
  if (given.run_ip !== undefined && given.run_ip !== host) return undefined
  if (given.operator !== undefined && given.operator !== OPERATOR) return undefined
  const [, idJob, idName] = /^([^_]+)_(.+)$/.exec(given.task_id ?? '') ?? []
  if (given.task_id !== undefined && idJob === undefined) return undefined
  if (!agree(given.job_id, idJob) || !agree(given.component_name, idName)) return undefined
  return {
    jobId: given.job_id ?? idJob,
    name: given.component_name ?? idName,
    role: given.role,
    party: given.party_id,
    states: given.status === undefined ? undefined : statesOf(TASK_STATUS, given.status),
    createdAt: given.create_time,
    updatedAt: given.update_time,
    startedAt: given.start_time,
    endedAt: given.end_time,
    elapsed: given.elapsed,
  }
}

function tasksText(tasks: string | readonly string[] | undefined): string | undefined {
  return typeof tasks === 'string' || tasks === undefined ? tasks : JSON.stringify(tasks)
}

function statesOf<S extends string>(table: Readonly<Record<S, string>>, word: string): S[] {
  return (Object.keys(table) as S[]).filter((state) => table[state] === word)
}

function agree(given: string | undefined, other: string | undefined): boolean {
  return given === undefined || other === undefined || given === other
}

function fromText(value: string | Record<string, unknown>): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    // No stored JSON is equal to a text that is none.
    return value
  }
}

function toMembers(value: unknown): Record<string, string[]> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).map(([role, parties]) => [
      role,
      Array.isArray(parties) ? parties.map(String) : [],
    ]),
  )
}

function withoutModel(conf: unknown): unknown {
  if (typeof conf !== 'object' || conf === null || !('job_parameters' in conf)) return conf
  const strip = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const { model_id: _id, model_version: _version, ...rest } = value as Record<string, unknown>
    return rest
  }
  const parameters = strip(conf.job_parameters) as Record<string, unknown>
  const { common } = parameters
  return {
    ...conf,
    job_parameters: common === undefined ? parameters : { ...parameters, common: strip(common) },
  }
}

type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> }

function dropNulls<T extends object>(value: T): WithoutNulls<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== null && field !== undefined),
  ) as WithoutNulls<T>
}
