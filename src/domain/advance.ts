/**
 * What a job does next: which nodes become ready, when the job is over, which job may start.
 * Every function works inside the transaction of the change that made it necessary.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { JobNode } from '../db/schema.ts'
import type { Trx } from '../db/type.ts'
import { appendEvents } from './event.ts'
import type { JobState } from './job-state.ts'
import { isTaskOver } from './task-state.ts'

/** Jobs of this many submissions run at once; the others wait in line, as with the original FATE-Flow. */
export const MAX_RUNNING_JOBS = 5

interface TaskRow {
  readonly id: string
  readonly name: string
  readonly role: string | null
  readonly party: string | null
  readonly state: string
  readonly reason: string | null
}

/** Recomputes a running job after one of its tasks has changed. */
export async function advanceJob(trx: Trx, jobId: string, at: number): Promise<void> {
  const job = await trx
    .selectFrom('job')
    .select(['id', 'state', 'graph'])
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (!job || job.state !== 'running') return
  const tasks = await trx
    .selectFrom('task')
    .select(['id', 'name', 'role', 'party', 'state', 'reason'])
    .where('job_id', '=', jobId)
    .execute()
  const failed = tasks.find((task) => task.state === 'failed')
  if (failed) {
    await endJob(trx, { jobId, state: 'failed', reason: failed.reason ?? 'A task failed', at })
    return
  }
  const nodes = fromJson(job.graph)
  const done = doneNodes(nodes, tasks)
  if (done.size === nodes.length) {
    await endJob(trx, { jobId, state: 'succeeded', reason: null, at })
    return
  }
  await trx
    .updateTable('job')
    .set({ progress: Math.floor((done.size / nodes.length) * 100), updated_at: at })
    .where('id', '=', jobId)
    .execute()
  const open = nodes.filter((node) => node.needs.every((need) => done.has(need.node)))
  await readyTasks(trx, {
    jobId,
    at,
    ids: open.flatMap((node) =>
      tasks
        .filter((task) => task.name === node.name && task.state === 'waiting')
        .map(({ id }) => id),
    ),
  })
}

/** Starts the jobs that wait in line while there is room. */
export async function startJobs(trx: Trx, at: number): Promise<void> {
  const { running } = await trx
    .selectFrom('job')
    .select((expression) => expression.fn.countAll<number>().as('running'))
    .where('state', '=', 'running')
    .where('kind', '!=', 'upload')
    .executeTakeFirstOrThrow()
  // Uploads are short and never wait behind trainings.
  const uploads = await nextJobs(trx, { upload: true, limit: 100 })
  const trainings = await nextJobs(trx, { upload: false, limit: MAX_RUNNING_JOBS - running })
  for (const { id } of [...uploads, ...trainings]) {
    const { numUpdatedRows } = await trx
      .updateTable('job')
      .set((expression) => ({
        state: 'running',
        reason: null,
        // A resumed job has started before.
        started_at: expression.fn.coalesce('started_at', expression.val(at)),
        updated_at: at,
      }))
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow()
    // A job that ended as soon as it began may have let this one start.
    if (numUpdatedRows === 0n) continue
    await appendEvents(trx, [{ jobId: id, at, type: 'job.started', message: 'The job started' }])
    await advanceJob(trx, id, at)
  }
}

/** Ends a job: tasks that are not over are canceled and their leases withdrawn, then the next job may start. */
export async function endJob(
  trx: Trx,
  end: { jobId: string; state: JobState; reason: string | null; at: number },
): Promise<void> {
  const { jobId, state, reason, at } = end
  const left = await trx
    .selectFrom('task')
    .select(['id', 'state'])
    .where('job_id', '=', jobId)
    .where('state', 'in', ['waiting', 'ready', 'running'])
    .execute()
  if (left.length > 0) {
    const ids = left.map((task) => task.id)
    const why = reason ?? 'The job ended'
    await trx
      .updateTable('task')
      .set({ state: 'canceled', reason: why, ended_at: at, updated_at: at })
      .where('id', 'in', ids)
      .execute()
    await trx
      .updateTable('attempt')
      .set({ state: 'canceled', reason: why, ended_at: at })
      .where('task_id', 'in', ids)
      .where('state', '=', 'running')
      .execute()
    await trx.deleteFrom('lease').where('task_id', 'in', ids).execute()
  }
  await trx
    .updateTable('job')
    .set({
      state,
      reason,
      ended_at: at,
      updated_at: at,
      ...(state === 'succeeded' ? { progress: 100 } : {}),
    })
    .where('id', '=', jobId)
    .execute()
  await trx.deleteFrom('message').where('job_id', '=', jobId).execute()
  await appendEvents(trx, [
    {
      jobId,
      at,
      type: `job.${state}`,
      level: state === 'failed' ? 'error' : 'info',
      message: reason ?? (state === 'succeeded' ? 'The job succeeded' : `The job is ${state}`),
    },
  ])
  await startJobs(trx, at)
}

function nextJobs(trx: Trx, query: { upload: boolean; limit: number }): Promise<{ id: string }[]> {
  if (query.limit <= 0) return Promise.resolve([])
  return trx
    .selectFrom('job')
    .select('id')
    .where('state', '=', 'waiting')
    .where('kind', query.upload ? '=' : '!=', 'upload')
    .orderBy('priority', 'desc')
    .orderBy('created_at')
    .orderBy('id')
    .limit(query.limit)
    .execute()
}

async function readyTasks(
  trx: Trx,
  change: { jobId: string; ids: readonly string[]; at: number },
): Promise<void> {
  if (change.ids.length === 0) return
  await trx
    .updateTable('task')
    .set({ state: 'ready', ready_at: change.at, updated_at: change.at })
    .where('id', 'in', change.ids)
    .where('state', '=', 'waiting')
    .execute()
}

function doneNodes(nodes: readonly JobNode[], tasks: readonly TaskRow[]): Set<string> {
  const byNode = Map.groupBy(tasks, (task) => task.name)
  return new Set(
    nodes.flatMap(({ name }) =>
      (byNode.get(name) ?? []).every((task) => isTaskOver(task.state) && task.state === 'succeeded')
        ? [name]
        : [],
    ),
  )
}
