/**
 * The newest lines of a program that prints more than becomes log lines: its runner tells them in place of those it
 * told before, so that they are seen while it runs and take no room.
 * @module
 */
import { fromJson } from '../db/json.ts'
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
  const tail = row && (fromJson(row.value) as Partial<LogTail> | null)
  // Of an earlier attempt, or of a runner that has its own idea of it.
  if (tail?.attemptId !== of.attemptId || !Array.isArray(tail.lines)) return undefined
  return {
    attemptId: of.attemptId,
    left: Number(tail.left) || 0,
    lines: tail.lines.map((line) => ({ level: String(line?.level), text: String(line?.text) })),
  }
}
