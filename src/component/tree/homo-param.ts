/**
 * The parameters of HomoSecureBoost, with the names and defaults of FATE 1.11, and how they stand for those that both
 * kinds of boosting share.
 * @module
 */
import { z } from 'zod'

import { word } from '../param.ts'
import {
  BoostingTreeParam,
  BoostingTreeShape,
  OBJECTIVE_MISFIT,
  objectiveFits,
  PARAMETER_MISFIT,
  parameterFits,
  withoutCallbacks,
} from './boosting-param.ts'

const { shape } = BoostingTreeShape

/** Parameters of HomoSecureBoost. */
export const HomoSecureBoostParam = z.preprocess(
  withoutCallbacks,
  z
    .looseObject({
      task_type: shape.task_type,
      objective_param: shape.objective_param,
      learning_rate: z.number().positive().default(0.3),
      num_trees: z.int().positive().default(5),
      bin_num: z.int().min(2, 'bin_num must be at least 2').max(1024).default(32),
      tree_param: z.preprocess(
        (value) =>
          typeof value === 'object' && value !== null
            ? { max_depth: 3, ...value }
            : { max_depth: 3 },
        shape.tree_param,
      ),
      subsample_feature_rate: z.number().positive().max(1).default(1),
      n_iter_no_change: z.boolean().default(true),
      tol: shape.tol,
      use_missing: shape.use_missing,
      zero_as_missing: shape.zero_as_missing,
      validation_freqs: shape.validation_freqs,
      early_stopping_rounds: shape.early_stopping_rounds,
      metrics: shape.metrics,
      use_first_metric_only: shape.use_first_metric_only,
      /** FATE's places for histograms; both are the same here. */
      backend: word(['distributed', 'memory']).default('distributed'),
      multi_mode: shape.multi_mode,
      random_seed: shape.random_seed,
      need_run: shape.need_run,
      predict_param: shape.predict_param,
      cv_param: shape.cv_param,
    })
    .refine(objectiveFits, OBJECTIVE_MISFIT)
    .refine(parameterFits, PARAMETER_MISFIT),
)

/** Parsed parameters of HomoSecureBoost. */
export type HomoSecureBoostParam = z.output<typeof HomoSecureBoostParam>

const OTHERS = BoostingTreeParam.parse({})

/** The same as parameters of boosted trees; those that only columns of several parties have stay at their defaults. */
export function asBoosting({
  backend: _backend,
  ...params
}: HomoSecureBoostParam): BoostingTreeParam {
  return { ...OTHERS, ...params }
}
