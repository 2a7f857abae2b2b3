/**
 * The parameters of boosted trees, BoostingTreeParam, with FATE 1.0's names and effective defaults and what later
 * releases added.
 * @module
 */
import { z } from 'zod'

import type { BoostRule } from '../../compute/ml/tree/gbdt.ts'
import { CvParam } from '../cross-validation.ts'
import type { TaskContext } from '../define.ts'

/** Also one number, or by name as `l1` and `l2`, which FATE 1.6 and later take. */
const CRITERION = z.preprocess(
  (value) => {
    if (typeof value === 'number') return [value]
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { l1 = 0, l2 = 0 } = value as { l1?: unknown; l2?: unknown }
    return [l2, l1]
  },
  z.array(z.number().nonnegative()).min(1).max(2).default([0.1]),
)

/** What is said of an objective of the other task. */
export const OBJECTIVE_MISFIT =
  'objective_param.objective does not fit task_type: cross_entropy is for classification, the others for regression'
/** What is said of a number that an objective does not allow. */
export const PARAMETER_MISFIT =
  'objective_param.params: huber and fair need a number above 0, tweedie one of at least 1 and below 2'

/** Parameters of boosted trees between parties with different columns, each by itself. */
export const BoostingTreeShape = z.looseObject({
  task_type: word(['classification', 'regression']).default('classification'),
  objective_param: z
    .looseObject({
      /** Null for cross entropy or, in regression, the squared error. */
      objective: word([
        'cross_entropy',
        'lse',
        'lae',
        'huber',
        'fair',
        'log_cosh',
        'tweedie',
        'poisson',
      ])
        .nullable()
        .default(null),
      /** Its parameter, alone in a list: huber's delta, fair's c, tweedie's power. */
      params: z.array(z.number()).nullable().default(null),
    })
    .prefault({}),
  learning_rate: z.number().positive().default(0.1),
  /** Rounds; with several classes each has one tree a class, unless `multi_mode` says otherwise. */
  num_trees: z.int().positive().default(2),
  bin_num: z.int().min(2, 'bin_num must be at least 2').max(1024).default(50),
  /** The most buckets of about equal size that a column's rows of a node are cut into; FATE has no such parameter. */
  node_bin_num: z.int().min(2).nullable().default(null),
  tree_param: z
    .looseObject({
      criterion_method: word(['xgboost']).default('xgboost'),
      /** The L2 penalty of leaf weights and, since 1.6, the L1 penalty. */
      criterion_params: CRITERION,
      max_depth: z.int().positive().max(30).default(5),
      min_sample_split: z.int().positive().default(2),
      /** The gain of a split must be above it. */
      min_impurity_split: z.number().nonnegative().default(1e-3),
      min_leaf_node: z.int().positive().default(1),
      min_child_weight: z.number().nonnegative().default(0),
      feature_importance_type: word(['split', 'gain']).default('split'),
    })
    .prefault({}),
  /** The share of its columns that each party offers for a tree. */
  subsample_feature_rate: z.number().positive().max(1).default(0.8),
  /** The share of the rows that a tree learns from; FATE has no such parameter. */
  subsample_row_rate: z.number().positive().max(1).default(1),
  /** Whether training ends when the loss changes by less than `tol`. */
  n_iter_no_change: z.boolean().default(false),
  tol: z.number().nonnegative().default(1e-4),
  /** NaN is a value of its own, with a direction at every split. */
  use_missing: z.boolean().default(false),
  zero_as_missing: z.boolean().default(false),
  /** Measures the validation table after every so many rounds, or after the rounds of a list. */
  validation_freqs: z
    .union([z.int().positive(), z.array(z.int())])
    .nullable()
    .default(null),
  /** Stops after so many rounds without a better metric of the validation table. */
  early_stopping_rounds: z.int().positive().nullable().default(null),
  metrics: z.array(z.string()).nullable().default(null),
  use_first_metric_only: z.boolean().default(false),
  encrypt_param: z
    .looseObject({
      /**
       * `paillier` where it is named; without a name, and for FATE's broken affine schemes, Okamoto–Uchiyama, which
       * is several times as fast.
       */
      method: z
        .preprocess(
          (value) => (/^paillier$/i.test(String(value)) ? 'paillier' : 'okamoto-uchiyama'),
          z.enum(['paillier', 'okamoto-uchiyama']),
        )
        .default('okamoto-uchiyama'),
      key_length: z
        .int()
        .min(1024, 'encrypt_param.key_length must be at least 1024 bits; 2048 is the default')
        .max(8192, 'encrypt_param.key_length must be at most 8192 bits')
        .multipleOf(64, 'encrypt_param.key_length must be a multiple of 64')
        .default(2048),
    })
    .prefault({}),
  /** How many of the first trees use the guest's columns only; true for 1. */
  complete_secure: z.preprocess(
    (value) => (typeof value === 'boolean' ? Number(value) : value),
    z.int().nonnegative().default(0),
  ),
  /** Whether several sums share a ciphertext. */
  cipher_compress: z.boolean().default(true),
  run_goss: z.boolean().default(false),
  top_rate: z.number().positive().max(1).default(0.2),
  other_rate: z.number().positive().max(1).default(0.1),
  /** `mix`: trees of one party each, in turn; `layered`: the hosts' levels above the guest's. */
  boosting_strategy: word(['std', 'mix', 'layered']).default('std'),
  tree_num_per_party: z.int().positive().default(1),
  guest_depth: z.int().positive().max(15).default(2),
  host_depth: z.int().positive().max(15).default(3),
  /** Of more than two classes: a tree for each in every round, or one for all, with a weight for each in its leaves. */
  multi_mode: word(['single_output', 'multi_output']).default('single_output'),
  /** Predicts a connected model without the parties seeing where rows go at each other's splits; one host only. */
  EINI_inference: z.boolean().default(false),
  /** Whether a host refuses that for a model of few ways through its trees. */
  EINI_complexity_check: z.boolean().default(false),
  random_seed: z.int().default(100),
  need_run: z.boolean().default(true),
  predict_param: z
    .looseObject({
      with_proba: z.boolean().default(true),
      /** A row is positive when its probability is strictly above it. */
      threshold: z.number().min(0).max(1).default(0.5),
    })
    .prefault({}),
  cv_param: CvParam,
})

