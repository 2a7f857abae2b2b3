/**
 * How tasks end. Only the runner that holds the lease may end one, and only once; saying the same again changes
 * nothing and gets the same answer.
 * @module
 */
import { toJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { tellAttempts } from './attempt-event.ts'
import { databaseTime } from './clock.ts'
import { appendEvents } from './event.ts'
import { failTask } from './fail.ts'
import { restartGroup } from './group.ts'
import { settledBefore } from './repeat.ts'
import { retryAfter } from './retry.ts'
import type { AttemptEnding, Outcome } from './work.ts'

/** How one lease ends. */
export interface Settlement {
  readonly attemptId: string
  readonly outcome: Outcome
}

/**
 * Ends a lease with its outcome. False when it was no longer held: the outcome then counts for nothing. True as well
 * when this very outcome counted before, as the answer may have been lost.
 */
export async function settleTask(
  db: Db,
  settlement: Settlement & { runnerId: string },
  at?: number,
): Promise<boolean> {
  const { runnerId, ...own } = settlement
  return (await settleTasks(db, { runnerId, settlements: [own] }, at)).has(own.attemptId)
}

/**
 * Ends leases of one runner in order and in one transaction; answers the attempts that were still held, or that had
 * ended in the same way before. An earlier failure that ends the job withdraws the later ones.
 */
export async function settleTasks(
  db: Db,
  batch: { runnerId: string; settlements: readonly Settlement[] },
  at?: number,
): Promise<Set<string>> {
  const { runnerId, settlements } = batch
  return inTransaction(db, async (trx) => {
    const now = at ?? (await databaseTime(trx))
    const counted = new Set<string>()
    let done: string[] = []
    for (const settlement of settlements) {
      if (settlement.outcome.state === 'succeeded') {
        done.push(settlement.attemptId)
        continue
      }
      for (const id of await settleDone(trx, { runnerId, attemptIds: done, now })) counted.add(id)
      done = []
      if (await settleOther(trx, { runnerId, settlement, now })) counted.add(settlement.attemptId)
    }
    for (const id of await settleDone(trx, { runnerId, attemptIds: done, now })) counted.add(id)
    const left = settlements.filter((one) => !counted.has(one.attemptId))
    for (const id of await settledBefore(trx, { runnerId, settlements: left })) counted.add(id)
    for (const { attemptId, outcome } of settlements) {
      if (outcome.ending && outcome.state === 'succeeded' && counted.has(attemptId))
        await saveEnding(trx, attemptId, outcome.ending)
    }
    return counted
  })
}

async function saveEnding(trx: Trx, attemptId: string, ending: AttemptEnding): Promise<void> {
  await trx
    .updateTable('attempt')
    .set({ ending: toJson(ending) })
    .where('id', '=', attemptId)
    .execute()
}

/** Ends what has succeeded: a handful of statements, however many tasks. */
async function settleDone(
  trx: Trx,
  end: { runnerId: string; attemptIds: readonly string[]; now: number },
): Promise<string[]> {
  const { runnerId, attemptIds, now } = end
  if (attemptIds.length === 0) return []
  const held = await release(trx, runnerId, attemptIds)
  if (held.size === 0) return []
  await trx
    .updateTable('attempt')
    .set({ state: 'succeeded', reason: null, ended_at: now })
    .where('id', 'in', inList([...held.keys()]))
    .execute()
  const rows = await trx
    .updateTable('task')
    .set({ state: 'succeeded', reason: null, ended_at: now, updated_at: now, progress: 1 })
    .where('id', 'in', inList([...held.values()]))
    .returning(['id', 'job_id', 'name', 'role', 'party'])
    .execute()
  const tasks = new Map(rows.map((row) => [row.id, row]))
  const ended = attemptIds.flatMap((attemptId) => {
    const task = tasks.get(held.get(attemptId) ?? '')
    return task ? [{ attemptId, task }] : []
  })
  await appendEvents(
    trx,
    ended.map(({ attemptId, task }) => ({
      jobId: task.job_id,
      taskId: task.id,
      attemptId,
      at: now,
      type: 'task.succeeded',
      message: `${task.name} is done${task.party === null ? '' : ` at ${task.role} ${task.party}`}`,
    })),
  )
  for (const [jobId, own] of Map.groupBy(rows, (row) => row.job_id)) {
    await advanceJob(trx, jobId, now, [...new Set(own.map((task) => task.name))])
  }
  return [...held.keys()]
}

/** Ends what has failed or was handed back. */
async function settleOther(
  trx: Trx,
  end: { runnerId: string; settlement: Settlement; now: number },
): Promise<boolean> {
  const { settlement, now } = end
  const { attemptId, outcome } = settlement
  if (outcome.state === 'succeeded') throw new TypeError('It has succeeded')
  const taskId = (await release(trx, end.runnerId, [attemptId])).get(attemptId)
  if (taskId === undefined) return false
  const task = await trx
    .selectFrom('task')
    .select(['id', 'job_id', 'name', 'role', 'party', 'spec'])
    .where('id', '=', taskId)
    .executeTakeFirstOrThrow()
  const { reason } = outcome
  await trx
    .updateTable('attempt')
    .set({
      state: outcome.state,
      reason,
      ended_at: now,
      // What follows is decided by it.
      ...(outcome.ending ? { ending: toJson(outcome.ending) } : {}),
    })
    .where('id', '=', attemptId)
    .execute()
  if (outcome.state === 'released') {
    await tellAttempts(trx, {
      attemptIds: [attemptId],
      at: now,
      type: 'task.released',
      level: 'warning',
      word: 'was handed back',
      reason,
    })
    await restartGroup(trx, { jobId: task.job_id, name: task.name, reason, at: now })
    return true
  }
  const again = await retryAfter(trx, task, outcome)
  if (again !== undefined) {
    await restartGroup(trx, { jobId: task.job_id, name: task.name, at: now, ...again })
    return true
  }
  const who = task.party === null ? task.name : `${task.role} ${task.party}`
  const where = task.party === null ? '' : ` in ${task.name}`
  const failure = `${who} failed${where}: ${reason}`
  await failTask(trx, { taskId: task.id, jobId: task.job_id, reason: failure, at: now, attemptId })
  return true
}

/** Takes the leases that the runner still holds; answers the task of each attempt. */
async function release(
  trx: Trx,
  runnerId: string,
  attemptIds: readonly string[],
): Promise<Map<string, string>> {
  const ids = inList(attemptIds)
  const rows = await trx
    .deleteFrom('lease')
    // By task first: that is the key of the table.
    .where('task_id', 'in', (query) =>
      query.selectFrom('attempt').select('task_id').where('id', 'in', ids),
    )
    .where('attempt_id', 'in', ids)
    .where('runner_id', '=', runnerId)
    .returning(['attempt_id', 'task_id'])
    .execute()
  return new Map(rows.map((row) => [row.attempt_id, row.task_id]))
}
