/**
 * The parameters of DataIO, DataIOParam, with FATE 1.0's names and defaults and later additions.
 * @module
 */
import { z } from 'zod'

const FILL_METHOD = z.enum(['min', 'max', 'mean', 'designated']).nullable().default(null)
const TOKENS = z.union([z.string(), z.number(), z.null()]).array().nullable().default(null)
const NUMBER = z.union([z.number(), z.string().trim().nonempty().pipe(z.coerce.number())])
const FEATURE_TYPE = z.enum(['int', 'int64', 'float', 'float64', 'str', 'long'])
const NO_TEXT = 'features and labels must be numbers: "str" is not supported'

/** Parameters of DataIO. */
export const DataIOParam = z.looseObject({
  /** `dense`: one column a feature; `sparse`: cells `index:value`; `tag`: cells that name a feature. */
  input_format: z.enum(['dense', 'sparse', 'tag']).default('dense'),
  /** What separates the cells of a row in the uploaded text. */
  delimitor: z.string().min(1).default(','),
  data_type: FEATURE_TYPE.refine((type) => type !== 'str', NO_TEXT).default('float64'),
  /** Types of single columns, over `data_type`. */
  exclusive_data_type: z
    .record(
      z.string(),
      FEATURE_TYPE.refine((type) => type !== 'str', NO_TEXT),
    )
    .nullable()
    .default(null),
  /** Whether the cells of the tag format are `tag:value`; without it a tag counts 1. */
  tag_with_value: z.boolean().default(false),
  tag_value_delimitor: z.string().min(1).default(':'),
  missing_fill: z.boolean().default(true),
  /** Whether missing values stay gaps where `missing_fill` is off; else a cell without a number is an error. */
  keep_missing: z.boolean().default(false),
  /** What fills missing values when the method is designated or null: one number, or one a column. */
  default_value: z
    .union([NUMBER, NUMBER.array()], {
      error: 'default_value must be a number, or one a column: features are numbers',
    })
    .default(0),
  missing_fill_method: FILL_METHOD,
  /** Texts that mean a missing value; null for '', NULL, null and NA. */
  missing_impute: TOKENS,
  outlier_replace: z.boolean().default(true),
  outlier_replace_method: FILL_METHOD,
  /** Texts that mean an outlier; null for none. */
  outlier_impute: TOKENS,
  outlier_replace_value: z
    .union([NUMBER, NUMBER.array()], {
      error: 'outlier_replace_value must be a number, or one a column: features are numbers',
    })
    .default(0),
  with_label: z.boolean().default(false),
  /** Position of the label among the columns without the id; `label_name` goes before it. */
  label_idx: z.int().nonnegative().nullable().default(0),
  label_name: z.string().nullable().default(null),
  label_type: FEATURE_TYPE.refine((type) => type !== 'str', NO_TEXT).default('int'),
  /** Kept for callers that send it: a table is dense either way. */
  output_format: z.enum(['dense', 'sparse']).default('dense'),
  need_run: z.boolean().default(true),
})

/** Parsed parameters of DataIO. */
export type DataIOParam = z.output<typeof DataIOParam>

/** Texts that mean a missing value when the parameters name none. */
export const MISSING_TOKENS: readonly string[] = ['', 'NULL', 'null', 'NA']
