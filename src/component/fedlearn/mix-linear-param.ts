/**
 * The parameters of LinearRegression, with FedLearn's names and defaults.
 * @module
 */
import { z } from 'zod'

/** Parameters of LinearRegression. */
export const LinearRegressionParam = z.looseObject({
  maxEpoch: z.int({ error: 'expected a whole number of epochs' }).positive().default(30),
  /** Ends the training as soon as the mean squared residual is not above it. */
  minLoss: z.number().nonnegative().default(0.02),
  eta: z.number().positive().default(0.02),
  metricType: z
    .array(z.enum(['G_L2NORM']))
    .min(1)
    .default(['G_L2NORM']),
  optimizer: z.enum(['BatchGD', 'NEWTON']).default('BatchGD'),
  /** The share of the rows that are learnt from; 0 and 1 for all. */
  crossValidation: z.number().nonnegative().max(1).default(1),
  seed: z.int().default(666),
  /** The ids that are predicted, which all parties know; null in a training. */
  ids: z.array(z.string()).nullable().default(null),
})

/** Parsed parameters of LinearRegression. */
export type LinearRegressionParam = z.output<typeof LinearRegressionParam>
