/**
 * The parameters of FedLearn's random forest, with its names and defaults.
 * @module
 */
import { z } from 'zod'

import { BoostingTreeParam } from '../tree/boosting-param.ts'

/** How many bins of the whole table stand for one of a node. */
const FINER = 8
/** Deeper trees are cut off here. */
const DEEPEST = 30

/** Parameters of RandomForest. */
export const RandomForestParam = z.looseObject({
  numTrees: z.int().positive().default(2),
  /** How many splits lie between the root and a leaf at most. */
  maxDepth: z.int().positive().default(3),
  /** Rows that a tree learns from; -1 for all. */
  maxTreeSamples: z
    .int()
    .min(-1)
    .refine((rows) => rows !== 0, 'give a number of rows, or -1 for all')
    .default(300),
  maxSampledFeatures: z.int().nonnegative().default(25),
  maxSampledRatio: z.number().nonnegative().max(1).default(0.6),
  numPercentiles: z.int().min(2).default(30),
  /** A node of no more rows stays a leaf. */
  minSamplesSplit: z.number().nonnegative().default(30),
  eval_metric: z.array(z.string()).min(1).default(['RMSE']),
  cat_features: z.string().default(''),
  encryptionType: z.enum(['Javallier', 'Paillier', 'IterativeAffine']).default('Javallier'),
  randomSeed: z.int().default(666),
  dpEpsilon: z.number().positive().default(3.2),
  useDP: z.enum(['true', 'false']).default('false'),
})

/** Parsed parameters of RandomForest. */
export type RandomForestParam = z.output<typeof RandomForestParam>

/** How deep trees grow. */
export function depthOf({ maxDepth }: RandomForestParam): number {
  return Math.min(maxDepth, DEEPEST)
}

/** What hosts are told of it in HeteroSecureBoost's parameters, and what the guest keeps in its model. */
export function forestBoosting(params: RandomForestParam): BoostingTreeParam {
  return BoostingTreeParam.parse({
    task_type: 'regression',
    objective_param: { objective: 'lse' },
    num_trees: params.numTrees,
    learning_rate: 1,
    // FedLearn cuts the rows of every node anew; cuts of the whole table have to be finer for that to be even below.
    bin_num: Math.min(1024, FINER * params.numPercentiles),
    node_bin_num: params.numPercentiles,
    tree_param: {
      criterion_params: [0],
      max_depth: depthOf(params),
      min_sample_split: Math.floor(params.minSamplesSplit) + 1,
      min_impurity_split: 0,
      // What a chosen split is worth is more than the mechanism that chose it may tell.
      feature_importance_type: params.useDP === 'true' ? 'split' : 'gain',
    },
    subsample_feature_rate: 1,
    use_missing: true,
    // Javallier is a library of Paillier's scheme; IterativeAffine is broken, and what is faster stands for it.
    encrypt_param: {
      method: params.encryptionType === 'IterativeAffine' ? 'okamoto-uchiyama' : 'paillier',
      key_length: 2048,
    },
    random_seed: params.randomSeed,
  })
}
