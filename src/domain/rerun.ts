/**
 * Taking up a job that is over: what has not succeeded is done again, and everything that follows from it.
 * @module
 */
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { startJobs } from './advance.ts'
import { databaseTime } from './clock.ts'
import { conflict, invalid } from './error.ts'
import { appendEvents } from './event.ts'
import { isJobMove } from './job-state.ts'
import { getJob, type Job } from './job.ts'
import { clearMetrics } from './metric.ts'
import { listTasks, type Task } from './task.ts'

export interface Rerun {
  readonly id: string
  /** Nodes that are done again although they have succeeded; all of them with `all`. */
  readonly nodes?: readonly string[]
  readonly all?: boolean
  readonly reason: string
}

/**
 * Puts a job that is over in line again, with what its tasks have done well so far. Answers the nodes that are done again,
 * in the order of its graph. Refused where nothing is left to do.
 */
export async function rerunJob(
  db: Db,
  rerun: Rerun,
  at?: number,
): Promise<{ job: Job; nodes: readonly string[] }> {
  const { id, reason } = rerun
  return inTransaction(db, async (trx) => {
    const job = await getJob(trx, id)
    if (!isJobMove(job.state, 'waiting')) {
      throw conflict(`Job ${id} is ${job.state}: only one that is over can be run again`)
    }
    const tasks = await listTasks(trx, id)
    if (tasks.some(({ kind }) => kind !== 'component')) {
      throw conflict(`Job ${id} has no components: submit it anew`)
    }
    const nodes = await nodesToRun(trx, { job, tasks, rerun })
    if (nodes.size === 0) {
      throw conflict(`Job ${id} has succeeded: name a component from which it is to run again`)
    }
    const now = at ?? (await databaseTime(trx))
    await resetTasks(trx, { tasks: tasks.filter(({ name }) => nodes.has(name)), at: now })
    await trx
      .updateTable('job')
      .set({ state: 'waiting', reason: null, started_at: null, ended_at: null, updated_at: now })
      .where('id', '=', id)
      .execute()
    await appendEvents(trx, [{ jobId: id, at: now, type: 'job.rerun', message: reason }])
    await startJobs(trx, now)
    return { job: await getJob(trx, id), nodes: [...nodes] }
  })
}

/** What has not succeeded or was named, what follows from it, and what before it has left nothing that could be read. */
async function nodesToRun(
  trx: Trx,
  { job, tasks, rerun }: { job: Job; tasks: readonly Task[]; rerun: Rerun },
): Promise<ReadonlySet<string>> {
  const names = job.graph.map(({ name }) => name)
  const stranger = rerun.nodes?.find((name) => !names.includes(name))
  if (stranger !== undefined) {
    throw invalid(`Job ${job.id} has no component ${stranger}: it has ${names.join(', ')}`)
  }
  const undone = tasks.filter(({ state }) => state !== 'succeeded').map(({ name }) => name)
  const again = new Set(rerun.all ? names : [...undone, ...(rerun.nodes ?? [])])
  const left = await trx
    .selectFrom('artifact')
    .innerJoin('task', 'task.id', 'artifact.task_id')
    .select(['task.name', 'artifact.kind'])
    .distinct()
    .where('artifact.job_id', '=', job.id)
    .execute()
  const outputs = new Set(left.map(({ kind, name }) => `${kind} ${name}`))
  for (let before = -1; again.size > before;) {
    before = again.size
    for (const node of job.graph) {
      if (node.needs.some((need) => again.has(need.node))) again.add(node.name)
      if (!again.has(node.name)) continue
      for (const { node: name, kind } of node.needs) {
        if (!outputs.has(`${kind === 'model' ? 'model' : 'table'} ${name}`)) again.add(name)
      }
    }
  }
  return new Set(names.filter((name) => again.has(name)))
}

/** Members of a node get one attempt count: it names the session in which they find each other. */
async function resetTasks(
  trx: Trx,
  { tasks, at }: { tasks: readonly Task[]; at: number },
): Promise<void> {
  for (const group of Map.groupBy(tasks, ({ name }) => name).values()) {
    const ids = group.map(({ id }) => id)
    const { attempts } = await trx
      .selectFrom('task')
      .select((expression) => expression.fn.max('attempts').as('attempts'))
      .where('id', 'in', ids)
      .executeTakeFirstOrThrow()
    await trx
      .updateTable('task')
      .set((expression) => ({
        state: 'waiting',
        reason: null,
        progress: 0,
        attempts,
        // At least one more try, whatever it has had.
        max_attempts: expression.fn('max', ['max_attempts', expression.val(attempts + 1)]),
        ready_at: null,
        started_at: null,
        ended_at: null,
        updated_at: at,
      }))
      .where('id', 'in', ids)
      .execute()
    await clearMetrics(trx, ids)
    await trx.deleteFrom('artifact').where('task_id', 'in', ids).execute()
  }
}
