/**
 * What happens to single attempts, as events that name them: one statement, however many attempts.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Trx } from '../db/type.ts'
import { appendEvents, type EventLevel } from './event.ts'

/** Something that was done to attempts without a word of their runner. */
export interface AttemptNews {
  readonly attemptIds: readonly string[]
  readonly at: number
  readonly type: string
  readonly level: EventLevel
  /** Follows the name of the task: `was lost`. */
  readonly word: string
  readonly reason: string
}

/** Enters one event for each attempt, with its number in the message. */
export async function tellAttempts(trx: Trx, news: AttemptNews): Promise<void> {
  const { attemptIds, at, type, level, word, reason } = news
  if (attemptIds.length === 0) return
  const message = sql<string>`${SEAT} || ': attempt ' || attempt.number || ${` ${word}: ${reason}`}`
  await trx
    .insertInto('event')
    .columns(['job_id', 'task_id', 'attempt_id', 'at', 'type', 'level', 'message'])
    .expression((from) =>
      from
        .selectFrom('attempt')
        .innerJoin('task', 'task.id', 'attempt.task_id')
        .select(['task.job_id', 'task.id as task_id', 'attempt.id as attempt_id'])
        .select([
          sql.val(at).as('at'),
          sql.val(type).as('type'),
          sql.val(level).as('level'),
          message.as('message'),
        ])
        .where('attempt.id', 'in', inList(attemptIds)),
    )
    .execute()
}

/** What of a lease its event needs. */
export interface LeasedAttempt {
  readonly jobId: string
  readonly taskId: string
  readonly attemptId: string
  readonly attempt: number
  readonly name: string
  readonly role: string | null
  readonly party: string | null
}

/** Enters one event for each attempt that the runner of that name has begun. */
export async function tellLeased(
  trx: Trx,
  leased: { attempts: readonly LeasedAttempt[]; runner: string; at: number },
): Promise<void> {
  const { attempts, runner, at } = leased
  await appendEvents(
    trx,
    attempts.map(({ jobId, taskId, attemptId, attempt, name, role, party }) => {
      const who = party === null ? name : `${name} at ${role} ${party}`
      const message = `${who}: attempt ${attempt} was taken by runner "${runner}"`
      return { jobId, taskId, attemptId, at, type: 'task.leased', message }
    }),
  )
}

const SEAT = sql<string>`task.name ||
  case when task.party is null then '' else ' at ' || task.role || ' ' || task.party end`
