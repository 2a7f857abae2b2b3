/**
 * Weft's states in FedLearn's words, both ways.
 * @module
 */
import { invalid } from '../../domain/error.ts'
import type { JobState } from '../../domain/job-state.ts'

/** A job's state as lists show it. */
export const RUNNING_TYPE = {
  waiting: 'RUNNING',
  running: 'RUNNING',
  suspended: 'SUSPEND',
  succeeded: 'COMPLETE',
  failed: 'FAIL',
  canceled: 'STOP',
} as const satisfies Record<JobState, string>

/** The states that a word of a client means, capitals or not. */
export function statesOf(type: string): readonly JobState[] {
  const word = type.toUpperCase()
  const states = Object.entries(RUNNING_TYPE).flatMap(([state, name]) =>
    name === word ? [state as JobState] : [],
  )
  if (states.length > 0 || EMPTY.has(word)) return states
  throw invalid(
    `type "${type}" is unknown: expected ${[...new Set(Object.values(RUNNING_TYPE))].join(', ')}`,
  )
}

/** States of the original that nothing here stays in. */
const EMPTY: ReadonlySet<string> = new Set(['READY', 'WAITING', 'VALIDATE', 'RESUME'])
