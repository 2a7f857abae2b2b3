/**
 * The parameters of logistic regression, LogisticParam, with FATE 1.0's names and effective defaults and the names
 * that later releases gave to some of them.
 * @module
 */
import { z } from 'zod'

import { OPTIMIZERS } from '../../compute/ml/optimizer.ts'
import { CvParam } from '../cross-validation.ts'
import { renamed } from '../param.ts'
import { SqnParam } from './newton-param.ts'

/** The parameters by their names in FATE 1.0. */
export const LogisticShape = z.object({
  /** Which norm of the weights is penalised. */
  penalty: word(['L1', 'L2', 'NONE'], 'upper').default('L2'),
  /** Convergence threshold; later releases say `tol`. */
  eps: z.number().nonnegative().default(1e-5),
  /** Strength of the penalty. */
  alpha: z.number().nonnegative().default(0.01),
  /** `sqn` is for HeteroLR and HeteroLinR (`newton.ts`). */
  optimizer: word([...OPTIMIZERS, 'sqn'], 'lower').default('sgd'),
  sqn_param: SqnParam,
  party_weight: z.number().default(1),
  /** Rows in a batch; -1 for all. */
  batch_size: z
    .int()
    .refine((size) => size === -1 || size >= 10, 'batch_size must be -1 (all rows) or at least 10')
    .default(320),
  learning_rate: z.number().positive().default(0.01),
  /** Slows the rate down by epoch as FATE 1.1 and later do; absent for 1.0's own schedules. */
  decay: z.number().nonnegative().optional(),
  decay_sqrt: z.boolean().default(true),
  init_param: z
    .object({
      init_method: word(
        ['random_uniform', 'random_normal', 'ones', 'zeros', 'const'],
        'lower',
      ).default('random_normal'),
      init_const: z.number().default(1),
      fit_intercept: z.boolean().default(true),
      /** Null for the fixed seed that the README names. */
      random_seed: z.int().nullable().default(null),
    })
    .prefault({}),
  max_iter: z.int().positive().default(100),
  /** What ends the training early; later releases say `early_stop`. */
  converge_func: word(['diff', 'abs', 'weight_diff'], 'lower').default('diff'),
  encrypt_param: z
    .object({
      /**
       * `paillier` where it is named; without a name, and for FATE's broken affine schemes, Okamoto–Uchiyama, which is
       * several times as fast.
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
  /** This and the next one steer FATE's own encryption; every value here is encrypted afresh. */
  re_encrypt_batches: z.int().default(2),
  encrypted_mode_calculator_param: z
    .object({ mode: z.string().default('strict'), re_encrypted_rate: z.number().default(1) })
    .prefault({}),
  need_run: z.boolean().default(true),
  predict_param: z
    .object({
      with_proba: z.boolean().default(true),
      /** A row is positive when its probability is strictly above it. */
      threshold: z.number().min(0).max(1).default(0.5),
    })
    .prefault({}),
  one_vs_rest_param: z
    .object({
      need_one_vs_rest: z.boolean().default(false),
      has_arbiter: z.boolean().default(true),
    })
    .prefault({}),
  cv_param: CvParam,
  /** Measures the validation table after every so many epochs, or after the epochs of a list, counted from 0. */
  validation_freqs: z
    .union([z.int().positive(), z.array(z.int())])
    .nullable()
    .default(null),
  /** Stops after so many epochs without a better metric of the validation table; the best epoch's weights stay. */
  early_stopping_rounds: z.int().positive().nullable().default(null),
  /** What is measured: by default `auc` and `ks`, `rmse` and `mae` for regression; `loss` and others are there too. */
  metrics: z.array(z.string()).nullable().default(null),
  use_first_metric_only: z.boolean().default(false),
})

/** The optimisers of components whose steps know no other weights than their own. */
export const FirstOrder = LogisticShape.shape.optimizer.refine((name) => name !== 'sqn', {
  error: 'optimizer sqn is for HeteroLR and HeteroLinR: take rmsprop, adam or another one',
})

/** Parameters of HeteroLR. */
export const LogisticParam = z.preprocess(laterNames, LogisticShape.loose())

/**
 * Values under the names of later releases moved to those of the schema: `tol`, `early_stop`, and what `callback_param`
 * holds.
 */
export function laterNames(value: unknown): unknown {
  const named = renamed({ tol: 'eps', early_stop: 'converge_func' })(value)
  if (typeof named !== 'object' || named === null || !('callback_param' in named)) return named
  const { callback_param: inner, ...outer } = named
  if (typeof inner !== 'object' || inner === null) return named
  // Which callbacks are on is said by their own parameters; how often to save, by the checkpoints of every epoch.
  const { callbacks: _callbacks, save_freq: _saves, ...rest } = inner as Record<string, unknown>
  return { ...rest, ...outer }
}

/** Parsed parameters of logistic regression. */
export type LogisticParam = z.output<typeof LogisticParam>

/** A word in any case, told apart in `fold`; null means `NONE` where that is a choice. */
function word<const W extends readonly [string, ...string[]]>(
  words: W,
  fold: 'upper' | 'lower',
): z.ZodPreprocess<z.ZodEnum<{ [K in W[number]]: K }>> {
  return z.preprocess((value) => {
    const text = value === null && words.includes('NONE') ? 'NONE' : value
    if (typeof text !== 'string') return text
    return fold === 'upper' ? text.toUpperCase() : text.toLowerCase()
  }, z.enum(words))
}
