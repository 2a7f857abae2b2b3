/**
 * The context of a trial: it trains as always, and what it leaves is kept aside until it is known to be the best.
 * @module
 */
import type { MetricSeries, Model, TaskContext } from '../define.ts'

/** What a trial has left; plain data, as a checkpoint holds it. */
export interface Recorded {
  readonly models: readonly Model[]
  readonly metrics: readonly MetricSeries[]
}

/** A context with `params`, and what has been left in it. */
export function recorder(
  context: TaskContext,
  options: {
    readonly params: object
    /** Whether it is the first: the others would warn of the same again. */
    readonly first: boolean
    progress(fraction: number, note: string | undefined): void
  },
): { readonly context: TaskContext; recorded(): Recorded } {
  const models: Model[] = []
  const metrics: MetricSeries[] = []
  return {
    recorded: () => ({ models, metrics }),
    context: {
      ...context,
      params: options.params,
      // Its steps are too short to be kept, and would be taken for those of another trial.
      checkpoints: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
      writeTable: () => Promise.resolve(),
      writeModel(model) {
        models.splice(0, models.length, model)
        return Promise.resolve()
      },
      metric: (series) => void metrics.push(series),
      progress(done, total, note) {
        options.progress(total > 0 ? Math.min(1, Math.max(0, done / total)) : 0, note)
      },
      warn: (text) => (options.first ? context.warn(text) : context.log('warn', text)),
    },
  }
}
