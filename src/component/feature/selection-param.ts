/**
 * The parameters of HeteroFeatureSelection, FeatureSelectionParam, with FATE 1.0's names and defaults and later ones.
 * @module
 */
import { z } from 'zod'

import { ColumnIndexes, ColumnNames, renamed, word } from '../param.ts'

/** Filters in the order in which they may be named. */
export const FILTERS = [
  'unique_value',
  'iv_value_thres',
  'iv_percentile',
  'iv_top_k',
  'coefficient_of_variation_value_thres',
  'outlier_cols',
  'manually',
  'percentage_value',
  'iv_filter',
  'statistic_filter',
  'psi_filter',
  'vif_filter',
  'correlation_filter',
  'hetero_sbt_filter',
  'homo_sbt_filter',
  'hetero_fast_sbt_filter',
] as const
/** Name of a filter. */
export type FilterName = (typeof FILTERS)[number]

const Threshold = z.number()
const HostThresholds = z.union([Threshold, Threshold.array()]).nullable().default(null)
/** One a host; or, where there are several metrics, such a list for each of them. */
const MetricHostThresholds = z
  .union([Threshold, Threshold.array(), Threshold.array().array()])
  .nullable()
  .default(null)
const Local = z.boolean().default(false)
const Several = <T extends z.ZodType>(schema: T): z.ZodUnion<[T, z.ZodArray<T>]> =>
  z.union([schema, z.array(schema)])

const FilterType = word(['threshold', 'top_k', 'top_percentile'])

/** A filter by metrics of another component's model: one entry of each list a metric, or one for all. */
const metricParam = (defaults: { metrics: string; threshold: number; takeHigh: boolean }) =>
  z
    .looseObject({
      metrics: Several(z.string()).default(defaults.metrics),
      filter_type: Several(FilterType).default('threshold'),
      take_high: Several(z.boolean()).default(defaults.takeHigh),
      threshold: Several(Threshold).default(defaults.threshold),
      host_thresholds: MetricHostThresholds,
      select_federated: Several(z.boolean()).default(true),
    })
    .prefault({})

/** Parameters of HeteroFeatureSelection. */
export const FeatureSelectionParam = z.preprocess(
  renamed({ select_cols: 'select_col_indexes' }),
  z.looseObject({
    select_col_indexes: ColumnIndexes.optional(),
    select_names: ColumnNames,
    filter_methods: z.enum(FILTERS).array().default(['unique_value']),
    /** Whether the guest selects among its own columns only. */
    local_only: Local,
    unique_param: z.looseObject({ eps: z.number().nonnegative().default(1e-5) }).prefault({}),
    iv_value_param: z
      .looseObject({
        value_threshold: Threshold.default(0),
        host_thresholds: HostThresholds,
        local_only: Local,
      })
      .prefault({}),
    iv_percentile_param: z
      .looseObject({
        percentile_threshold: z.number().positive().max(1).default(1),
        local_only: Local,
      })
      .prefault({}),
    iv_top_k_param: z
      .looseObject({ k: z.int().positive().default(10), local_only: Local })
      .prefault({}),
    variance_coe_param: z.looseObject({ value_threshold: Threshold.default(1) }).prefault({}),
    outlier_param: z
      .looseObject({
        percentile: z.number().min(0).max(1).default(1),
        upper_threshold: Threshold.default(1),
      })
      .prefault({}),
    manually_param: z
      .preprocess(
        renamed({ left_col_indices: 'left_col_indexes' }),
        z.looseObject({
          filter_out_indexes: ColumnIndexes.default(null),
          filter_out_names: ColumnNames,
          left_col_indexes: ColumnIndexes.default(null),
          left_col_names: ColumnNames,
        }),
      )
      .prefault({}),
    percentage_value_param: z
      .looseObject({ upper_pct: z.number().min(0.1).max(1).default(1) })
      .prefault({}),
    iv_param: metricParam({ metrics: 'iv', threshold: 0, takeHigh: true }),
    statistic_param: metricParam({ metrics: 'mean', threshold: 1, takeHigh: true }),
    psi_param: metricParam({ metrics: 'psi', threshold: 0.3, takeHigh: false }),
    vif_param: metricParam({ metrics: 'vif', threshold: 5, takeHigh: false }),
    /** For importances of trees, of any of the three filters. */
    sbt_param: metricParam({ metrics: 'feature_importance', threshold: 1, takeHigh: true }),
    correlation_param: z
      .looseObject({
        sort_metric: word(['iv']).default('iv'),
        threshold: z.number().min(0).max(1).default(0.1),
        select_federated: z.boolean().default(true),
      })
      .prefault({}),
    need_run: z.boolean().default(true),
  }),
)

/** Parsed parameters of HeteroFeatureSelection. */
export type FeatureSelectionParam = z.output<typeof FeatureSelectionParam>

/** One metric of a metric filter. */
export interface MetricRule {
  readonly metric: string
  readonly type: 'threshold' | 'top_k' | 'top_percentile'
  readonly takeHigh: boolean
  readonly threshold: number
  readonly hostThresholds: readonly number[] | number | null
  readonly federated: boolean
}

/** The rules in a metric filter's parameters, one a metric. Throws for lists of other lengths. */
export function metricRules(param: FeatureSelectionParam['iv_param'], name: string): MetricRule[] {
  const metrics = [param.metrics].flat()
  const nth = <T>(given: T | readonly T[], at: number, key: string): T => {
    if (!Array.isArray(given)) return given as T
    const list = given as readonly T[]
    if (list.length === metrics.length) return list[at]
    throw new Error(
      `${name}.${key} has ${list.length} entries for ${metrics.length} metrics: give one, or one a metric`,
    )
  }
  return metrics.map((metric, at) => ({
    metric,
    type: nth(param.filter_type, at, 'filter_type'),
    takeHigh: nth(param.take_high, at, 'take_high'),
    threshold: nth(param.threshold, at, 'threshold'),
    hostThresholds: isNested(param.host_thresholds)
      ? nth<readonly number[]>(param.host_thresholds, at, 'host_thresholds')
      : param.host_thresholds,
    federated: nth(param.select_federated, at, 'select_federated'),
  }))
}

function isNested(
  given: number | readonly (number | readonly number[])[] | null,
): given is number[][] {
  return Array.isArray(given) && given.length > 0 && given.every((each) => Array.isArray(each))
}
