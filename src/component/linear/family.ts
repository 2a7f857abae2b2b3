/**
 * What tells one linear model from another when it is trained with an arbiter: the residual d = scale · (wx - centre),
 * whose mean square is, but for constants, the loss.
 * @module
 */
import type { Frame } from '../../compute/ml/frame.ts'
import { taylorLoss } from '../../compute/ml/logistic.ts'
import { binaryObjective, type Objective } from '../../compute/ml/tree/objective.ts'
import { type PredictionOptions, predictionFrame, regressionFrame } from './prediction.ts'

/** A linear model. */
export interface Family {
  /** The kind of model it keeps. */
  readonly model: 'HeteroLogisticRegression' | 'HeteroLinearRegression' | 'HeteroPoissonRegression'
  /** d grows by this for each 1 that the linear predictor grows; a power of two, at most 1. */
  readonly scale: number
  /** What a row adds to d beside the predictor: a sign of ±1 for classes, the number itself for regression. */
  centre(y: number): number
  /** The mean loss of rows, from the mean of d². */
  loss(meanSquare: number): number
  /** How much a mean of d² adds to the loss. */
  readonly steepness: number
  /** Whether labels are classes. */
  readonly classes: boolean
  predictions(options: PredictionOptions): Frame
  /** What validation measures a predictor by, exposure included. */
  objective(): Pick<Objective, 'loss' | 'link'>
  /** Whether the linear predictor is the logarithm of what is predicted; then d = exp(wx) - y, see `poisson-step.ts`. */
  readonly rates: boolean
  /** The guest's column that multiplies what is predicted. */
  readonly exposure: string | null
}

/** d = wx/4 - y/2 with y = ±1; the loss is log 2 - 1/2 + 2·mean(d²). */
export const LOGISTIC: Family = {
  model: 'HeteroLogisticRegression',
  scale: 0.25,
  centre: (y) => 0.5 * y,
  loss: taylorLoss,
  steepness: 2,
  classes: true,
  predictions: predictionFrame,
  objective: binaryObjective,
  rates: false,
  exposure: null,
}

/** d = wx - y; the loss is mean(d²)/2. */
export const LINEAR: Family = {
  model: 'HeteroLinearRegression',
  scale: 1,
  centre: (y) => y,
  loss: (meanSquare) => meanSquare / 2,
  steepness: 0.5,
  classes: false,
  predictions: regressionFrame,
  objective: () => ({
    loss: (labels, [scores]) => meanOf(labels, (y, row) => (scores[row] - y) ** 2 / 2),
    link: (scores) => [...scores],
  }),
  rates: false,
  exposure: null,
}

/** d = exp(wx) - y; the loss is mean(exp(wx) - y·wx), which the data parties sum as it is. */
export function poisson(exposure: string | null): Family {
  return {
    model: 'HeteroPoissonRegression',
    scale: 1,
    centre: (y) => y,
    loss: (mean) => mean,
    steepness: 1,
    classes: false,
    predictions: (options) =>
      regressionFrame({
        ...options,
        predictors: options.predictors.map((predictor) => predictor.map((wx) => Math.exp(wx))),
      }),
    objective: () => ({
      loss: (labels, [scores]) =>
        meanOf(labels, (y, row) => Math.exp(scores[row]) - y * scores[row]),
      link: (scores) => scores.map((score) => Math.exp(score)),
    }),
    rates: true,
    exposure,
  }
}

function meanOf(labels: Float64Array, of: (y: number, row: number) => number): number {
  return labels.reduce((sum, y, row) => sum + of(y, row), 0) / labels.length
}
