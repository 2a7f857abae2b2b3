/**
 * What a boosted model minimises: loss, its two derivatives by the score, the first score, and the link from score to
 * prediction.
 * @module
 */
import { sigmoid } from '../logistic.ts'

/** Losses of regression by FATE's names, and Poisson's. */
export const REGRESSION_LOSSES = [
  'lse',
  'lae',
  'huber',
  'fair',
  'log_cosh',
  'tweedie',
  'poisson',
] as const

export type RegressionLoss = (typeof REGRESSION_LOSSES)[number]

/** A loss over scores of one or several outputs a row: `scores[output][row]`. */
export interface Objective {
  /** How many trees a round has: one, or one for each class. */
  readonly outputs: number
  /** The score of every row before the first tree, for each output. */
  initial(labels: Float64Array): number[]
  /** Derivatives of the loss of every row by its score of one output. */
  derivatives(
    labels: Float64Array,
    scores: readonly Float64Array[],
    output: number,
  ): { g: Float64Array; h: Float64Array }
  /** The mean loss; with `weights` the loss of a row counts so many times, and the mean stays over the number of rows. */
  loss(labels: Float64Array, scores: readonly Float64Array[], weights?: Float64Array): number
  /** What the model says of a row: probabilities by output, or the value. */
  link(scores: readonly number[]): number[]
}

/** Cross entropy of labels 0 and 1. */
export function binaryObjective(): Objective {
  return single({
    initial: () => 0,
    g: (y, f) => sigmoid(f) - y,
    h: (_, f) => sigmoid(f) * sigmoid(-f),
    // log(1 + e^f) − y·f, without overflow.
    loss: (y, f) => Math.max(f, 0) - y * f + Math.log1p(Math.exp(-Math.abs(f))),
    link: sigmoid,
  })
}

/** Cross entropy of labels 0 … classes − 1 under softmax; one tree a class. */
export function softmaxObjective(classes: number): Objective {
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`softmaxObjective: expected at least 2 classes, got ${classes}`)
  }
  return {
    outputs: classes,
    initial: () => Array.from({ length: classes }, () => 0),
    derivatives(labels, scores, output) {
      const g = new Float64Array(labels.length)
      const h = new Float64Array(labels.length)
      for (let row = 0; row < labels.length; row++) {
        const chance = softmax(scores.map((each) => each[row]))[output]
        g[row] = chance - (labels[row] === output ? 1 : 0)
        h[row] = chance * (1 - chance)
      }
      return { g, h }
    },
    loss(labels, scores, weights) {
      let sum = 0
      for (let row = 0; row < labels.length; row++) {
        const most = scores.reduce((best, each) => Math.max(best, each[row]), -Infinity)
        const total = scores.reduce((all, each) => all + Math.exp(each[row] - most), 0)
        sum += (weights?.[row] ?? 1) * (Math.log(total) + most - scores[labels[row]][row])
      }
      return sum / labels.length
    },
    link: softmax,
  }
}

/** The objective of rows that count `weights` times: derivatives and loss are multiplied by these, first scores are not. */
export function weighObjective(objective: Objective, weights: Float64Array | undefined): Objective {
  if (!weights) return objective
  return {
    ...objective,
    derivatives(labels, scores, output) {
      const { g, h } = objective.derivatives(labels, scores, output)
      return {
        g: g.map((slope, row) => slope * weights[row]),
        h: h.map((bend, row) => bend * weights[row]),
      }
    },
    loss: (labels, scores) => objective.loss(labels, scores, weights),
  }
}

/** One of the losses of regression; `parameter` is huber's delta, fair's c, tweedie's power in [1, 2). */
export function regressionObjective(name: RegressionLoss, parameter = DEFAULTS[name]): Objective {
  if (name === 'tweedie' && !(parameter >= 1 && parameter < 2)) {
    throw new RangeError(`tweedie: expected a power of at least 1 and below 2, got ${parameter}`)
  }
  if ((name === 'huber' || name === 'fair') && !(parameter > 0)) {
    throw new RangeError(`${name}: expected a parameter above 0, got ${parameter}`)
  }
  return single(REGRESSION[name](parameter))
}

