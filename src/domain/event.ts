/**
 * The append-only record of what happened to a job; the console streams it.
 * @module
 */
import { sql } from 'kysely'

import { toJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'

export type EventLevel = 'info' | 'warning' | 'error'

export interface NewEvent {
  readonly jobId: string
  readonly taskId?: string | null
  /** The attempt it belongs to, where it belongs to one. */
  readonly attemptId?: string | null
  readonly at: number
  readonly type: string
  readonly level?: EventLevel
  readonly message: string
  readonly data?: Record<string, unknown>
}

/** One thing that happened. */
export interface JobEvent {
  readonly id: number
  readonly taskId: string | null
  readonly attemptId: string | null
  readonly at: number
  readonly type: string
  readonly level: string
  readonly message: string
}

/** Appends events in order. */
export async function appendEvents(db: Db, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = JSON.stringify(
    events.map((event) => [
      event.jobId,
      event.taskId ?? null,
      event.attemptId ?? null,
      event.at,
      event.type,
      event.level ?? 'info',
      event.message,
      event.data ? toJson(event.data) : null,
    ]),
  )
  // One text, however many events, so that it stays prepared.
  await sql`
    insert into event (job_id, task_id, attempt_id, at, type, level, message, data)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
    from json_each(${rows})`.execute(db)
}

/** A job's events, or those of one attempt in it, after the one called `after`, oldest first. */
export async function listEvents(
  db: Db,
  query: { jobId: string; attemptId?: string; after?: number; limit?: number },
): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('event')
    .select(['id', 'task_id', 'attempt_id', 'at', 'type', 'level', 'message'])
    .where('job_id', '=', query.jobId)
    .where('id', '>', query.after ?? 0)
    .$if(query.attemptId !== undefined, (builder) =>
      builder.where('attempt_id', '=', query.attemptId as string),
    )
    .orderBy('id')
    .limit(query.limit ?? 500)
    .execute()
  return rows.map(({ task_id, attempt_id, ...row }) => ({
    ...row,
    taskId: task_id,
    attemptId: attempt_id,
  }))
}
