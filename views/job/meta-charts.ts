/**
 * Charts of series whose values stand beside the points, one list a quantity: thresholds with counts, scores or rates.
 * @module
 */
import type { Metric } from '../../src/domain/metric.ts'
import type { ConfusionProps } from '../chart/confusion.tsx'
import { t } from '../text/say.tsx'
import type { ChartProps } from '../ui/chart.tsx'
import { formatNumber } from '../ui/format.ts'

/** A series with the component that reported it. */
export interface MetaEntry extends Metric {
  readonly component: string
  readonly type: string
}

/** Counts at every threshold, or nothing where a list is missing or of another length. */
export function confusionOf(entry: MetaEntry): ConfusionProps[] {
  const thresholds = numbersOf(entry.meta['thresholds'])
  const [tp, fp, fn, tn] = ['tp', 'fp', 'fn', 'tn'].map((name) => numbersOf(entry.meta[name]))
  const size = thresholds.length
  if (size === 0 || [tp, fp, fn, tn].some((list) => list.length !== size)) return []
  return [
    {
      id: `confusion-${entry.component}-${entry.namespace}-${entry.name}`,
      title: t('Hits and misses of {model}, {namespace}', {
        model: modelOf(entry),
        namespace: entry.namespace,
      }),
      cuts: thresholds
        .map((threshold, at) => ({ threshold, tp: tp[at], fp: fp[at], fn: fn[at], tn: tn[at] }))
        .toSorted((a, b) => a.threshold - b.threshold),
    },
  ]
}

/** F1 over thresholds, and precision over recall. */
export function metaChartsOf(group: readonly MetaEntry[]): ChartProps[] {
  const f1 = group
    .filter(({ type }) => type === 'F1_SCORE')
    .map((entry) => ({
      name: `${modelOf(entry)} ${entry.namespace}`,
      points: pointsOf(entry.meta['thresholds'], entry.meta['f1_scores']),
    }))
    .filter(({ points }) => points.length > 0)
  const pr = group
    .filter(({ type }) => type === 'QUANTILE_PR')
    .map((entry) => ({
      name: `${modelOf(entry)} ${entry.namespace}`,
      points: pointsOf(entry.meta['r_scores'], entry.meta['p_scores']),
    }))
    .filter(({ points }) => points.length > 0)
  const [first] = group
  const charts: ChartProps[] = []
  if (pr.length > 0) {
    charts.push({
      id: `chart-pr-${idOf(first)}`,
      title: t('Precision over recall of {component}', { component: first.component }),
      description: t(
        'How precise the positive calls are when more of the positive rows are found.',
      ),
      xLabel: t('Recall'),
      yLabel: t('Precision'),
      xDomain: [0, 1],
      yDomain: [0, 1],
      series: pr,
    })
  }
  if (f1.length > 0) {
    const best = f1[0].points.reduce((a, b) => (b[1] > a[1] ? b : a))
    charts.push({
      id: `chart-f1-${idOf(first)}`,
      title: t('F1 score of {component}', { component: first.component }),
      description: t('F1 over the threshold; the best of {name} is {best} at {threshold}.', {
        name: f1[0].name,
        best: formatNumber(best[1], 4),
        threshold: formatNumber(best[0], 4),
      }),
      xLabel: t('Threshold'),
      yLabel: 'F1',
      xDomain: [0, 1],
      yDomain: [0, 1],
      series: f1,
    })
  }
  return charts
}

function pointsOf(xs: unknown, ys: unknown): (readonly [number, number])[] {
  const [x, y] = [numbersOf(xs), numbersOf(ys)]
  if (x.length !== y.length) return []
  return x.map((value, at) => [value, y[at]] as const).toSorted(([a], [b]) => a - b)
}

function numbersOf(value: unknown): readonly number[] {
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'number')
  return isList ? value : []
}

function modelOf({ name }: MetaEntry): string {
  return name.replace(/_(confusion_mat|quantile_pr|f1_score)$/, '')
}

function idOf({ component, namespace, name }: MetaEntry): string {
  return `${component}-${namespace}-${name}`.replaceAll(/[^A-Za-z0-9_-]+/g, '-')
}
