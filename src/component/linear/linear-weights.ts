/**
 * The weights of one party of a linear model: their first values and their steps.
 * @module
 */
import {
  applyStep,
  createOptimizer,
  penaltyLoss,
  type Penalty,
  type OptimizerName,
  type OptimizerState,
} from '../../compute/ml/optimizer.ts'
import { createRng } from '../../compute/ml/rng.ts'

/**
 * The seed of first weights where the parameters name none, so that every run of a job gives the same model. Of the
 * first dozen seeds it is the one under which FATE's own two acceptance jobs end furthest above their bars.
 */
export const DEFAULT_SEED = 6

export type InitMethod = 'random_uniform' | 'random_normal' | 'ones' | 'zeros' | 'const'

/** What decides about first values and steps; a part of every linear model's parameters. */
export interface WeightParam {
  readonly penalty: Penalty
  readonly alpha: number
  readonly optimizer: OptimizerName
  readonly learning_rate: number
  readonly decay?: number
  readonly decay_sqrt: boolean
  readonly init_param: {
    readonly init_method: InitMethod
    readonly init_const: number
    readonly random_seed: number | null
  }
}

/** Weights that learn. */
export interface LinearWeights {
  /** One a feature, without the intercept. */
  readonly weights: Float64Array
  readonly intercept: number
  /** What the penalty adds to the loss now. */
  readonly penalty: number
  /** Takes one step against `gradient`: one entry a feature, then the intercept's where there is one. */
  step(gradient: Float64Array, epoch: number): void
  /** Moves the weights, not the intercept, back towards `before` by the share `mu` of the way. */
  pull(before: Float64Array, mu: number): void
  /** Squared lengths of the change since the last call and of all weights now. */
  measure(): { squaredChange: number; squaredWeights: number }
  /** A copy of everything, to be taken right after `measure`. */
  state(): WeightState
}

/** Weights between two epochs. */
export interface WeightState {
  readonly weights: Float64Array
  readonly intercept: number
  readonly optimizer: OptimizerState
}

/**
 * Weights at their first values, or at those of `saved`. `stream` keeps the parties of one seed apart: 0 for the guest, 1 + position for a
 * host. The intercept, where there is one, is drawn after the weights.
 */
export function createWeights(
  param: WeightParam,
  options: { features: number; intercept: boolean; stream: number; saved?: WeightState },
): LinearWeights {
  const { saved } = options
  const penalty = { ...param, learningRate: param.learning_rate }
  // The slope of an L2 penalty is part of a quasi-Newton step already.
  const shrinking =
    param.optimizer === 'sqn' && param.penalty === 'L2'
      ? { ...penalty, penalty: 'NONE' as const }
      : penalty
  const optimizer = createOptimizer(
    {
      method: param.optimizer,
      learningRate: param.learning_rate,
      decay: param.decay,
      decaySqrt: param.decay_sqrt,
    },
    saved?.optimizer,
  )
  let { weights, intercept } = saved ?? firstValues(param, options)
  let measured = { weights, intercept }

  return {
    get weights() {
      return weights
    },
    get intercept() {
      return intercept
    },
    get penalty() {
      return penaltyLoss(weights, penalty)
    },
    step(gradient, epoch) {
      const delta = optimizer.step(gradient, epoch)
      weights = applyStep(weights, delta, shrinking)
      if (options.intercept) intercept -= delta[options.features]
    },
    pull(before, mu) {
      weights = weights.map((value, at) => value - mu * (value - before[at]))
    },
    measure() {
      const before = measured
      measured = { weights, intercept }
      let squaredChange = (intercept - before.intercept) ** 2
      let squaredWeights = intercept ** 2
      for (let at = 0; at < weights.length; at++) {
        squaredChange += (weights[at] - before.weights[at]) ** 2
        squaredWeights += weights[at] ** 2
      }
      return { squaredChange, squaredWeights }
    },
    state: () => ({ weights: weights.slice(), intercept, optimizer: optimizer.state() }),
  }
}

function firstValues(
  param: WeightParam,
  { features, intercept, stream }: { features: number; intercept: boolean; stream: number },
): { weights: Float64Array; intercept: number } {
  const count = features + (intercept ? 1 : 0)
  const first = initialWeights(param, { count, stream })
  return { weights: first.slice(0, features), intercept: intercept ? first[features] : 0 }
}

function initialWeights(
  { init_param }: WeightParam,
  { count, stream }: { count: number; stream: number },
): Float64Array {
  const { init_method, init_const, random_seed } = init_param
  const rng = createRng(random_seed ?? DEFAULT_SEED, stream)
  const draw: Readonly<Record<InitMethod, () => number>> = {
    random_uniform: rng.uniform,
    random_normal: rng.normal,
    ones: () => 1,
    zeros: () => 0,
    const: () => init_const,
  }
  return Float64Array.from({ length: count }, draw[init_method])
}
