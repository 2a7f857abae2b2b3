/**
 * What stages tell the flow they are in, and what they count.
 * @module
 */
import type { Owners } from './owner.ts'
import type { Stage } from './stage.ts'

/** What a stage tells the flow it is in. */
export interface StageHost {
  /** There may be work for this stage now. */
  mark(stage: Stage): void
  /** Something asynchronous has ended: the flow goes on. */
  wake(): void
  stop(reason: string): void
  log(node: string, level: 'debug' | 'info' | 'warning' | 'error', text: string): void
  /** Notes the calls of a flow that is traced; what it answers is called at the end of the call. */
  readonly traced: ((node: string, rows: number) => () => void) | undefined
  /** Who reads what, where that is of interest. */
  readonly owners: Owners | undefined
}

/** Figures of a stage since the flow began. */
export interface StageCount {
  calls: number
  taken: number
  given: number
  errors: number
  /** Time in calls, of which several may be under way at once. */
  busyMs: number
}