/** Parameters of HeteroSecureBoost. */
export const BoostingTreeParam = z.preprocess(
  withoutCallbacks,
  BoostingTreeShape.refine(objectiveFits, OBJECTIVE_MISFIT)
    .refine(parameterFits, PARAMETER_MISFIT)
    .refine(
      ({ run_goss, top_rate, other_rate }) => !run_goss || top_rate + other_rate <= 1,
      'top_rate and other_rate must add up to at most 1',
    ),
)

/** Parsed parameters of boosted trees. */
export type BoostingTreeParam = z.output<typeof BoostingTreeParam>

/** The same parameters as the learner has them. */
export function boostRule(params: BoostingTreeParam): BoostRule {
  const { tree_param: tree, boosting_strategy: strategy } = params
  const [lambda, alpha = 0] = tree.criterion_params
  return {
    rounds: params.num_trees,
    learningRate: params.learning_rate,
    bins: params.bin_num,
    missing: {
      useMissing: params.use_missing || params.zero_as_missing,
      zeroAsMissing: params.zero_as_missing,
    },
    featureRate: params.subsample_feature_rate,
    rowRate: params.subsample_row_rate,
    multiOutput: params.multi_mode === 'multi_output',
    goss: params.run_goss ? { top: params.top_rate, other: params.other_rate } : null,
    seed: params.random_seed,
    lambda,
    alpha,
    minGain: tree.min_impurity_split,
    minChildWeight: tree.min_child_weight,
    minLeaf: tree.min_leaf_node,
    minSplit: tree.min_sample_split,
    ...(params.node_bin_num === null ? {} : { nodeBins: params.node_bin_num }),
    maxDepth: strategy === 'layered' ? params.host_depth + params.guest_depth : tree.max_depth,
  }
}

/**
 * Moves what FATE 1.6 and later have in `callback_param` to where the schema has it: early stopping where `EarlyStopping`
 * is one of the callbacks, measuring where that or `PerformanceEvaluate` is.
 */
export function withoutCallbacks(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { callback_param: given, ...rest } = value as Record<string, unknown>
  if (typeof given !== 'object' || given === null) return value
  const {
    callbacks,
    early_stopping_rounds,
    save_freq: _checkpoints,
    ...measuring
  } = given as Record<string, unknown>
  const named: readonly unknown[] = Array.isArray(callbacks) ? callbacks : []
  const stops = named.includes('EarlyStopping')
  return {
    ...(stops || named.includes('PerformanceEvaluate') ? measuring : {}),
    ...(stops ? { early_stopping_rounds } : {}),
    ...rest,
  }
}

/** Warns where labels alone are asked for. */
export function warnOfScores(
  { role, warn }: Pick<TaskContext, 'role' | 'warn'>,
  { predict_param }: BoostingTreeParam,
): void {
  if (predict_param.with_proba || role !== 'guest') return
  warn('predict_param.with_proba has no effect: predictions always come with their scores')
}

type ObjectiveChoice = Pick<z.output<typeof BoostingTreeShape>, 'task_type' | 'objective_param'>

/** Whether the objective is one of the task. */
export function objectiveFits({ task_type, objective_param }: ObjectiveChoice): boolean {
  const { objective } = objective_param
  return objective === null || (objective === 'cross_entropy') === (task_type === 'classification')
}

/** Whether the objective's number is one that it allows. */
export function parameterFits({
  objective_param: { objective, params },
}: ObjectiveChoice): boolean {
  const parameter = params?.[0]
  if (parameter === undefined) return true
  if (objective === 'huber' || objective === 'fair') return parameter > 0
  return objective !== 'tweedie' || (parameter >= 1 && parameter < 2)
}

/** A word in any case. */
function word<const W extends readonly [string, ...string[]]>(
  words: W,
): z.ZodPreprocess<z.ZodEnum<{ [K in W[number]]: K }>> {
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.toLowerCase() : value),
    z.enum(words),
  )
}
