/**
 * Calls of online models on their way: from the app to the guest's runner and back.
 *
 * A call is a row of a table for the few milliseconds in which it is under way: the features until it is answered, the
 * answer until it is fetched.
 * @module
 */
import { sql } from 'kysely'

import type { Db } from '../db/type.ts'
import { unavailable } from './error.ts'
import type { ServingAnswer, ServingCall, ServingResult, ServingRow } from './work.ts'

/** Calls that may wait for one service. */
const MOST_WAITING = 10_000
/** Calls that a runner takes at once. */
const MOST_TAKEN = 256
/** An answer that its process has not fetched so long after its time is for nobody. */
const FORGOTTEN_MS = 60_000

const NOW = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`

/** Hands rows to the guest of a service; answers the number of the call. */
export async function putCall(
  db: Db,
  call: { jobId: string; rows: readonly ServingRow[]; ms: number },
): Promise<number> {
  const { waiting } = await db
    .selectFrom('serving_call')
    .select((expression) => expression.fn.countAll<number>().as('waiting'))
    .where('job_id', '=', call.jobId)
    .where('answer', 'is', null)
    .executeTakeFirstOrThrow()
  if (waiting >= MOST_WAITING) {
    throw unavailable(`${waiting} calls wait for this service already: ask again later`)
  }
  const { id } = await db
    .insertInto('serving_call')
    .values({
      job_id: call.jobId,
      question: JSON.stringify(call.rows),
      answer: null,
      until: sql<number>`${NOW} + ${call.ms}`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/**
 * The calls behind number `after` that wait for an attempt of a guest; none where the runner does not hold its lease.
 * Reads only: it is asked all the time, and a write would wake everybody who waits for work.
 */
export async function waitingCalls(
  db: Db,
  query: { runnerId: string; attemptId: string; after: number },
): Promise<ServingCall[]> {
  const rows = await db
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .innerJoin('serving_call', 'serving_call.job_id', 'task.job_id')
    .select(['serving_call.id', 'serving_call.question', 'serving_call.until'])
    .select(NOW.as('now'))
    .where('lease.attempt_id', '=', query.attemptId)
    .where('lease.runner_id', '=', query.runnerId)
    .where('task.kind', '=', 'serving')
    .where('task.role', '=', 'guest')
    .where('serving_call.id', '>', query.after)
    .where('serving_call.answer', 'is', null)
    .where('serving_call.until', '>', NOW)
    .orderBy('serving_call.id')
    .limit(MOST_TAKEN)
    .execute()
  return rows.map(({ id, question, until, now }) => ({
    id,
    rows: JSON.parse(question) as ServingRow[],
    ms: until - now,
  }))
}

/**
 * Answers calls for an attempt of a guest; what is no longer waited for is dropped. The questions, with the features in
 * them, are forgotten with it.
 */
export async function answerCalls(
  db: Db,
  answer: { runnerId: string; attemptId: string; answers: readonly ServingAnswer[] },
): Promise<void> {
  const { runnerId, attemptId, answers } = answer
  const rows = JSON.stringify(answers.map(({ id, results }) => [id, JSON.stringify(results)]))
  await db
    .updateTable('serving_call')
    .from(sql<{ value: string }>`json_each(${rows})`.as('given'))
    .set({ answer: sql<string>`json_extract(given.value, '$[1]')`, question: '' })
    .where('serving_call.id', '=', sql<number>`json_extract(given.value, '$[0]')`)
    .where('serving_call.job_id', '=', (query) =>
      query
        .selectFrom('lease')
        .innerJoin('task', 'task.id', 'lease.task_id')
        .select('task.job_id')
        .where('lease.attempt_id', '=', attemptId)
        .where('lease.runner_id', '=', runnerId)
        .where('task.kind', '=', 'serving')
        .where('task.role', '=', 'guest'),
    )
    .execute()
}

/** Takes those of the calls that are answered: they are gone from the database afterwards. */
export async function takeAnswers(
  db: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly ServingResult[]>> {
  // Most looks are in vain, and this one locks nothing.
  const answered = await db
    .selectFrom('serving_call')
    .select('id')
    .where('id', 'in', [...ids])
    .where('answer', 'is not', null)
    .execute()
  if (answered.length === 0) return new Map()
  const rows = await db
    .deleteFrom('serving_call')
    .where(
      'id',
      'in',
      answered.map(({ id }) => id),
    )
    .returning(['id', 'answer'])
    .execute()
  return new Map(rows.map(({ id, answer }) => [id, JSON.parse(answer ?? '[]') as ServingResult[]]))
}

/** Forgets calls that nobody waits for any more, and those that nobody has fetched. */
export async function dropCalls(db: Db, ids: readonly number[]): Promise<void> {
  await db
    .deleteFrom('serving_call')
    .where((is) =>
      is.or([is('id', 'in', [...ids]), is('until', '<', sql<number>`${NOW} - ${FORGOTTEN_MS}`)]),
    )
    .execute()
}
