/**
 * What a training tells while it runs: losses as a metric, measures of own rows in the log.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { TaskContext } from '../define.ts'
import { metricNamed, metricNames } from './nn-metric.ts'
import type { NnTask } from './nn-task.ts'

type Context = TaskContext<{ readonly metrics: readonly string[] }>

/** Publishes losses from round `from` on. */
export function tellLosses(context: TaskContext, losses: readonly number[], from: number): void {
  if (from === losses.length) return
  context.metric({
    namespace: 'train',
    name: 'loss',
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: 'loss' },
  })
}

/** Writes the metrics of the parameters into the log, of own rows; warns of those that are not there. */
export function measures(
  context: Context,
  task: NnTask,
): (found: () => { labels: Float64Array; chances: Matrix }) => void {
  const known = context.params.metrics.flatMap((name) => {
    const metric = metricNamed(name, task.kind)
    if (!metric) {
      const there = metricNames(task.kind).join(', ')
      context.warn(`metrics: there is no ${task.kind} metric "${name}"; there are ${there}`)
    }
    return metric ? [metric] : []
  })
  return (found) => {
    if (known.length === 0) return
    const { labels, chances } = found()
    const values = known.map((metric) => {
      return `${metric.name} ${metric.of(labels, chances, task).toFixed(6)}`
    })
    context.log('info', `${values.join(', ')} on own rows`)
  }
}
