/**
 * The states of a task and the ways between them.
 *
 * - `waiting`: nodes before it are not done, or its job is suspended
 * - `ready`: a runner may take it
 * - `running`: a runner holds a lease on it
 * @module
 */

export const TASK_STATES = [
  'waiting',
  'ready',
  'running',
  'succeeded',
  'failed',
  'canceled',
] as const
export type TaskState = (typeof TASK_STATES)[number]

const NEXT: Record<TaskState, readonly TaskState[]> = {
  waiting: ['ready', 'canceled'],
  // Back to waiting when its job is suspended.
  ready: ['running', 'failed', 'canceled', 'waiting'],
  // Back to ready when its runner stops or dies and another attempt is allowed.
  running: ['succeeded', 'failed', 'canceled', 'ready', 'waiting'],
  // Back when another member of its group starts again: they can only work together.
  succeeded: ['ready', 'waiting'],
  // Back when somebody has its job run again.
  failed: ['waiting'],
  canceled: ['waiting'],
}

/** Whether a task may go from one state to the other. */
export function isTaskMove(from: TaskState, to: TaskState): boolean {
  return NEXT[from].includes(to)
}

/** Whether the task has ended; a succeeded one starts again only with its whole group. */
export function isTaskOver(state: string): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled'
}