/** One score a row. */
interface Pointwise {
  readonly initial: (labels: Float64Array) => number
  readonly g: (y: number, f: number) => number
  readonly h: (y: number, f: number) => number
  readonly loss: (y: number, f: number) => number
  readonly link?: (f: number) => number
}

const DEFAULTS: Readonly<Record<RegressionLoss, number>> = {
  lse: 0,
  lae: 0,
  huber: 1,
  fair: 1,
  log_cosh: 0,
  tweedie: 1.5,
  poisson: 1,
}

const REGRESSION: Readonly<Record<RegressionLoss, (parameter: number) => Pointwise>> = {
  lse: () => ({
    initial: mean,
    g: (y, f) => 2 * (f - y),
    h: () => 2,
    loss: (y, f) => (f - y) ** 2,
  }),
  lae: () => ({
    initial: median,
    g: (y, f) => Math.sign(f - y),
    h: () => 1,
    loss: (y, f) => Math.abs(f - y),
  }),
  // Charbonnier's smooth form, whose second derivative is nowhere 0.
  huber: (delta) => ({
    initial: median,
    g: (y, f) => (f - y) / Math.sqrt(1 + ((f - y) / delta) ** 2),
    h: (y, f) => (1 + ((f - y) / delta) ** 2) ** -1.5,
    loss: (y, f) => delta ** 2 * (Math.sqrt(1 + ((f - y) / delta) ** 2) - 1),
  }),
  fair: (c) => ({
    initial: median,
    g: (y, f) => (c * (f - y)) / (Math.abs(f - y) + c),
    h: (y, f) => (c / (Math.abs(f - y) + c)) ** 2,
    loss: (y, f) => c ** 2 * (Math.abs(f - y) / c - Math.log1p(Math.abs(f - y) / c)),
  }),
  log_cosh: () => ({
    initial: mean,
    g: (y, f) => Math.tanh(f - y),
    h: (y, f) => 1 - Math.tanh(f - y) ** 2,
    loss: (y, f) => Math.abs(f - y) + Math.log1p(Math.exp(-2 * Math.abs(f - y))) - Math.LN2,
  }),
  // Tweedie's deviance but for what does not depend on the score, which is the logarithm of the mean.
  tweedie: (power) => ({
    initial: logMean,
    g: (y, f) => Math.exp((2 - power) * f) - y * Math.exp((1 - power) * f),
    h: (y, f) =>
      (2 - power) * Math.exp((2 - power) * f) + (power - 1) * y * Math.exp((1 - power) * f),
    loss: (y, f) =>
      Math.exp((2 - power) * f) / (2 - power) -
      (power === 1 ? y * f : (y * Math.exp((1 - power) * f)) / (1 - power)),
    link: Math.exp,
  }),
  poisson: () => ({
    initial: logMean,
    g: (y, f) => Math.exp(f) - y,
    h: (_, f) => Math.exp(f),
    loss: (y, f) => Math.exp(f) - y * f,
    link: Math.exp,
  }),
}

function single({ initial, g, h, loss, link = (f) => f }: Pointwise): Objective {
  return {
    outputs: 1,
    initial: (labels) => [initial(labels)],
    derivatives: (labels, [scores]) => ({
      g: labels.map((y, row) => g(y, scores[row])),
      h: labels.map((y, row) => h(y, scores[row])),
    }),
    loss(labels, [scores], weights) {
      let sum = 0
      labels.forEach((y, row) => (sum += (weights?.[row] ?? 1) * loss(y, scores[row])))
      return sum / labels.length
    },
    link: ([score]) => [link(score)],
  }
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - most))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

function mean(labels: Float64Array): number {
  return labels.reduce((sum, value) => sum + value, 0) / labels.length
}

function median(labels: Float64Array): number {
  const sorted = labels.toSorted()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function logMean(labels: Float64Array): number {
  if (labels.some((value) => value < 0)) {
    throw new RangeError('tweedie and poisson need labels that are not negative')
  }
  const average = mean(labels)
  if (average > 0) return Math.log(average)
  throw new RangeError('tweedie and poisson need a label above 0')
}
