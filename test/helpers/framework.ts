/**
 * Jobs of task roles for tests of the domain.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import type { FrameworkPlan, PlannedRole } from '../../src/domain/framework-plan.ts'
import { type Framework, type NewFramework, submitFramework } from '../../src/domain/framework.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { settleTask } from '../../src/domain/settle.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { enterRunner } from './jobs.ts'
import { processSpec } from './process-jobs.ts'

/** The runner of these tests: 8 cores, two devices. */
export const RUNNER = 'r'

/** Enters a runner that runs programs. */
export function enterHost(db: Db, id: string = RUNNER): Promise<void> {
  const gpu = (name: string) => ({
    id: name,
    name: 'test',
    memoryMb: 1000,
    driver: null,
    kind: 'cuda' as const,
  })
  return enterRunner(db, id, {
    slots: 100,
    facts: { host: `host-${id}` },
    capacity: {
      cores: 8,
      memoryMb: 8000,
      gpus: [gpu('0'), gpu('1')],
      engines: ['local'],
      labels: { processes: 'host', 'storage.data': 'rw', 'storage.models': 'ro' },
      ports: [20_000, 20_999],
    },
  })
}

export type RoleOptions = Partial<PlannedRole> & { readonly name: string }

/** A plan of such roles; one role of one instance without any. */
export function plan(
  roles: readonly RoleOptions[] = [{ name: 'w' }],
  options: Partial<FrameworkPlan> = {},
): FrameworkPlan {
  return {
    gang: true,
    retries: 0,
    ...options,
    roles: roles.map((role) => ({
      instances: 1,
      minFailed: 1,
      minSucceeded: role.instances ?? 1,
      retries: 0,
      ports: {},
      spec: processSpec({ needs: { cores: 1, ports: 2 } }),
      ...role,
    })),
  }
}

/** Submits a job `a` of `ann`. */
export function submit(db: Db, options: Partial<NewFramework> = {}): Promise<Framework> {
  return submitFramework(db, {
    owner: 'ann',
    name: 'a',
    version: null,
    virtualCluster: 'default',
    priority: null,
    config: 'name: a',
    secrets: {},
    plan: plan(),
    ...options,
  })
}

/** Takes what is ready. */
export function claim(db: Db, at?: number): Promise<LeasedTask[]> {
  return claimTasks(db, { runnerId: RUNNER, slots: 100 }, at)
}

/** Ends a task with an exit code or a signal. */
export async function end(
  db: Db,
  task: LeasedTask,
  how: { code?: number; signal?: string; words?: string; at?: number } = {},
): Promise<void> {
  const { code = how.signal === undefined ? 0 : null, signal = null } = how
  const ending = {
    type: signal === null ? 'exited' : 'signaled',
    exitCode: code,
    signal,
    peakMemoryMb: null,
  }
  const reason = how.words ?? `It ended with ${code ?? signal}`
  const outcome =
    code === 0
      ? { state: 'succeeded' as const, ending }
      : { state: 'failed' as const, reason, ending }
  const { attemptId } = task
  await settleTask(db, { runnerId: RUNNER, attemptId, outcome }, how.at)
}
