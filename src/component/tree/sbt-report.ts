/**
 * The metric series of boosted trees: losses, and what is measured of the validation table.
 * @module
 */
import type { TaskContext } from '../define.ts'
import type { Watch, WatchState } from './sbt-watch.ts'

/** Publishes the losses from round `from` on. */
export function tellLosses(
  context: Pick<TaskContext, 'metric'>,
  losses: readonly number[],
  from: number,
): void {
  if (from >= losses.length) return
  context.metric({
    namespace: 'train',
    name: 'loss',
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: {
      name: 'train',
      metric_type: 'LOSS',
      unit_name: 'iters',
      curve_name: 'loss',
      Best: Math.min(...losses),
    },
  })
}

/** Publishes the metrics of a table, the validation table unless another is named, from measurement `from` on. */
export function tellWatch(
  context: Pick<TaskContext, 'metric'>,
  {
    watch,
    state,
    from,
    table = 'validate',
  }: { watch: Watch | undefined; state: WatchState; from: number; table?: 'train' | 'validate' },
): void {
  const rounds = state.rounds.slice(from)
  if (!watch || rounds.length === 0) return
  watch.names.forEach((name, at) =>
    context.metric({
      namespace: table,
      name,
      points: rounds.map(({ round, values }): [number, number] => [round, values[at]]),
      meta: { name: table, metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
    }),
  )
}
