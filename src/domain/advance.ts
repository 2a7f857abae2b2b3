/**
 * What a job does next: which nodes become ready, when the job is over, which job may start.
 * Every function works inside the transaction of the change that made it necessary.
 * @module
 */
import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { JobNode } from '../db/table/job.ts'
import type { Trx } from '../db/type.ts'
import { cancelTasks } from './cancel.ts'
import { appendEvents } from './event.ts'
import { advanceFramework, closeFramework } from './framework-advance.ts'
import { FRAMEWORK } from './framework-plan.ts'
import type { JobState } from './job-state.ts'
import type { TaskState } from './task-state.ts'

/** Jobs of this many submissions run at once; the others wait in line, as with the original FATE-Flow. */
export const MAX_RUNNING_JOBS = 5

/** Jobs that neither wait in line nor keep others waiting. */
export const APART: readonly string[] = ['upload', 'serving', 'flow', 'run', FRAMEWORK]

const NOT_DONE: readonly TaskState[] = ['waiting', 'ready', 'running', 'failed', 'canceled']

/**
 * Recomputes a running job after some of its tasks have changed. `ended` names the nodes of which tasks have
 * succeeded, where nothing else has changed: only what follows them is looked at.
 */
export async function advanceJob(
  trx: Trx,
  jobId: string,
  at: number,
  ended?: readonly string[],
): Promise<void> {
  const job = await trx
    .selectFrom('job')
    .select(['state', 'kind'])
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (!job || job.state !== 'running') return
  if (job.kind === FRAMEWORK) {
    const end = await advanceFramework(trx, { jobId, at })
    if (end) await endJob(trx, { ...end, jobId, at })
    return
  }
  const failed = await trx
    .selectFrom('task')
    .select('reason')
    .where('job_id', '=', jobId)
    .where('state', '=', 'failed')
    .limit(1)
    .executeTakeFirst()
  if (failed) {
    await endJob(trx, { jobId, state: 'failed', reason: failed.reason ?? 'A task failed', at })
    return
  }
  const { nodes, alone } = await graphOf(trx, jobId)
  const open = await countOpen(trx, { jobId, alone })
  if (open === 0) {
    await endJob(trx, { jobId, state: 'succeeded', reason: await withoutWhom(trx, jobId), at })
    return
  }
  await trx
    .updateTable('job')
    .set({ progress: Math.floor((1 - open / nodes.length) * 100), updated_at: at })
    .where('id', '=', jobId)
    .execute()
  // A node of one task is done with it; of others some members may still run.
  const done = alone ? ended : undefined
  await readyNodes(trx, { jobId, nodes: followers(nodes, ended), done, at })
}

