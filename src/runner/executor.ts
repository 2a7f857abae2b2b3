/**
 * What the runner's loop asks of whoever does the work of tasks.
 * @module
 */
import type { LeasedTask, Outcome, Report } from '../domain/work.ts'
import type { Address } from '../federation/channel.ts'

type Body<R> = R extends Report ? Omit<R, 'taskId' | 'attemptId' | 'at'> : never
/** A report without the task it belongs to. */
export type ReportBody = Body<Report>

/** What a running task is given. */
export interface TaskRun {
  /** Aborts, with a sentence as its reason, when the task has to stop. */
  readonly signal: AbortSignal
  /** The members of its component that run in this process, itself among them. */
  readonly local: readonly Address[]
  report(body: ReportBody): void
  /** Resolves when the server keeps up with the reports. */
  room(): Promise<void>
}

/** Does the work of tasks. */
export interface Executor {
  /** Resolves soon after the signal aborts; what it then answers counts only if the work was done. */
  run(task: LeasedTask, run: TaskRun): Promise<Outcome>
  /**
   * Called once the outcome is settled, so that peers hear of a failure after the server has its reason; `settled` is
   * false where it counted for nothing.
   */
  finish(task: LeasedTask, outcome: Outcome, settled: boolean): Promise<void>
}

/** An executor that ends what it has open. */
export interface OpenExecutor extends Executor {
  close(): Promise<void>
}

/** Tasks of one kind to an executor of their own, all else to the others; they close together. */
export function withKind(
  others: OpenExecutor,
  own: { readonly kind: LeasedTask['kind']; readonly executor: OpenExecutor },
): OpenExecutor {
  const of = ({ kind }: LeasedTask): Executor => (kind === own.kind ? own.executor : others)
  return {
    run: (task, run) => of(task).run(task, run),
    finish: (task, outcome, settled) => of(task).finish(task, outcome, settled),
    async close() {
      await Promise.all([others.close(), own.executor.close()])
    },
  }
}
