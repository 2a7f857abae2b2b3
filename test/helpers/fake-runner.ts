/**
 * A runner that does what a test says. However slow the machine is, it stays alive and keeps what it has taken.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import type { LeasedTask, Outcome, Report, RunnerProfile } from '../../src/domain/work.ts'

const HOUR_MS = 3_600_000

export interface FakeRunner {
  readonly id: string
  claim(slots?: number): Promise<LeasedTask[]>
  report(task: LeasedTask, ...reports: ReportBody[]): Promise<void>
  settle(task: LeasedTask, outcome?: Outcome): Promise<void>
  /** Claims and settles until nothing is ready; `work` may report before each task succeeds. */
  work(each?: (task: LeasedTask) => Promise<void>): Promise<LeasedTask[]>
}

type ReportBody = Report extends infer R
  ? R extends Report
    ? Omit<R, 'taskId' | 'attemptId' | 'at'>
    : never
  : never

/** Registers a runner with eight slots; without parties it serves all. */
export async function fakeRunner(
  db: Db,
  profile: Pick<RunnerProfile, 'parties' | 'identities'> & Partial<RunnerProfile>,
): Promise<FakeRunner> {
  const id = crypto.randomUUID()
  await registerRunner(db, {
    id,
    name: `runner of ${profile.parties?.join(', ') ?? 'all'}`,
    site: 'site-1',
    url: null,
    slots: 8,
    facts: {},
    ...profile,
  })
  // It sends no signs of life of its own: the last one is yet to come.
  await db
    .updateTable('runner')
    .set((row) => ({ seen_at: row('seen_at', '+', HOUR_MS) }))
    .where('id', '=', id)
    .execute()
  const runner: FakeRunner = {
    id,
    claim: (slots = 64) => claimTasks(db, { runnerId: id, slots, leaseMs: HOUR_MS }),
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
      const done: LeasedTask[] = []
      for (;;) {
        const tasks = await runner.claim()
        if (tasks.length === 0) return done
        for (const task of tasks) await each?.(task)
        for (const task of tasks) await runner.settle(task)
        done.push(...tasks)
      }
    },
  }
  return runner
}
