/**
 * The states of a job and the ways between them.
 *
 * - `waiting`: in line
 * - `suspended`: set aside until somebody resumes it; nobody works on it
 * @module
 */

export const JOB_STATES = [
  'waiting',
  'running',
  'suspended',
  'succeeded',
  'failed',
  'canceled',
] as const
export type JobState = (typeof JOB_STATES)[number]

const NEXT: Record<JobState, readonly JobState[]> = {
  waiting: ['running', 'suspended', 'failed', 'canceled'],
  running: ['suspended', 'succeeded', 'failed', 'canceled'],
  suspended: ['waiting', 'canceled'],
  // In line again when somebody has it run again.
  succeeded: ['waiting'],
  failed: ['waiting'],
  canceled: ['waiting'],
}

/** Whether a job may go from one state to the other. */
export function isJobMove(from: JobState, to: JobState): boolean {
  return NEXT[from].includes(to)
}

/** Whether nothing happens to the job any more, unless somebody has it run again. */
export function isJobOver(state: string): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled'
}
