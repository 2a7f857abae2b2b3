/**
 * The parameters of HeteroNN.
 * @module
 */
import { z } from 'zod'

import { CvParam } from '../cross-validation.ts'
import { renamed, word } from '../param.ts'
import { LossParam, MetricsParam, OptimizerParam, PredictParam } from './nn-param.ts'

const Freqs = z
  .union([z.int().positive(), z.array(z.int().nonnegative())])
  .nullable()
  .default(null)
const Rounds = z.int().positive().nullable().default(null)

/** What later releases moved into an object of its own, moved back. */
function fromCallbacks(value: unknown): unknown {
  const moved = renamed({ torch_seed: 'random_seed' })(value)
  if (typeof moved !== 'object' || moved === null || !('callback_param' in moved)) return moved
  const { callback_param: inner } = moved
  if (typeof inner !== 'object' || inner === null) return moved
  const known = ['validation_freqs', 'early_stopping_rounds', 'metrics', 'use_first_metric_only']
  const given = Object.entries(inner).filter(([key]) => known.includes(key))
  return { ...Object.fromEntries(given), ...moved }
}

/** Parameters of HeteroNN. */
export const HeteroNNParam = z.preprocess(
  fromCallbacks,
  z
    .looseObject({
      task_type: word(['classification', 'regression']).default('classification'),
      config_type: word(['keras', 'nn', 'pytorch']).default('keras'),
      /** A party's own layers, on its own columns; a guest without columns has none. */
      bottom_nn_define: z.unknown().optional(),
      /** One Dense layer between the bottom and the top, the guest's. */
      interactive_layer_define: z.unknown().optional(),
      /** The guest's layers above it. */
      top_nn_define: z.unknown().optional(),
      /** The interactive layer takes plain steps of this size. */
      interactive_layer_lr: z.number().positive().max(1024).default(0.9),
      optimizer: OptimizerParam,
      loss: LossParam,
      epochs: z.int().positive().default(100),
      batch_size: z
        .union([z.literal(-1), z.int().min(10, 'batch_size must be -1 or at least 10')])
        .default(-1),
      early_stop: word(['diff']).default('diff'),
      /** Training ends when the loss changes by less; never, below 0. */
      tol: z.number().default(1e-5),
      encrypt_param: z
        .looseObject({
          /** `paillier` where it is named, else Okamoto–Uchiyama, which is faster. */
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
      /** Whatever it says, every ciphertext is drawn anew, as in the mode `strict`. */
      encrypted_mode_calculator_param: z.unknown().optional(),
      encrypted_model_calculator_param: z.unknown().optional(),
      predict_param: PredictParam,
      cv_param: CvParam,
      /** Measures the validation table after every so many epochs, or after the epochs of a list, counted from 0. */
      validation_freqs: Freqs,
      /** Stops after so many measurements without a better one; the best network is kept. */
      early_stopping_rounds: Rounds,
      metrics: MetricsParam,
      use_first_metric_only: z.boolean().default(true),
      /** The share of the interactive layer's outputs that a step keeps. */
      drop_out_keep_rate: z.number().gt(0).max(1).nullable().default(1),
      /** `relative`: steps learn from rows in proportion to how badly they are predicted (`row-selector.ts`). */
      selector_param: z
        .looseObject({
          method: word(['relative']).nullable().default(null),
          beta: z.number().nonnegative().default(1),
          selective_size: z.int().positive().default(1024),
          min_prob: z.number().min(0).max(1).default(0),
        })
        .prefault({}),
      coae_param: z
        .looseObject({ enable: z.boolean().default(false) })
        .refine(
          ({ enable }) => !enable,
          'coae_param.enable: the confusional autoencoder is not there; set it to false',
        )
        .prefault({}),
      callback_param: z
        .looseObject({
          callbacks: z.array(z.string()).nullable().optional(),
          validation_freqs: z.unknown().optional(),
          early_stopping_rounds: z.unknown().optional(),
          metrics: z.unknown().optional(),
          use_first_metric_only: z.unknown().optional(),
        })
        .optional(),
      /** First weights and what drops out follow from it. */
      random_seed: z.int().default(100),
    })
    .refine(
      ({ early_stopping_rounds: rounds, validation_freqs: freqs }) =>
        rounds === null || freqs !== null,
      'early_stopping_rounds needs validation_freqs: set it to 1',
    ),
)

/** Parsed parameters of HeteroNN. */
export type HeteroNNParam = z.output<typeof HeteroNNParam>
