/**
 * Small jobs and runners for tests of the domain and the runner.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import { type Job, type NewJob, type NewTask, submitJob } from '../../src/domain/job.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import type { ComponentSpec, LeasedTask, RunnerProfile } from '../../src/domain/work.ts'

/** The time at which tests begin. */
export const START = 1_700_000_000_000

/** A profile of a runner that serves `parties`, every party without any. */
export function profileOf(id: string, options: Partial<RunnerProfile> = {}): RunnerProfile {
  const parties = options.parties ?? null
  const names = parties ?? ['*']
  return {
    id,
    name: id,
    site: `site-${id}`,
    parties,
    url: null,
    slots: 8,
    identities: Object.fromEntries(names.map((party) => [party, `key-of-${party}`])),
    facts: {},
    ...options,
  }
}

/** Enters a runner. */
export async function enterRunner(
  db: Db,
  id: string,
  options: Partial<RunnerProfile> & { at?: number } = {},
): Promise<void> {
  const { at, ...profile } = options
  await registerRunner(db, profileOf(id, profile), at)
}

export interface JobOptions {
  /** By role; guest 9999 and host 10000 without any. */
  readonly members?: Record<string, string[]>
  /** Node names in order, each waiting for the one before; `a` and `b` without any. */
  readonly nodes?: readonly string[]
  readonly module?: string
  readonly params?: Record<string, unknown>
  readonly data?: ComponentSpec['data']
  readonly maxAttempts?: number
  readonly priority?: number
  readonly kind?: string
  readonly at?: number
}

/** A job in which every node runs at every member. */
export function jobOf(options: JobOptions = {}): NewJob {
  const members = options.members ?? { guest: ['9999'], host: ['10000'] }
  const nodes = options.nodes ?? ['a', 'b']
  const seats = Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party, position) => ({ role, party, position })),
  )
  return {
    surface: 'fate',
    kind: options.kind ?? 'train',
    priority: options.priority,
    members,
    graph: nodes.map((name, index) => ({
      name,
      module: options.module ?? 'Test',
      needs: index === 0 ? [] : [{ node: nodes[index - 1], kind: 'data' as const }],
    })),
    tasks: nodes.flatMap((name, index) =>
      seats.map((seat): NewTask => ({
        ...seat,
        name,
        kind: 'component',
        maxAttempts: options.maxAttempts,
        spec: {
          type: 'component',
          module: options.module ?? 'Test',
          params: options.params ?? {},
          members,
          data:
            options.data ??
            (index === 0
              ? []
              : [{ slot: 'data', tables: [{ type: 'output', node: nodes[index - 1] }] }]),
          models: [],
          run: true,
        },
      })),
    ),
    request: {},
  }
}

/** Submits such a job. */
export function submit(db: Db, options: JobOptions = {}): Promise<Job> {
  return submitJob(db, jobOf(options), options.at ?? START)
}

/** `role party` of tasks, sorted. */
export function seatsOf(tasks: readonly LeasedTask[]): string[] {
  return tasks.map((task) => `${task.name} ${task.role} ${task.party}`).toSorted()
}
