/**
 * Programs that know of each other: before one begins it learns where the others are, and what only it may read is put
 * into its text.
 * @module
 */
import type { Briefing, LeasedTask, ProcessTaskSpec } from '../domain/work.ts'
import { paiTaskEnvironment } from '../flow/parse/pai-environment.ts'
import { type ImageLogin, withoutLogin } from '../flow/parse/pai-login.ts'
import { renderPai } from '../flow/parse/pai-template.ts'
import type { Clock } from './clock.ts'
import type { RunnerLog } from './log.ts'
import { createHealth, persist } from './retry.ts'

/** Asks the server on behalf of an attempt that the runner holds. */
export type Brief = (runnerId: string, attemptId: string) => Promise<Briefing>

export interface EnsembleOptions {
  /** Absent where the store knows of no ensembles. */
  readonly brief?: Brief
  readonly runnerId: string
  readonly clock: Clock
  readonly log: RunnerLog
}

/** A task that may begin, and what its output must not show. */
export interface Briefed {
  readonly task: LeasedTask
  readonly hidden: readonly string[]
}

const POLL_MS = 100
/** Shorter ones would be found in any text. */
const LEAST_SECRET = 4

/**
 * The task with what its briefing tells filled in; a task of no ensemble as it is. Waits until all of a gang have their
 * place; undefined when it was told to stop before.
 */
export async function briefTask(
  task: LeasedTask,
  signal: AbortSignal,
  options: EnsembleOptions,
): Promise<Briefed | undefined> {
  const { spec } = task
  if (spec.type !== 'process' || spec.ensemble === undefined) return { task, hidden: [] }
  const { brief, runnerId, clock, log } = options
  if (!brief) throw new Error('The store of this runner tells nothing about the others of a job')
  const health = createHealth(log)
  while (!signal.aborted) {
    const briefing = await persist(() => brief(runnerId, task.attemptId), { clock, health, signal })
    if (briefing) return fillIn(task, spec, briefing)
    await clock.sleep(POLL_MS, signal)
  }
  return undefined
}

function fillIn(task: LeasedTask, spec: ProcessTaskSpec, briefing: NonNullable<Briefing>): Briefed {
  const { command, ensemble } = spec
  if (!ensemble) throw new TypeError(`Task ${task.taskId} is of no ensemble`)
  const { places, taskAttempt } = briefing
  const { secrets, login } = withoutLogin(briefing.secrets, ensemble.role)
  const env = {
    ...spec.env,
    ...paiTaskEnvironment({
      role: ensemble.role,
      index: ensemble.index,
      roles: ensemble.roles,
      places,
      frameworkAttempt: ensemble.attempt,
      taskAttempt,
    }),
  }
  const filled = 'script' in command ? { script: renderPai(command.script, { secrets }) } : command
  return {
    task: { ...task, spec: { ...withLogin(spec, login), env, command: filled } },
    hidden: [...textsOf(secrets), ...(login ? [login.password] : [])].filter(
      (text) => text.length >= LEAST_SECRET,
    ),
  }
}

function withLogin(spec: ProcessTaskSpec, login: ImageLogin | undefined): ProcessTaskSpec {
  return spec.container && login ? { ...spec, container: { ...spec.container, login } } : spec
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
