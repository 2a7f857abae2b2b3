/**
 * How good a random forest is after every tree, and its curves and tables at the end.
 * @module
 */
import type { TaskContext } from '../define.ts'
import type { RandomForestParam } from './forest-param.ts'
import { DRAWINGS, SCORES } from './score.ts'

/** What is measured, and of which table. */
export interface Measured {
  readonly forest: RandomForestParam
  readonly table: string
  readonly labels: Float64Array
  readonly predictions: Float64Array
  /** Counted from 0. */
  readonly tree: number
}

/** Points of a curve that are kept. */
const MOST_POINTS = 500

/** Publishes the metrics that are numbers. Throws for a name that is no metric. */
export function tellTree(context: Pick<TaskContext, 'metric'>, of: Measured): void {
  const { forest, table, labels, predictions, tree } = of
  for (const type of forest.eval_metric) {
    if (DRAWINGS.has(type)) continue
    const score = SCORES.get(type)
    if (!score) {
      const known = [...SCORES.keys(), ...DRAWINGS.keys()].join(', ')
      throw new Error(`eval_metric: ${type} is unknown: expected ${known}`)
    }
    const { label: name } = score
    context.metric({
      namespace: table,
      name,
      points: [[tree, score.of(labels, predictions)]],
      meta: { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
    })
  }
}

/** Publishes the metrics that are curves or tables, of the whole forest; their text stands beside the point. */
export function tellCurves(context: Pick<TaskContext, 'metric'>, of: Measured): void {
  const { forest, table, labels, predictions, tree } = of
  for (const type of forest.eval_metric) {
    const drawing = DRAWINGS.get(type)
    if (!drawing) continue
    const points = drawing.of(labels, predictions)
    const step = Math.ceil(points.length / MOST_POINTS)
    const kept = points.filter((_, at) => at % step === 0 || at === points.length - 1)
    const text = kept.map((pair) => `[${pair.join(',')}]`).join(',')
    context.metric({
      namespace: table,
      name: drawing.label,
      points: [[tree, kept.length]],
      meta: { name: drawing.label, metric_type: 'DRAWING', text },
    })
  }
}
