/**
 * Programs that know of each other: before one begins it learns where the others are, and what only it may read is put
 * into its text.
 * @module
 */
import { join } from 'node:path'

import type { Briefing, LeasedTask, ProcessTaskSpec } from '../domain/work.ts'
import type { Meeting } from '../engine/engine.ts'
import { paiTaskEnvironment } from '../flow/parse/pai-environment.ts'
import { type ImageLogin, withoutLogin } from '../flow/parse/pai-login.ts'
import { renderPai } from '../flow/parse/pai-template.ts'
import type { Clock } from './clock.ts'
import { segment } from './data/path.ts'
import type { RunnerLog } from './log.ts'
import { createHealth, persist } from './retry.ts'

/** Asks the server on behalf of an attempt that the runner holds. */
export type Brief = (runnerId: string, attemptId: string) => Promise<Briefing>

export interface EnsembleOptions {
  /** Absent where the store knows of no ensembles. */
  readonly brief?: Brief
  /** Where those of one job meet, when their engine chooses the hosts; absent when it does not. */
  readonly meetings?: string
  readonly runnerId: string
  readonly clock: Clock
  readonly log: RunnerLog
}

/** A task that may begin, and what its output must not show. */
export interface Briefed {
  readonly task: LeasedTask
  readonly hidden: readonly string[]
  /** How it learns where the others are, when not even the server knows. */
  readonly meeting?: Meeting
}

const POLL_MS = 100
/** How long one that may begin without the others waits for those that the cluster has not placed yet. */
const COMPANY_SECONDS = 60
/** How long one of a gang holds its node while others have none. */
const GANG_SECONDS = 600
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
    if (briefing) return fillIn(task, spec, { briefing, meetings: options.meetings })
    await clock.sleep(POLL_MS, signal)
  }
  return undefined
}

function fillIn(
  task: LeasedTask,
  spec: ProcessTaskSpec,
  told: { briefing: NonNullable<Briefing>; meetings: string | undefined },
): Briefed {
  const { command, ensemble } = spec
  if (!ensemble) throw new TypeError(`Task ${task.taskId} is of no ensemble`)
  const { taskAttempt } = told.briefing
  const { secrets, login } = withoutLogin(told.briefing.secrets, ensemble.role)
  const { places, meeting } = meet(task, spec, told)
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
    meeting,
  }
}

function withLogin(spec: ProcessTaskSpec, login: ImageLogin | undefined): ProcessTaskSpec {
  return spec.container && login ? { ...spec, container: { ...spec.container, login } } : spec
}

/** The places with a mark for each host that the engine chooses, and the meeting that fills them in. */
function meet(
  task: LeasedTask,
  { ensemble, engine }: ProcessTaskSpec,
  { briefing, meetings }: { briefing: NonNullable<Briefing>; meetings: string | undefined },
): { places: NonNullable<Briefing>['places']; meeting?: Meeting } {
  if (!ensemble || meetings === undefined) return { places: briefing.places }
  const seats = briefing.places.map((place) => ({
    place,
    name: seatName(place),
    mark: place.engine === engine ? `weft-place-${crypto.randomUUID()}` : undefined,
  }))
  return {
    places: seats.map(({ place, mark }) => ({ ...place, host: mark ?? place.host })),
    meeting: {
      folder: join(meetings, 'jobs', segment(task.jobId), '.places', `attempt-${ensemble.attempt}`),
      name: seatName(ensemble),
      members: seats.flatMap(({ place, name, mark }) =>
        mark === undefined ? [] : [{ name, mark, otherwise: place.host }],
      ),
      ...(ensemble.gang ? { giveUpSeconds: GANG_SECONDS } : { waitSeconds: COMPANY_SECONDS }),
    },
  }
}

function seatName({ role, index }: { readonly role: string; readonly index: number }): string {
  return `${segment(role)}.${index}`
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