/** Starts the jobs that wait in line while there is room. */
export async function startJobs(trx: Trx, at: number): Promise<void> {
  const { running } = await trx
    .selectFrom('job')
    .select((expression) => expression.fn.countAll<number>().as('running'))
    .where('state', '=', 'running')
    .where('kind', 'not in', APART)
    .executeTakeFirstOrThrow()
  // Uploads are short and never wait behind trainings; services run for as long as they are wanted.
  const others = await nextJobs(trx, { apart: true, limit: 100 })
  const trainings = await nextJobs(trx, { apart: false, limit: MAX_RUNNING_JOBS - running })
  for (const { id } of [...others, ...trainings]) {
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
  await cancelTasks(trx, { jobId, reason: reason ?? 'The job ended', at })
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
  await closeFramework(trx, { jobId, state, reason, at })
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

/** What is to be said of a job that succeeded: who of its parties left it. */
async function withoutWhom(trx: Trx, jobId: string): Promise<string | null> {
  const left = await trx
    .selectFrom('task')
    .select(['role', 'party'])
    .distinct()
    .where('job_id', '=', jobId)
    .where('state', '=', 'left')
    .orderBy('role')
    .orderBy('party')
    .execute()
  if (left.length === 0) return null
  const names = left.map(({ role, party }) => `${role} ${party}`).join(' and ')
  return `The job succeeded without ${names}, lost on the way`
}

function nextJobs(trx: Trx, query: { apart: boolean; limit: number }): Promise<{ id: string }[]> {
  if (query.limit <= 0) return Promise.resolve([])
  return trx
    .selectFrom('job')
    .select('id')
    .where('state', '=', 'waiting')
    .where('kind', query.apart ? 'in' : 'not in', APART)
    .orderBy('priority', 'desc')
    .orderBy('created_at')
    .orderBy('id')
    .limit(query.limit)
    .execute()
}

/** How many nodes of a job are not done. */
async function countOpen(trx: Trx, of: { jobId: string; alone: boolean }): Promise<number> {
  const { open } = await trx
    .selectFrom('task')
    .select(({ fn }) =>
      // Telling nodes apart takes several times as long as counting.
      of.alone ? fn.countAll<number>().as('open') : fn.count<number>('name').distinct().as('open'),
    )
    .where('job_id', '=', of.jobId)
    .where('state', 'in', NOT_DONE)
    .executeTakeFirstOrThrow()
  return open
}

interface Graph {
  readonly nodes: readonly JobNode[]
  /** Whether every node is a single task. */
  readonly alone: boolean
}

/** Graphs of the jobs that were advanced last: they never change, and large ones take longer to read than to advance. */
const graphs = new Map<string, Graph>()
const GRAPHS_KEPT = 32

async function graphOf(trx: Trx, jobId: string): Promise<Graph> {
  const kept = graphs.get(jobId)
  if (kept) return kept
  const { graph } = await trx
    .selectFrom('job')
    .select('graph')
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow()
  const nodes = fromJson(graph)
  const { tasks, names } = await trx
    .selectFrom('task')
    .select(({ fn }) => [
      fn.countAll<number>().as('tasks'),
      fn.count<number>('name').distinct().as('names'),
    ])
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow()
  const known = { nodes, alone: tasks === names }
  for (const oldest of graphs.keys()) {
    if (graphs.size < GRAPHS_KEPT) break
    graphs.delete(oldest)
  }
  graphs.set(jobId, known)
  return known
}

/** What may become ready once tasks of the nodes `ended` have succeeded. */
function followers(nodes: readonly JobNode[], ended?: readonly string[]): readonly JobNode[] {
  if (!ended) return nodes
  const before = new Set(ended)
  return nodes.filter((node) => node.needs.some((need) => before.has(need.node)))
}

/** Makes the waiting tasks of those nodes ready whose needs are all done. */
async function readyNodes(
  trx: Trx,
  change: {
    jobId: string
    nodes: readonly JobNode[]
    /** Nodes that are known to be done. */
    done: readonly string[] | undefined
    at: number
  },
): Promise<void> {
  const { jobId, nodes, done = [], at } = change
  if (nodes.length === 0) return
  const needed = new Set(nodes.flatMap((node) => node.needs.map((need) => need.node)))
  for (const name of done) needed.delete(name)
  const open = needed.size === 0 ? [] : await openNodes(trx, jobId, [...needed])
  const blocked = new Set(open)
  const free = nodes.filter((node) => !node.needs.some((need) => blocked.has(need.node)))
  if (free.length === 0) return
  const names = free.map((node) => node.name)
  await trx
    .updateTable('task')
    .set({ state: 'ready', ready_at: at, updated_at: at })
    .where('job_id', '=', jobId)
    .where('name', 'in', inList(names))
    .where('state', '=', 'waiting')
    .execute()
}

/** Those of the named nodes that have a task which is not done. */
async function openNodes(trx: Trx, jobId: string, names: readonly string[]): Promise<string[]> {
  const rows = await trx
    .selectFrom('task')
    .select('name')
    .distinct()
    .where('job_id', '=', jobId)
    .where('name', 'in', inList(names))
    .where('state', 'in', NOT_DONE)
    .execute()
  return rows.map((row) => row.name)
}
