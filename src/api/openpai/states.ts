import { type ExitSpec, exitSpec } from '../../domain/exit-spec.ts'
/**
 * The words of OpenPAI for states, from what the domain has. Pure.
 * @module
 */
import { type Exit, exitOf } from '../../domain/exit.ts'
import type { FrameworkMember, MemberTry } from '../../domain/framework-record.ts'
import type { TaskState } from '../../domain/task-state.ts'

/** How a job stands. */
export type PaiState = 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'

const TASK: Readonly<Record<TaskState, PaiState>> = {
  waiting: 'WAITING',
  ready: 'WAITING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'STOPPED',
  left: 'FAILED',
}

/** The state of a task in OpenPAI's words. */
export function taskState(state: string): PaiState {
  return TASK[state as TaskState] ?? 'WAITING'
}

/** The state that an exit code stands for; waiting or running without one. */
export function exitState(code: number | null, running: boolean): PaiState {
  if (code === null) return running ? 'RUNNING' : 'WAITING'
  if (code === 0) return 'SUCCEEDED'
  return code === -210 || code === -220 ? 'STOPPED' : 'FAILED'
}

/** The controller's own word for how far it is. */
export function subState(stands: { over: boolean; waits: boolean; running: boolean }): string {
  if (stands.over) return 'Completed'
  if (stands.waits) return 'AttemptCreationPending'
  return stands.running ? 'AttemptRunning' : 'AttemptPreparing'
}

/** The class of an exit in the launcher's words. */
export function exitType(code: number | null): string {
  if (code === null) return 'NOT_AVAILABLE'
  if (code === 0) return 'SUCCEEDED'
  const { behavior } = exitSpec(code)
  return EXIT_TYPES[behavior]
}

const EXIT_TYPES: Readonly<Record<ExitSpec['behavior'], string>> = {
  TRANSIENT: 'TRANSIENT_NORMAL',
  TRANSIENT_CONFLICT: 'TRANSIENT_CONFLICT',
  PERMANENT: 'NON_TRANSIENT',
  UNKNOWN: 'UNKNOWN',
}

/** How an instance ended, or undefined while it has not: one that never began was stopped with its attempt. */
export function memberExit(member: FrameworkMember, stopped: boolean): Exit | undefined {
  const last = member.tries.at(-1)
  const open = member.state === 'waiting' || member.state === 'ready' || member.state === 'running'
  if (open) return undefined
  if (last && last.state !== 'running') return exitOf(last, stopped && member.state === 'canceled')
  return exitOf({ state: member.state, reason: member.reason, ending: null }, stopped)
}

/** The tries that were followed by another, by who is to blame. */
export function memberRetries(tries: readonly MemberTry[]): {
  user: number
  platform: number
  resource: number
  unknown: number
} {
  const counts = { user: 0, platform: 0, resource: 0, unknown: 0 }
  for (const one of tries.slice(0, -1)) {
    const exit = exitOf(one)
    if (!exit) continue
    const { behavior } = exitSpec(exit.code)
    if (behavior === 'TRANSIENT') counts.platform += 1
    else if (behavior === 'TRANSIENT_CONFLICT') counts.resource += 1
    else counts.user += 1
    if (behavior === 'UNKNOWN') counts.unknown += 1
  }
  return counts
}
