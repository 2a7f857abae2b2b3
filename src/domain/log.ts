/**
 * Log lines of a job's tasks.
 * @module
 */
import type { Db } from '../db/type.ts'

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
  readonly after?: number
  readonly limit?: number
}

/** Log lines after the one called `after`, oldest first. */
export async function listLog(db: Db, query: LogQuery): Promise<LogLine[]> {
  const rows = await db
    .selectFrom('log_chunk')
    .select(['id', 'task_id', 'at', 'level', 'text'])
    .where('job_id', '=', query.jobId)
    .where('id', '>', query.after ?? 0)
    .$if(query.taskId !== undefined, (builder) =>
      builder.where('task_id', '=', query.taskId as string),
    )
    .orderBy('id')
    .limit(query.limit ?? 1000)
    .execute()
  return rows.map(({ task_id, ...row }) => ({ ...row, taskId: task_id }))
}

/** The newest log lines, oldest of them first. */
export async function tailLog(db: Db, query: LogQuery): Promise<LogLine[]> {
  const rows = await db
    .selectFrom('log_chunk')
    .select(['id', 'task_id', 'at', 'level', 'text'])
    .where('job_id', '=', query.jobId)
    .$if(query.taskId !== undefined, (builder) =>
      builder.where('task_id', '=', query.taskId as string),
    )
    .orderBy('id', 'desc')
    .limit(query.limit ?? 200)
    .execute()
  return rows.toReversed().map(({ task_id, ...row }) => ({ ...row, taskId: task_id }))
}
