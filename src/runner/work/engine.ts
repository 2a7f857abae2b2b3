/**
 * What runs works: an engine is given what a run is, tells what becomes of it, and answers how it ended.
 * @module
 */
import type { Outcome, TaskOrder, WorkRunSpec } from '../../domain/work.ts'

/** What became of one statement of a run; told under the key `statement.<index>`. */
export interface StatementFact {
  /** From 0. */
  readonly index: number
  readonly sql: string
  readonly line: number
  readonly status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELED'
  /** Rows that it read for its user, or wrote; null where that is not known. */
  readonly rows: number | null
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number | null
  readonly error: string | null
  /** The engine's own id of the job that it became. */
  readonly jobId: string | null
}

/** A table that a statement answered with; its first rows are kept with the run. */
export interface StatementRows {
  readonly index: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** All of them, of which `rows` may be the first. */
  readonly total: number
}

/** What a run is given. */
export interface WorkRun {
  readonly spec: WorkRunSpec
  readonly attempt: number
  /** Names the run at the engine, also for the next attempt; of engines with `discard` 32 hexadecimal digits. */
  readonly key: string
  /** True where an earlier attempt may have begun it under this key. */
  readonly again: boolean
  /** Aborts when the run has to stop here; an engine with `discard` leaves it to that to end the rest. */
  readonly signal: AbortSignal
  /** The work's own folder on this host, or null where the runner has none. */
  readonly folder: string | null
  log(level: 'info' | 'warning' | 'error', text: string): void
  progress(fraction: number, note?: string): void
  /** Tells something under a key, in place of what was told before. */
  fact(key: string, value: unknown): void
  statement(fact: StatementFact): void
  result(rows: StatementRows): Promise<void>
  /** What it was asked for since the last time. */
  orders(): Promise<readonly TaskOrder[]>
}

/** Runs works. */
export interface WorkEngine {
  readonly name: WorkRunSpec['engine']
  run(run: WorkRun): Promise<Outcome>
  /** Ends what is left of a run that nobody follows; false while it is still ending. Where it is absent runs end with the runner. */
  discard?(key: string): Promise<boolean>
  /** The server has taken the end of a run: it is not asked for again. */
  settled?(run: Pick<WorkRun, 'key' | 'folder'>): Promise<void>
  close?(): Promise<void>
}
