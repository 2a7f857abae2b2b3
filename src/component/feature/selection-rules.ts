/**
 * Which of several columns stay, by a number that each has. Every rule leaves each owner its best column at least.
 * @module
 */
import { moments, quantile, sorted } from '../../compute/ml/quantile.ts'
import type { MetricRule } from './selection-param.ts'

/** A column of the guest (owner -1) or of the host at that position, by its place in the owner's table. */
export interface ScoredColumn {
  readonly owner: number
  readonly index: number
  readonly value: number
}

/** The columns that stay by a metric rule, in their order. */
export function selectByRule(
  columns: readonly ScoredColumn[],
  rule: Omit<MetricRule, 'metric' | 'federated'>,
): ScoredColumn[] {
  const sign = rule.takeHigh ? 1 : -1
  const ranked = columns.toSorted((a, b) => sign * (b.value - a.value))
  const stays = (column: ScoredColumn): boolean => {
    if (rule.type === 'threshold') {
      const limit = thresholdOf(rule, column.owner)
      return rule.takeHigh ? column.value >= limit : column.value <= limit
    }
    if (rule.type === 'top_k') return ranked.indexOf(column) < rule.threshold
    const last = ranked[Math.max(0, Math.floor(rule.threshold * ranked.length - 1e-6))]
    return sign * column.value >= sign * last.value
  }
  return keepOneEach(columns, { stays, ranked })
}

/** The columns for which `stays` holds, and of each owner without one its first in `ranked`. */
export function keepOneEach(
  columns: readonly ScoredColumn[],
  how: { stays: (column: ScoredColumn) => boolean; ranked: readonly ScoredColumn[] },
): ScoredColumn[] {
  const kept = new Set(columns.filter(how.stays))
  for (const { owner } of columns) {
    if (columns.some((column) => column.owner === owner && kept.has(column))) continue
    const best = how.ranked.find((column) => column.owner === owner)
    if (best) kept.add(best)
  }
  return columns.filter((column) => kept.has(column))
}

/** The range of a column. */
export function spread(values: Float64Array): number {
  const { min, max } = moments(values)
  return max - min
}

/** |deviation / mean|; infinite for a column of mean 0 that is not constant. */
export function variation(values: Float64Array): number {
  const { mean, variance } = moments(values)
  return variance === 0 ? 0 : Math.abs(Math.sqrt(variance) / mean)
}

/** The value at a share of the rows. */
export function percentileOf(values: Float64Array, share: number): number {
  return quantile(sorted(values), share)
}

/** The share of rows that have the most frequent value. */
export function commonest(values: Float64Array): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let most = 0
  for (const count of counts.values()) most = Math.max(most, count)
  return most / values.length
}

function thresholdOf(
  { threshold, hostThresholds }: Pick<MetricRule, 'threshold' | 'hostThresholds'>,
  owner: number,
): number {
  if (owner < 0 || hostThresholds === null) return threshold
  if (typeof hostThresholds === 'number') return hostThresholds
  const own = hostThresholds[owner]
  if (own !== undefined) return own
  throw new Error(
    `host_thresholds has ${hostThresholds.length} entries, none for host ${owner}: give one a host`,
  )
}
