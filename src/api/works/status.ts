/**
 * The numbers that works has for states: of a work, those of a Flink job in the order in which Flink lists them; of a
 * task, those of the document's samples.
 * @module
 */
import type { JobState } from '../../domain/job-state.ts'
import type { WorkState } from '../../domain/works.ts'

/** Names of a work's status, by number. */
export const WORK_STATUSES = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
] as const

/** Names of a task's status, by number. */
export const TASK_STATUSES = [
  'SUCCEEDED',
  'PENDING',
  'STARTING',
  'RUNNING',
  'FAILED',
  'CANCELED',
] as const

const NUMBERS = {
  initializing: 0,
  created: 1,
  waiting: 1,
  suspended: 1,
  running: 2,
  failing: 3,
  failed: 4,
  canceling: 5,
  canceled: 6,
  succeeded: 7,
} as const satisfies Record<WorkState, number>

/** The number of a work's state. */
export function workStatus(state: WorkState): number {
  return NUMBERS[state]
}

/** The states that a number stands for. */
export function workStates(status: number): WorkState[] {
  return (Object.keys(NUMBERS) as WorkState[]).filter((state) => NUMBERS[state] === status)
}

/** What a number that an owner sets is kept as. */
export const SET_STATES = [
  'initializing',
  'created',
  'running',
  'failing',
  'failed',
  'canceling',
  'canceled',
  'succeeded',
] as const satisfies readonly WorkState[]

const TASK_NUMBERS = {
  succeeded: 0,
  waiting: 1,
  suspended: 1,
  starting: 2,
  running: 3,
  failed: 4,
  canceled: 5,
} as const satisfies Record<JobState | 'starting', number>

/** The number of a run's state; `begun` says whether an engine has taken it up. */
export function taskStatus(state: JobState, begun: boolean): number {
  return TASK_NUMBERS[state === 'running' && !begun ? 'starting' : state]
}
