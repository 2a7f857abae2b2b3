/**
 * The parameters of MixGBoost, with FedLearn's names and defaults.
 * @module
 */
import { z } from 'zod'

/** Parameters of MixGBoost. */
export const MixGBoostParam = z.looseObject({
  maxTreeNum: z.int().positive().default(50),
  /** The share of the columns that one party alone has which a tree sees. */
  verticalFeatureSampling: z.number().nonnegative().max(1).default(0.8),
  maxBinNum: z.int().min(2).max(1024).default(32),
  /** A node of no more rows stays a leaf. */
  minSampleSplit: z.number().nonnegative().default(10),
  lambda: z.number().nonnegative().default(1),
  gamma: z.number().nonnegative().default(0),
  evalMetric: z.array(z.string()).min(1).default(['MAPE']),
  /** The root is a level. */
  maxDepth: z.int().min(2).max(30).default(5),
  eta: z.number().positive().default(0.3),
  /** The share of the common columns that a node sees which is split by these alone. */
  horizontalFeaturesRatio: z.number().nonnegative().max(1).default(0.8),
  /** The share of a node's rows that all parties must have for columns of single parties to be tried. */
  needVerticalSplitRatio: z.number().nonnegative().max(1).default(0.98),
  objective: z.enum(['regLogistic', 'regSquare', 'binaryLogistic']).default('regSquare'),
  numClass: z.int().positive().default(1),
  bitLength: z.enum(['512', '1024', '2048']).default('2048'),
  /** The share of the rows that are learnt from; 0 and 1 for all. */
  crossValidation: z.number().nonnegative().max(1).default(1),
  seed: z.int().default(666),
  /** The ids that are predicted, which all parties know; null in a training. */
  ids: z.array(z.string()).nullable().default(null),
})

/** Parsed parameters of MixGBoost. */
export type MixGBoostParam = z.output<typeof MixGBoostParam>
