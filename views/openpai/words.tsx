/**
 * Words and addresses for jobs of task roles.
 * @module
 */
import type { ExitSpec } from '../../src/domain/exit-spec.ts'
import { told } from '../text/say.tsx'
import { type State, StateBadge } from '../ui/badge.tsx'

/** How such jobs stand, in the words of the API. */
export const BATCH_STATES = ['WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED'] as const
export type BatchState = (typeof BATCH_STATES)[number]

/** The state under which the console shows one of these. */
export const SHOWN_AS: Readonly<Record<BatchState, State>> = {
  WAITING: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  STOPPED: 'canceled',
}

/** A state of the API as a small label. */
export function BatchBadge({ state }: { state: string }) {
  return <StateBadge state={SHOWN_AS[state as BatchState] ?? 'waiting'} />
}

/** The page of a job. */
export function batchPath(job: { readonly owner: string; readonly name: string }): string {
  return `/batch/jobs/${encodeURIComponent(`${job.owner}~${job.name}`)}`
}

/** What one calls an instance. */
export function seatWords(seat: { readonly role: string; readonly index: number }): string {
  return `${seat.role}[${seat.index}]`
}

/** What an exit means and what to do about it, for people. */
export function ExitWords({ spec, diagnostics }: { spec: ExitSpec; diagnostics: string | null }) {
  return (
    <div class={`reason state-${spec.code === 0 ? 'succeeded' : 'failed'}`}>
      <span class="job-cell">
        <strong>
          {told(spec.reason)} (<code>{`${spec.code} ${spec.phrase}`}</code>)
        </strong>
        {spec.solution.map((one) => (
          <span class="why">{told(one)}</span>
        ))}
        {diagnostics === null ? null : <code class="why break">{diagnostics}</code>}
      </span>
    </div>
  )
}
