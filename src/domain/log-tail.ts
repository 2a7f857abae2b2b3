/**
 * The newest lines of a program that prints more than becomes log lines: its runner tells them in place of those it
 * told before, so that they are seen while it runs and take no room.
 * @module
 */
import { fromJson, type Json } from '../db/json.ts'
import type { Db } from '../db/type.ts'

/** The key of the fact that has them. */
export const LOG_TAIL = 'log.tail'

/** The newest lines of an attempt. */
export interface LogTail {
  readonly attemptId: string
  /** How many came between the log lines and these. */
  readonly left: number
  readonly lines: readonly { readonly level: string; readonly text: string }[]
}

/** What an attempt told last; undefined where its log has everything. */
export async function findLogTail(
  db: Db,
  of: { taskId: string; attemptId: string },
): Promise<LogTail | undefined> {
  const row = await db
    .selectFrom('task_fact')
    .select('value')
    .where('task_id', '=', of.taskId)
    .where('key', '=', LOG_TAIL)
    .executeTakeFirst()
  const tail = row && toTail(row.value)
  // That of an earlier attempt counts for nothing.
  return tail?.attemptId === of.attemptId ? tail : undefined
}

/** What the tasks of a job told last, by their id; some of it may be of earlier attempts. */
export async function listLogTails(db: Db, jobId: string): Promise<ReadonlyMap<string, LogTail>> {
  const rows = await db
    .selectFrom('task_fact')
    .innerJoin('task', 'task.id', 'task_fact.task_id')
    .select(['task_fact.task_id', 'task_fact.value'])
    .where('task.job_id', '=', jobId)
    .where('task.state', '=', 'running')
    .where('task_fact.key', '=', LOG_TAIL)
    .execute()
  return new Map(
    rows.flatMap((row) => {
      const tail = toTail(row.value)
      return tail ? [[row.task_id, tail] as const] : []
    }),
  )
}

function toTail(value: Json<unknown>): LogTail | undefined {
  const tail = fromJson(value) as Partial<LogTail> | null
  // A runner may have its own idea of it.
  if (typeof tail?.attemptId !== 'string' || !Array.isArray(tail.lines)) return undefined
  return {
    attemptId: tail.attemptId,
    left: Number(tail.left) || 0,
    lines: tail.lines.map((line) => ({ level: String(line?.level), text: String(line?.text) })),
  }
}
