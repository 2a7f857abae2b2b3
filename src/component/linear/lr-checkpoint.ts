/**
 * What the parties of HeteroLR keep after every epoch. The arbiter's key is not part of it: nothing of the result
 * depends on the key, and one that never touches a disk opens nothing that was recorded before.
 * @module
 */
import type { Checkpoint } from '../define.ts'
import type { WatchState as WatchedMetrics } from '../tree/sbt-watch.ts'
import type { TrainedWeights, TrainingHistory } from './linear-model.ts'
import type { WeightState } from './linear-weights.ts'
import type { NewtonState, NewtonWatch } from './newton.ts'

/** A data party after an epoch. */
export interface FitState {
  /** The models that are finished. */
  readonly models: readonly TrainedWeights[]
  readonly histories: readonly TrainingHistory[]
  /** What was measured of them; empty ones where nothing was. */
  readonly watches?: readonly WatchedMetrics[]
  /** The model that is not; null right after one was finished. */
  readonly current: {
    readonly epoch: number
    readonly weights: WeightState
    readonly watch?: WatchedMetrics
    readonly best?: BestWeights
    readonly newton?: NewtonState
  } | null
}

/** A party's weights after the epoch that predicted the validation table best. */
export interface BestWeights {
  readonly epoch: number
  readonly weights: readonly number[]
  readonly intercept: number
}

/** The arbiter after an epoch. */
export interface WatchState {
  readonly histories: readonly TrainingHistory[]
  /** Of the model that is not finished. */
  readonly losses: readonly number[]
  /** Its best epoch so far, where the training may stop early. */
  readonly best?: number
  readonly newton?: NewtonWatch
}

/** A data party's state in a checkpoint. */
export function readFit(saved: Checkpoint | undefined): FitState {
  if (!saved) return { models: [], histories: [], current: null }
  const { state } = saved
  if (has(state, ['models', 'histories', 'current'])) return state as unknown as FitState
  throw unreadable(saved)
}

/** The arbiter's state in a checkpoint. */
export function readWatch(saved: Checkpoint | undefined): WatchState {
  if (!saved) return { histories: [], losses: [] }
  const { state } = saved
  if (has(state, ['histories', 'losses'])) return state as unknown as WatchState
  throw unreadable(saved)
}

function has(state: unknown, keys: readonly string[]): boolean {
  return typeof state === 'object' && state !== null && keys.every((key) => key in state)
}

function unreadable({ step }: Checkpoint): Error {
  return new Error(
    `The state that was kept after epoch ${step} is of another version: submit the job again`,
  )
}
