/**
 * The ids that FedLearn's clients see: `<task>-<what>-<yyMMddHHmmss>`, so none of the first two has a `-`.
 * @module
 */
import { invalid } from '../../domain/error.ts'

const TASK = /^[\w.]{1,80}$/

/** Checks what a client calls its task. */
export function checkTaskId(taskId: string): string {
  if (TASK.test(taskId)) return taskId
  throw invalid(
    `taskId "${taskId.slice(0, 80)}" cannot be: expected letters, digits, "_" and ".", at most 80 of them`,
  )
}

/** An id of something that is entered at `at`, in milliseconds, UTC. */
export function datedId(taskId: string, what: string, at: number): string {
  const [date, time] = new Date(at).toISOString().split('T')
  const digits = `${date.slice(2)}${time.slice(0, 8)}`.replaceAll(/\D/g, '')
  return `${taskId}-${what}-${digits}`
}
