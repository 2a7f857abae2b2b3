/**
 * The states of a task and the ways between them.
 *
 * - `waiting`: nodes before it are not done, or its job is suspended
 * - `ready`: a runner may take it
 * - `running`: a runner holds a lease on it
 * - `left`: its party was lost for good, and the job goes on without it
 *
 * Every state but `failed` and `canceled` may become `left`. The other ways:
 *
 * - waiting → ready, canceled
 * - ready → running, failed, canceled; waiting when its job is suspended
 * - running → succeeded, failed, canceled; ready when its runner stops or dies and another attempt is allowed; waiting
 * - succeeded → ready, waiting: when another member of its group starts again, as they can only work together
 * - failed, canceled, left → waiting: when somebody has its job run again
 * @module
 */

export const TASK_STATES = [
  'waiting',
  'ready',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'left',
] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Whether the task has ended; a succeeded one starts again only with its whole group. */
export function isTaskOver(state: string): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled' || state === 'left'
}
