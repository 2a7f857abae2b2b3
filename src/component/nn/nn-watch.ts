/**
 * Watches a validation table while a network learns: its metrics, and when to stop.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { TaskContext } from '../define.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'
import { metricNamed, metricNames } from './nn-metric.ts'
import type { NnTask } from './nn-task.ts'

/** The metrics of the validation table, by epoch. */
export interface NnWatchRounds {
  readonly rounds: readonly { readonly epoch: number; readonly values: readonly number[] }[]
  /** Of each metric the measurement that was best, by its place in `rounds`. */
  readonly best: readonly number[]
}

/** Nothing measured yet. */
export const UNWATCHED: NnWatchRounds = { rounds: [], best: [] }

/** What is watched. */
export interface NnWatch {
  /** Whether to measure after `epoch`, counted from 0. */
  due(epoch: number): boolean
  measure(
    state: NnWatchRounds,
    epoch: number,
    data: { labels: Float64Array; chances: Matrix },
  ): NnWatchRounds
  /** Whether the first metric was best just now. */
  improved(state: NnWatchRounds): boolean
  /** Whether no metric that decides has become better for as long as the parameters allow. */
  over(state: NnWatchRounds): boolean
  /** Publishes measurements from `from` on. */
  tell(context: TaskContext, state: NnWatchRounds, from: number): void
}

/** The watch that the parameters ask for; undefined when they ask for none. Throws for a metric that is not there. */
export function createNnWatch(params: HeteroNNParam, task: NnTask): NnWatch | undefined {
  const { validation_freqs: freqs, early_stopping_rounds: patience } = params
  if (freqs === null) return undefined
  const wanted = params.metrics.length > 0 ? params.metrics : DEFAULTS[task.kind]
  const metrics = wanted.map((name) => {
    const metric = metricNamed(name, task.kind)
    if (metric) return metric
    const there = metricNames(task.kind).join(', ')
    throw new Error(
      `metrics: there is no ${task.kind} metric "${name}" to watch; there are ${there}`,
    )
  })
  const deciding = params.use_first_metric_only ? 1 : metrics.length
  return {
    due: (epoch) => (Array.isArray(freqs) ? freqs.includes(epoch) : (epoch + 1) % freqs === 0),
    measure({ rounds, best }, epoch, { labels, chances }) {
      const values = metrics.map((metric) => metric.of(labels, chances, task))
      const better = metrics.map(({ larger }, at) => {
        const before = rounds[best[at]]?.values[at]
        const sign = larger ? 1 : -1
        return before === undefined || sign * values[at] > sign * before ? rounds.length : best[at]
      })
      return { rounds: [...rounds, { epoch, values }], best: better }
    },
    improved: ({ rounds, best }) => best[0] === rounds.length - 1,
    over({ rounds, best }) {
      if (patience === null) return false
      return best.slice(0, deciding).every((at) => rounds.length - 1 - at >= patience)
    },
    tell(context, { rounds }, from) {
      if (from >= rounds.length) return
      metrics.forEach(({ name }, at) =>
        context.metric({
          namespace: 'validate',
          name,
          points: rounds
            .slice(from)
            .map(({ epoch, values }): [number, number] => [epoch, values[at]]),
          meta: { name: 'validate', metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
        }),
      )
    },
  }
}

const DEFAULTS: Readonly<Record<NnTask['kind'], readonly string[]>> = {
  binary: ['auc', 'ks'],
  multi: ['accuracy'],
  regression: ['rmse', 'mae'],
}
