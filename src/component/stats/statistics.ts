/**
 * The statistics of a column that DataStatistics publishes and feature selection compares.
 * @module
 */
import { moments, quantile, sorted } from '../../compute/ml/quantile.ts'

/** Names of the statistics, percentiles aside. */
export const STATISTICS = [
  'count',
  'sum',
  'max',
  'min',
  'mean',
  'median',
  'stddev',
  'variance',
  'coefficient_of_variance',
  'skewness',
  'kurtosis',
  'missing_count',
  'missing_ratio',
] as const
type Statistic = (typeof STATISTICS)[number]

/** A statistic, or a percentile such as `95%`. */
export type StatisticName = Statistic | `${number}%`

/** Whether `name` is one. */
export function isStatistic(name: string): name is StatisticName {
  if (STATISTICS.some((known) => known === name)) return true
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(name)?.[1]
  return percent !== undefined && Number(percent) <= 100
}

/**
 * Statistics of one column whose gaps are NaN. Variance and deviation divide by the count; skewness and (excess)
 * kurtosis are the moment coefficients, with `bias` off their sample versions G1 and G2 (Joanes and Gill, 1998). NaN
 * where a column has too few values, or no spread, for one.
 */
export function columnStatistics(
  values: Float64Array,
  { names, bias = true }: { names: readonly StatisticName[]; bias?: boolean },
): Map<StatisticName, number> {
  const { count, mean, variance, min, max, third, fourth } = moments(values)
  const ordered = sorted(values)
  const deviation = Math.sqrt(variance)
  const skew = third / variance ** 1.5
  const excess = fourth / variance ** 2 - 3
  const all: Readonly<Record<Statistic, () => number>> = {
    count: () => count,
    sum: () => mean * count,
    max: () => max,
    min: () => min,
    mean: () => mean,
    median: () => quantile(ordered, 0.5),
    stddev: () => deviation,
    variance: () => variance,
    coefficient_of_variance: () => Math.abs(deviation / mean),
    skewness: () => (bias ? skew : (skew * Math.sqrt(count * (count - 1))) / (count - 2)),
    kurtosis: () =>
      bias ? excess : ((count - 1) * ((count + 1) * excess + 6)) / ((count - 2) * (count - 3)),
    missing_count: () => values.length - count,
    missing_ratio: () => (values.length - count) / values.length,
  }
  return new Map(
    names.map((name) => [
      name,
      name.endsWith('%')
        ? quantile(ordered, Number(name.slice(0, -1)) / 100)
        : all[name as Statistic](),
    ]),
  )
}
