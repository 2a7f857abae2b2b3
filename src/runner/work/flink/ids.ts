/**
 * Ids of Flink jobs, chosen before they are submitted: who submits a second time, after a crash, is told that the job
 * is there, and nothing runs twice.
 * @module
 */
import { createHash } from 'node:crypto'

/** Statements of one run that may become jobs. */
export const MOST_STATEMENTS = 1000

/** The id of the job that statement `index` of a run becomes: 32 hexadecimal digits, as Flink's own. */
export function flinkJobId(key: string, index: number): string {
  return createHash('sha256').update(`${key}:${index}`).digest('hex').slice(0, 32)
}
