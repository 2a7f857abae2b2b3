/**
 * A runner that does what a test says.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import type { Capacity, LeasedTask, Outcome, Report } from '../../src/domain/work.ts'

export interface FakeRunner {
  readonly id: string
  claim(): Promise<LeasedTask[]>
  report(task: LeasedTask, ...reports: ReportBody[]): Promise<void>
  settle(task: LeasedTask, outcome?: Outcome): Promise<void>
  /** Claims and settles until nothing is ready; `each` may report before a task succeeds. */
  work(each: (task: LeasedTask) => Promise<void>): Promise<void>
}

type ReportBody = Report extends infer R
  ? R extends Report
    ? Omit<R, 'taskId' | 'attemptId' | 'at'>
    : never
  : never

/** Registers a runner; without parties it serves all. */
export async function startRunner(
  db: Db,
  parties: readonly string[] | null = null,
  capacity: Capacity = {},
): Promise<FakeRunner> {
  const id = crypto.randomUUID()
  await registerRunner(db, {
    id,
    name: `runner of ${parties?.join(', ') ?? 'all'}`,
    site: 'site-1',
    parties,
    url: null,
    slots: 8,
    identities: Object.fromEntries(
      (parties ?? ['*']).map((party) => [party, btoa(`key of ${party}`).replaceAll('=', '')]),
    ),
    facts: { cores: 8, memoryMb: 32_768, host: 'bench-1', runtime: 'node 26.1.0' },
    capacity,
  })
  const runner: FakeRunner = {
    id,
    claim: () => claimTasks(db, { runnerId: id, slots: 64 }),
    report: ({ taskId, attemptId }, ...reports) =>
      applyReports(
        db,
        id,
        reports.map((report) => ({ ...report, taskId, attemptId, at: Date.now() }) as Report),
      ),
    async settle({ attemptId }, outcome = { state: 'succeeded' }) {
      const held = await settleTask(db, { runnerId: id, attemptId, outcome })
      if (!held) throw new Error(`The lease of attempt ${attemptId} is gone`)
    },
    async work(each) {
      for (let tasks = await runner.claim(); tasks.length > 0; tasks = await runner.claim()) {
        for (const task of tasks) await each(task)
        for (const task of tasks) await runner.settle(task)
      }
    },
  }
  return runner
}
