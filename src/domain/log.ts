/**
 * Log lines of a job's tasks.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'

/** The levels that tasks log with, quietest first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The levels that are quieter than `level`; a level that nobody knows is never among them. */
export function quieterThan(level: LogLevel): readonly LogLevel[] {
  return LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level))
}

export interface LogLine {
  readonly id: number
  readonly taskId: string
  readonly at: number
  readonly level: string
  readonly text: string
}

export interface LogQuery {
  readonly jobId: string
  readonly taskId?: string
  /** Only lines of one of these tasks. */
  readonly taskIds?: readonly string[]
  readonly attemptId?: string
  /** Only lines of none of these levels. */
  readonly without?: readonly string[]
  /** Only lines that contain it; letters of either case are alike in ASCII. */
  readonly text?: string
  readonly after?: number
  /** Only lines before this one. */
  readonly before?: number
  readonly limit?: number
}

/** Log lines after the one called `after`, oldest first. */
export async function listLog(db: Db, query: LogQuery): Promise<LogLine[]> {
  const rows = await select(db, query)
    .where('id', '>', query.after ?? 0)
    .orderBy('id')
    .limit(query.limit ?? 1000)
    .execute()
  return rows.map(toLine)
}

/** The newest log lines, or the newest before the one called `before`, oldest of them first. */
export async function tailLog(db: Db, query: LogQuery): Promise<LogLine[]> {
  const rows = await select(db, query)
    .orderBy('id', 'desc')
    .limit(query.limit ?? 200)
    .execute()
  return rows.toReversed().map(toLine)
}

/** How many bytes the lines have as UTF-8, each with its end. */
export async function countLogBytes(db: Db, query: LogQuery): Promise<number> {
  const { bytes } = await db
    .selectFrom(select(db, query).as('line'))
    .select(sql<number>`coalesce(sum(length(cast(line.text as blob)) + 1), 0)`.as('bytes'))
    .executeTakeFirstOrThrow()
  return bytes
}

function select(db: Db, query: LogQuery) {
  const { taskId, taskIds, attemptId, without = [], text = '', before } = query
  let builder = db
    .selectFrom('log_chunk')
    .select(['id', 'task_id', 'at', 'level', 'text'])
    // The attempt's own index, where one is named: its job may have a thousand times as many lines.
    .where(attemptId === undefined ? 'job_id' : sql<string>`+job_id`, '=', query.jobId)
  if (taskId !== undefined) builder = builder.where('task_id', '=', taskId)
  if (taskIds !== undefined) builder = builder.where('task_id', 'in', inList(taskIds))
  if (attemptId !== undefined) builder = builder.where('attempt_id', '=', attemptId)
  if (without.length > 0) builder = builder.where('level', 'not in', without)
  if (text !== '') {
    builder = builder.where(sql`instr(lower(text), lower(${text}))`, '>', 0)
  }
  if (before !== undefined) builder = builder.where('id', '<', before)
  return builder
}

function toLine({ task_id, ...row }: Omit<LogLine, 'taskId'> & { task_id: string }): LogLine {
  return { ...row, taskId: task_id }
}
