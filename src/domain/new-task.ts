/**
 * Tasks as they are entered: with their job, or later where a job makes its tasks as it goes on.
 * @module
 */
import { toJson } from '../db/json.ts'
import type { Trx } from '../db/type.ts'
import type { Needs, TaskKind, TaskSpec } from './work.ts'

/** One task to be made with a job. */
export interface NewTask {
  /** The graph node it works for. */
  readonly name: string
  readonly kind: TaskKind
  readonly role: string | null
  readonly party: string | null
  readonly position: number
  /** The data directory that holds its inputs, when that is known. */
  readonly site?: string | null
  readonly maxAttempts?: number
  /** Without any it is a light task: a slot and nothing else. */
  readonly needs?: Needs
  readonly spec: TaskSpec
}

/** Enters tasks that wait. */
export async function insertTasks(
  trx: Trx,
  insertion: { jobId: string; tasks: readonly NewTask[]; at: number },
): Promise<void> {
  const { jobId, tasks, at } = insertion
  for (const task of tasks) {
    await trx
      .insertInto('task')
      .values({
        id: taskId(jobId, task),
        job_id: jobId,
        name: task.name,
        kind: task.kind,
        role: task.role,
        party: task.party,
        position: task.position,
        site: task.site ?? null,
        state: 'waiting',
        reason: null,
        spec: toJson(task.spec as unknown),
        needs: task.needs ? toJson(task.needs) : null,
        progress: 0,
        attempts: 0,
        max_attempts: task.maxAttempts ?? 1,
        created_at: at,
        updated_at: at,
        ready_at: null,
        started_at: null,
        ended_at: null,
      })
      .execute()
  }
}

/** Members without a party are told apart by their place in the role. */
function taskId(job: string, { name, role, party, position }: NewTask): string {
  if (party !== null) return `${job}_${name}_${role}_${party}`
  return role === null ? `${job}_${name}` : `${job}_${name}_${role}_${position}`
}
