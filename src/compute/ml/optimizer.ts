/**
 * First-order optimisers, penalties and stopping rules with the constants of FATE 1.0, so that a run here takes
 * the steps a run there takes.
 * @module
 */

export const OPTIMIZERS = ['sgd', 'rmsprop', 'adam', 'adagrad', 'nesterov_momentum_sgd'] as const
/** The first-order ones, and `sqn`, whose steps `quasi-newton.ts` has: given these it takes them at its rate. */
export type OptimizerName = (typeof OPTIMIZERS)[number] | 'sqn'

export interface OptimizerOptions {
  readonly method: OptimizerName
  /** Greater than 0. */
  readonly learningRate: number
  /**
   * Without it the step sizes are FATE 1.0's: sgd multiplies its rate by 0.999 before each step, Nesterov by 0.9
   * after each while it is above 0.01, the others keep theirs. With it every method uses the rate
   * r / sqrt(1 + decay * epoch), or r / (1 + decay * epoch) where `decaySqrt` is false (FATE 1.1 and later).
   */
  readonly decay?: number
  readonly decaySqrt?: boolean
}

/** Turns gradients into steps; it remembers what its method remembers. */
export interface Optimizer {
  /** What to subtract from the weights. `epoch` counts from 0; `gradient` keeps its length from step to step. */
  step(gradient: Float64Array, epoch: number): Float64Array
  /** A copy of what it remembers now. */
  state(): OptimizerState
}

/** What an optimiser remembers from step to step. */
export interface OptimizerState {
  readonly rate: number
  /** Steps taken. */
  readonly steps: number
  /** Running means of the method, one entry a weight; empty before the first step. */
  readonly first: Float64Array
  readonly second: Float64Array
}

/**
 * An optimiser, fresh or going on from `state`. Every method works on each weight alone, so parties may keep their own
 * halves of one.
 */
export function createOptimizer(options: OptimizerOptions, state?: OptimizerState): Optimizer {
  const { method, decay, decaySqrt = true } = options
  if (!(options.learningRate > 0)) {
    throw new RangeError(
      `createOptimizer: learning rate must be above 0, got ${options.learningRate}`,
    )
  }
  const move = MOVES[method]
  let rate = state?.rate ?? options.learningRate
  let memory: Memory | undefined = state?.steps
    ? { first: state.first.slice(), second: state.second.slice(), steps: state.steps }
    : undefined

  return {
    step(gradient, epoch) {
      memory ??= {
        first: new Float64Array(gradient.length),
        second: new Float64Array(gradient.length),
        steps: 0,
      }
      if (memory.first.length !== gradient.length) {
        throw new RangeError(
          `step: the gradient has ${gradient.length} entries, earlier ones ${memory.first.length}`,
        )
      }
      memory.steps++
      if (decay !== undefined) {
        const slow = 1 + decay * epoch
        rate = options.learningRate / (decaySqrt ? Math.sqrt(slow) : slow)
      } else if (method === 'sgd') rate *= 0.999
      const delta = new Float64Array(gradient.length)
      move({ gradient, rate, memory, delta })
      if (decay === undefined && method === 'nesterov_momentum_sgd' && rate > 0.01) rate *= 0.9
      return delta
    },
    state: () => ({
      rate,
      steps: memory?.steps ?? 0,
      first: memory?.first.slice() ?? new Float64Array(),
      second: memory?.second.slice() ?? new Float64Array(),
    }),
  }
}

interface Memory {
  readonly first: Float64Array
  readonly second: Float64Array
  steps: number
}

interface Move {
  readonly gradient: Float64Array
  readonly rate: number
  readonly memory: Memory
  readonly delta: Float64Array
}

