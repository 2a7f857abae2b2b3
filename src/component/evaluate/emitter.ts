/**
 * What is measured of one type of rows, and how it becomes metric series.
 * @module
 */
import type { MetricSeries, TaskContext } from '../define.ts'
import type { EvaluateParam } from './evaluate-param.ts'

/** Rows of one table and one type. */
export interface Group {
  /** The component that predicted them. */
  readonly source: string
  /** The type of the rows, which is the metrics' namespace. */
  readonly type: string
  readonly labels: Float64Array
  readonly results: Float64Array
  readonly scores: Float64Array
}

/** What evaluating needs of a task. */
export type EvaluationContext = Pick<
  TaskContext<EvaluateParam>,
  'name' | 'params' | 'metric' | 'warn' | 'log'
>

/** Publishes metrics under the name of their source. */
export interface Emitter {
  /** Single numbers under the name of their source. */
  summary(values: readonly [string, number][]): void
  curve(
    name: string,
    type: string,
    content: {
      curve: { x: readonly number[]; y: readonly number[]; thresholds: readonly number[] }
      meta: Record<string, unknown>
    },
  ): void
  series(
    suffix: string,
    type: string,
    content: { points?: MetricSeries['points']; meta?: Record<string, unknown> },
  ): void
}

/** Publishes metrics of one type of rows. */
export function emitter(context: EvaluationContext, { source, type: namespace }: Group): Emitter {
  const emit: Emitter = {
    summary(values) {
      if (values.length === 0) return
      const points = values.map(([name, value]) => [name, round(value)] as const)
      emit.series('', 'EVALUATION_SUMMARY', { points })
    },
    curve(name, type, { curve, meta }) {
      const points = curve.x.map((x, at) => [round(x), round(curve.y[at])] as const)
      const thresholds = curve.thresholds.map(round)
      emit.series(`_${name}`, type, {
        points: points.toSorted(([a], [b]) => a - b),
        meta: thresholds.length > 0 ? { ...meta, thresholds } : meta,
      })
    },
    series(suffix, metric_type, { points = [], meta = {} }) {
      const name = `${source}${suffix}`
      context.metric({ namespace, name, points, meta: { name, metric_type, ...meta } })
    },
  }
  return emit
}

/** To six decimals. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
