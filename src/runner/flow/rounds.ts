/**
 * Who works next: one stage at a time, that nearest to the end first, until nothing can be done without waiting.
 * @module
 */
import type { Stage } from './stage.ts'

/** Longest time without a look at what else the thread has to do, in milliseconds. */
const SLICE_MS = 8

export interface Rounds {
  /** Takes the stages, nearest to the end first. */
  begin(stages: readonly Stage[]): void
  /** There may be work for this stage. */
  mark(stage: Stage): void
  wake(): void
}

/** What rounds tell the flow, and ask of it. */
export interface RoundsHost {
  isPaused(): boolean
  /** Nothing is left to do for now. */
  idle(): void
  /** A stage itself has failed. */
  failed(error: unknown): void
}

/** Rounds over the stages of a flow. */
export function createRounds(host: RoundsHost): Rounds {
  let stages: readonly Stage[] = []
  let lowest = 0
  let looping = false

  function wake(): void {
    if (looping || host.isPaused()) return
    looping = true
    const began = performance.now()
    try {
      for (let steps = 0; ; steps++) {
        if (!work()) break
        if (steps % 64 === 63 && performance.now() - began > SLICE_MS) {
          setImmediate(wake)
          return
        }
      }
    } catch (error) {
      host.failed(error)
    } finally {
      looping = false
    }
    host.idle()
  }

  function work(): boolean {
    for (let index = lowest; index < stages.length; index++) {
      const stage = stages[index]
      if (!stage.dirty) continue
      lowest = index
      if (stage.step(false)) return true
      stage.dirty = false
    }
    lowest = stages.length
    return relax()
  }

  /** All stand still though something waits: a queue is too small for the graph, and one stage may go beyond it. */
  function relax(): boolean {
    if (stages.some(({ inFlight }) => inFlight > 0)) return false
    return stages.some((stage) => stage.blocked && stage.ready.length > 0 && stage.step(true))
  }

  return {
    begin(given) {
      stages = given
      stages.forEach((stage, index) => (stage.rank = index))
    },
    mark(stage) {
      stage.dirty = true
      if (stage.rank < lowest) lowest = stage.rank
    },
    wake,
  }
}