const MOVES: Readonly<Record<OptimizerName, (move: Move) => void>> = {
  sgd({ gradient, rate, delta }) {
    for (let at = 0; at < delta.length; at++) delta[at] = rate * gradient[at]
  },
  sqn({ gradient, rate, delta }) {
    for (let at = 0; at < delta.length; at++) delta[at] = rate * gradient[at]
  },
  rmsprop({ gradient, rate, memory: { first }, delta }) {
    for (let at = 0; at < delta.length; at++) {
      const slope = gradient[at]
      first[at] = 0.99 * first[at] + (1 - 0.99) * slope * slope
      delta[at] = (rate * slope) / Math.sqrt(first[at] + 1e-6)
    }
  },
  adagrad({ gradient, rate, memory: { first }, delta }) {
    for (let at = 0; at < delta.length; at++) {
      const slope = gradient[at]
      first[at] += slope * slope
      delta[at] = (rate * slope) / (Math.sqrt(first[at]) + 1e-7)
    }
  },
  adam({ gradient, rate, memory, delta }) {
    const { first, second, steps } = memory
    const firstBias = 1 - 0.9 ** steps
    const secondBias = 1 - 0.999 ** steps
    for (let at = 0; at < delta.length; at++) {
      const slope = gradient[at]
      first[at] = 0.9 * first[at] + (1 - 0.9) * slope
      second[at] = 0.999 * second[at] + (1 - 0.999) * slope * slope
      delta[at] = (rate * (first[at] / firstBias)) / (Math.sqrt(second[at] / secondBias) + 1e-8)
    }
  },
  nesterov_momentum_sgd({ gradient, rate, memory: { first }, delta }) {
    for (let at = 0; at < delta.length; at++) {
      const speed = 0.9 * first[at] - rate * gradient[at]
      delta[at] = 0.9 * first[at] - (1 + 0.9) * speed
      first[at] = speed
    }
  },
}

export type Penalty = 'L1' | 'L2' | 'NONE'

/** Which weights are penalised and how; an intercept is not among them. */
export interface PenaltyOptions {
  readonly penalty: Penalty
  readonly alpha: number
  readonly learningRate: number
}

/**
 * The weights after a step: w - delta for none, w - delta - rate * alpha * w for L2, and for L1 w - delta shrunk
 * towards 0 by rate * alpha (FATE 1.0; the rate is the one of the parameters, not the decayed one).
 */
export function applyStep(
  weights: Float64Array,
  delta: Float64Array,
  options: PenaltyOptions,
): Float64Array {
  const { penalty, alpha, learningRate } = options
  const shrink = alpha * learningRate
  return weights.map((weight, at) => {
    const moved = weight - delta[at]
    if (penalty === 'L2') return moved - shrink * weight
    if (penalty === 'L1') return Math.sign(moved) * Math.max(0, Math.abs(moved) - shrink)
    return moved
  })
}

/** What the penalty adds to the loss: alpha/2 * |w|² for L2, alpha * |w|₁ for L1. */
export function penaltyLoss(weights: Float64Array, options: PenaltyOptions): number {
  const { penalty, alpha } = options
  let sum = 0
  if (penalty === 'L2') for (const weight of weights) sum += 0.5 * alpha * weight * weight
  if (penalty === 'L1') for (const weight of weights) sum += alpha * Math.abs(weight)
  return sum
}

export type ConvergeFunction = 'diff' | 'abs' | 'weight_diff'

/** One epoch's result, as a stopping rule sees it. */
export interface EpochResult {
  readonly loss: number
  /** Squared Euclidean lengths of the change of all weights in the epoch, and of the weights after it. */
  readonly squaredChange?: number
  readonly squaredWeights?: number
}

/**
 * A rule that says after each epoch whether to stop: `diff` when the loss changed by less than `eps`, `abs` when it
 * is at most `eps`, `weight_diff` when the weights changed by less than eps * max(|w|, 1). `before` is the loss of the
 * epoch before the first one that it is told of, where there was one.
 */
export function createStop(
  rule: ConvergeFunction,
  eps: number,
  before?: number,
): (epoch: EpochResult) => boolean {
  return ({ loss, squaredChange, squaredWeights }) => {
    if (rule === 'abs') return loss <= eps
    if (rule === 'diff') {
      const near = before !== undefined && Math.abs(before - loss) < eps
      before = loss
      return near
    }
    if (squaredChange === undefined || squaredWeights === undefined) {
      throw new TypeError(
        'createStop: weight_diff needs the lengths of the change and of the weights',
      )
    }
    return Math.sqrt(squaredChange) < eps * Math.max(Math.sqrt(squaredWeights), 1)
  }
}
