/**
 * What tasks tell of themselves by key, and what they are asked for while they run.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'
import { invalid } from './error.ts'
import type { TaskOrder } from './work.ts'

/** Most keys that one task has: of each of a thousand statements two, and some of the task itself. */
const MOST_FACTS = 2100

/** Keeps what a task tells under a key, in place of what it told before. */
export async function keepFact(
  db: Db,
  fact: { taskId: string; key: string; value: unknown; at: number },
): Promise<void> {
  const row = { value: toJson(fact.value), updated_at: fact.at }
  const { count } = await db
    .selectFrom('task_fact')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('task_id', '=', fact.taskId)
    .where('key', '!=', fact.key)
    .executeTakeFirstOrThrow()
  if (count >= MOST_FACTS) throw invalid(`Task ${fact.taskId} tells more than ${MOST_FACTS} facts`)
  await db
    .insertInto('task_fact')
    .values({ task_id: fact.taskId, key: fact.key, ...row })
    .onConflict((clash) => clash.columns(['task_id', 'key']).doUpdateSet(row))
    .execute()
}

/** What the tasks of a job tell, by key; of several tasks with the same key the last word. */
export async function listFacts(db: Db, jobId: string): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db
    .selectFrom('task_fact')
    .innerJoin('task', 'task.id', 'task_fact.task_id')
    .select(['task_fact.key', 'task_fact.value'])
    .where('task.job_id', '=', jobId)
    .orderBy('task_fact.updated_at')
    .execute()
  return new Map(rows.map(({ key, value }) => [key, fromJson(value)]))
}

/** Asks something of the running tasks of a job. */
export async function orderOf(
  db: Db,
  order: { jobId: string; type: string; body: Record<string, unknown>; at: number },
): Promise<void> {
  const tasks = await db
    .selectFrom('task')
    .select('id')
    .where('job_id', '=', order.jobId)
    .where('state', '=', 'running')
    .execute()
  for (const { id } of tasks) {
    await db
      .insertInto('task_order')
      .values({ task_id: id, type: order.type, body: toJson(order.body), created_at: order.at })
      .execute()
  }
}

/** What the task of an attempt that the runner holds is asked for, after order number `after`. */
export async function listOrders(
  db: Db,
  query: { runnerId: string; attemptId: string; after: number },
): Promise<TaskOrder[]> {
  const rows = await db
    .selectFrom('task_order')
    .innerJoin('lease', 'lease.task_id', 'task_order.task_id')
    .select(['task_order.id', 'task_order.type', 'task_order.body'])
    .where('lease.runner_id', '=', query.runnerId)
    .where('lease.attempt_id', '=', query.attemptId)
    .where('task_order.id', '>', query.after)
    .orderBy('task_order.id')
    .execute()
  return rows.map(({ id, type, body }) => ({ id, type, body: fromJson(body) }))
}
