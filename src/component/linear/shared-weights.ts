/**
 * A party's shares of somebody's weights, and the optimiser's steps on them: those of `compute/ml/optimizer.ts` that are linear
 * in the gradient, so that each party takes them on its own shares.
 * @module
 */
import {
  addShares,
  scaleShares,
  type Shares,
  shortenShares,
  wrapShare,
} from '../../compute/crypto/shared-real.ts'

/** Fractional bits of weights and of the memory of steps. */
export const WEIGHT_FRACTION = 40

/** What decides about steps. */
export interface SharedStepParam {
  readonly optimizer: 'sgd' | 'nesterov_momentum_sgd'
  readonly learning_rate: number
  readonly decay?: number
  readonly decay_sqrt: boolean
  readonly penalty: 'L2' | 'NONE'
  readonly alpha: number
}

/** Shares between two steps. */
export interface SharedState {
  readonly weights: Shares
  readonly speed: Shares
  readonly rate: number
}

/** The shares before the first step. */
export function firstState(weights: Shares, learningRate: number): SharedState {
  return { weights, speed: weights.map(() => 0n), rate: learningRate }
}

/**
 * The shares after a step against `sums`, gradients of `fraction` fractional bits summed over `rows` rows; the weight at
 * `free`, an intercept, is not penalised.
 */
export function stepShares(
  param: SharedStepParam,
  state: SharedState,
  step: {
    sums: Shares
    fraction: number
    rows: number
    epoch: number
    party: 0 | 1
    free: number | undefined
  },
): SharedState {
  const { party, sums, fraction, rows, epoch, free } = step
  let { rate } = state
  if (param.decay !== undefined) {
    const slow = 1 + param.decay * epoch
    rate = param.learning_rate / (param.decay_sqrt ? Math.sqrt(slow) : slow)
  } else if (param.optimizer === 'sgd') rate *= 0.999
  const times = (shares: Shares, factor: number): Shares => {
    // About 30 significant bits of the factor, so that what is shortened stays far below the shares' width.
    const bits = 30 - Math.floor(Math.log2(Math.abs(factor)))
    const scaled = scaleShares(shares, BigInt(Math.round(factor * 2 ** bits)))
    return shortenShares(scaled, bits, party)
  }
  const short = shortenShares(sums, fraction - WEIGHT_FRACTION, party)
  const move = times(short, -rate / rows)
  const { weights, speed } = state
  const next = { speed, moved: move }
  if (param.optimizer === 'nesterov_momentum_sgd') {
    const kept = times(speed, 0.9)
    next.speed = addShares(kept, move)
    next.moved = addShares(times(next.speed, 1.9), times(kept, -1))
  }
  let after = addShares(weights, next.moved)
  if (param.penalty === 'L2' && param.alpha > 0) {
    const shrunk = times(weights, -param.learning_rate * param.alpha)
    after = after.map((share, at) => (at === free ? share : wrapShare(share + shrunk[at])))
  }
  if (param.decay === undefined && param.optimizer !== 'sgd' && rate > 0.01) rate *= 0.9
  return { weights: after, speed: next.speed, rate }
}
