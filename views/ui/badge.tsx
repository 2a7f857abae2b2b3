/**
 * The state of a job or a task, in colour, shape and words.
 * @module
 */
import type { JobState } from '../../src/domain/job-state.ts'
import type { TaskState } from '../../src/domain/task-state.ts'
import { type Word, t } from '../text/say.tsx'
import { Icon } from './icon.tsx'

export type State = JobState | TaskState

/** What people call a state. */
export function stateLabel(state: State): string {
  return t(STATE_LABEL[state])
}

const STATE_LABEL = {
  waiting: 'Waiting',
  ready: 'Ready',
  running: 'Running',
  suspended: 'Suspended',
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Stopped',
} as const satisfies Record<State, Word>

/** A state as a small label. */
export function StateBadge({ state }: { state: State }) {
  return (
    <span class={`badge state-${state}`}>
      <Icon name={state} />
      {stateLabel(state)}
    </span>
  )
}

/** A label that is no state. */
export function Tag({ children, tone = 'plain' }: { children: unknown; tone?: Tone }) {
  return <span class={`tag tone-${tone}`}>{children}</span>
}

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'
