/**
 * The parameters of HeteroFeatureBinning, FeatureBinningParam, with FATE 1.0's names and defaults and later additions.
 * @module
 */
import { z } from 'zod'

import { ColumnIndexes, ColumnNames, renamed, word } from '../param.ts'

const Share = z.number().min(0).max(1)
const Splits = z.number().array().nonempty()

/** How the key is made under which labels travel. */
export const EncryptParam = z
  .looseObject({
    /** Whatever is named here, Paillier is used. */
    method: z.string().nullable().default('Paillier'),
    key_length: z
      .int()
      .min(1024, 'encrypt_param.key_length must be at least 1024 bits; 2048 is the default')
      .max(8192, 'encrypt_param.key_length must be at most 8192 bits')
      .multipleOf(64, 'encrypt_param.key_length must be a multiple of 64')
      .default(2048),
  })
  .prefault({})

/** Parameters of HeteroFeatureBinning. */
export const FeatureBinningParam = z.preprocess(
  renamed({ cols: 'bin_indexes' }),
  z.looseObject({
    method: word(['quantile', 'bucket', 'optimal']).default('quantile'),
    /** This and the next two steer FATE's sketch of quantiles; here they are exact. */
    compress_thres: z.number().default(10000),
    head_size: z.number().default(10000),
    error: z.number().default(1e-4),
    bin_num: z.int().min(2).default(10),
    bin_indexes: ColumnIndexes.optional(),
    bin_names: ColumnNames,
    /** Columns in which each value is a bin. */
    category_indexes: ColumnIndexes.default(null),
    category_names: ColumnNames,
    /** Split points of single columns, by position or by name, in place of computed ones. */
    split_points_by_index: z.record(z.string().regex(/^\d+$/), Splits).nullable().default(null),
    split_points_by_col_name: z.record(z.string(), Splits).nullable().default(null),
    adjustment_factor: z.number().positive().default(0.5),
    transform_param: z
      .preprocess(
        renamed({
          transform_col_indexes: 'transform_cols',
          transform_col_names: 'transform_names',
        }),
        z.looseObject({
          transform_cols: ColumnIndexes.optional(),
          transform_names: ColumnNames,
          /** What takes the place of values; null leaves the table as it is. */
          transform_type: word(['bin_num', 'woe']).nullable().default('bin_num'),
        }),
      )
      .prefault({}),
    optimal_binning_param: z
      .looseObject({
        metric_method: z
          .preprocess(
            (value) => (value === 'chi-square' ? 'chi_square' : value),
            z.enum(['iv', 'gini', 'chi_square', 'ks']),
          )
          .default('iv'),
        min_bin_pct: Share.default(0.05),
        max_bin_pct: Share.default(1),
        init_bin_nums: z.int().min(2).default(1000),
        mixture: z.boolean().default(true),
        init_bucket_method: word(['quantile', 'bucket']).default('quantile'),
      })
      .prefault({}),
    /** Whether only the guest's columns get information values. */
    local_only: z.boolean().default(false),
    /** Whether columns of one value are left out; else they are one bin. */
    skip_static: z.boolean().default(false),
    encrypt_param: EncryptParam,
    need_run: z.boolean().default(true),
  }),
)

/** Parsed parameters of HeteroFeatureBinning. */
export type FeatureBinningParam = z.output<typeof FeatureBinningParam>
