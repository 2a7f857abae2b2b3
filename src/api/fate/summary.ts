/**
 * What a component has come to in a few numbers, as `tracking/component/summary/download` tells it.
 * @module
 */
import type { Metric } from '../../domain/metric.ts'

/** Longer series are curves, not numbers. */
const MOST_VALUES = 100

/**
 * The single values of a component's metrics, by series and namespace as an evaluation has several of each, else by their own
 * names; the last point of a loss; and of a model its weights or importances, where it has any.
 */
export function summaryOf(
  metrics: readonly Metric[],
  learnt: Readonly<Record<string, unknown>> | null,
): Record<string, unknown> {
  const summary = new Map<string, unknown>()
  for (const { name, namespace, points, meta } of metrics) {
    const named = points.filter(([x]) => typeof x === 'string').slice(0, MOST_VALUES)
    if (meta['metric_type'] === 'EVALUATION_SUMMARY') {
      const known = (summary.get(name) ?? {}) as Record<string, unknown>
      summary.set(name, { ...known, [namespace]: Object.fromEntries(named) })
    } else if (meta['metric_type'] === 'LOSS') {
      summary.set(
        'loss_history',
        points.map(([, y]) => y),
      )
    } else for (const [x, y] of named) summary.set(String(x), y)
  }
  for (const [key, name] of LEARNT) {
    const value = learnt?.[key]
    if (value !== undefined && isThere(value)) summary.set(name, value)
  }
  return Object.fromEntries(summary)
}

/** Keys of models, and what summaries call them. */
const LEARNT = [
  ['weight', 'coef'],
  ['intercept', 'intercept'],
  ['isConverged', 'is_converged'],
  ['bestIteration', 'best_iteration'],
  ['needOneVsRest', 'one_vs_rest'],
  ['featureImportances', 'feature_importance'],
  ['finalLeftCols', 'left_col_names'],
] as const

function isThere(value: unknown): boolean {
  if (typeof value === 'object') return value !== null && Object.keys(value).length > 0
  return true
}
