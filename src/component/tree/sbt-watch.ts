/**
 * Watches a validation table while trees are added: its metrics, and when to stop.
 * @module
 */
import { auc, ks } from '../../compute/ml/metric.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import type { Task } from './tree-prediction.ts'

/** The metrics of the validation table, by round. */
export interface WatchState {
  readonly rounds: readonly { readonly round: number; readonly values: readonly number[] }[]
  /** Of each metric the best value so far and its round. */
  readonly best: readonly { readonly round: number; readonly value: number }[]
}

/** What is watched, from parameters and task. */
export interface Watch {
  readonly names: readonly string[]
  /** Whether to measure after `round`, counted from 0. */
  due(round: number): boolean
  /** The metrics of a table; labels that have no class make a metric NaN. */
  measure(data: { labels: Float64Array; scores: readonly Float64Array[] }): number[]
  /** The same of some of the rows of a table, NaN for a metric that these do not have. */
  measurePart(data: { labels: Float64Array; scores: readonly Float64Array[] }): number[]
  /** `state` with the metrics of `round`. */
  record(state: WatchState, round: number, values: readonly number[]): WatchState
  /** Whether no metric has improved for as many rounds as the parameters allow. */
  over(state: WatchState, round: number): boolean
  /** The round with the best first metric. */
  bestRound(state: WatchState): number | undefined
}

/** Nothing watched yet. */
export const UNWATCHED: WatchState = { rounds: [], best: [] }

/** The watch that parameters ask for; undefined when they ask for none. Throws for a metric that is not known. */
export function createWatch(params: BoostingTreeParam, task: Task): Watch | undefined {
  const { validation_freqs: freqs, early_stopping_rounds: patience } = params
  if (freqs === null && patience === null) return undefined
  const kind =
    task.classes.length === 0 ? 'regression' : task.classes.length === 2 ? 'binary' : 'multi'
  const known = METRICS[kind]
  const names = params.metrics ?? FIRST[kind]
  for (const name of names) {
    if (name in known) continue
    const there = Object.keys(known).join(', ')
    throw new Error(`metrics: there is no ${kind} metric "${name}" to watch; there are ${there}`)
  }
  const deciding = params.use_first_metric_only ? names.slice(0, 1) : names
  return {
    names,
    due(round) {
      // Early stopping needs a value of every round.
      if (patience !== null || freqs === null) return true
      return Array.isArray(freqs) ? freqs.includes(round) : (round + 1) % freqs === 0
    },
    measure: ({ labels, scores }) => names.map((name) => known[name].of(labels, scores, task)),
    measurePart({ labels, scores }) {
      const several = new Set(labels).size > 1
      return names.map((name) => {
        const { of, ranks = false } = known[name]
        return labels.length === 0 || (ranks && !several) ? Number.NaN : of(labels, scores, task)
      })
    },
    record(state, round, values) {
      const best = values.map((value, at) => {
        const before = state.best.at(at)
        const sign = known[names[at]].larger ? 1 : -1
        const better = before === undefined || sign * value > sign * before.value
        return better ? { round, value } : before
      })
      return { rounds: [...state.rounds, { round, values }], best }
    },
    over({ best }, round) {
      if (patience === null || best.length === 0) return false
      return deciding.every((_, at) => round - best[at].round >= patience)
    },
    bestRound: ({ best }) => (patience === null ? undefined : best.at(0)?.round),
  }
}

interface Metric {
  readonly larger: boolean
  /** Whether it needs rows of both classes. */
  readonly ranks?: boolean
  of(labels: Float64Array, scores: readonly Float64Array[], task: Task): number
}

const loss: Metric = {
  larger: false,
  of: (labels, scores, { objective }) => objective.loss(labels, scores),
}

const accuracy: Metric = {
  larger: true,
  of(labels, scores) {
    const right = labels.filter((label, row) => {
      if (scores.length === 1) return scores[0][row] > 0 === (label === 1)
      const values = scores.map((each) => each[row])
      return values.indexOf(Math.max(...values)) === label
    })
    return right.length / labels.length
  },
}

/** The mean of `size` over the errors of all rows. */
function meanError(size: (error: number) => number): Metric['of'] {
  return (labels, [scores], { objective }) => {
    let sum = 0
    labels.forEach((label, row) => (sum += size(objective.link([scores[row]])[0] - label)))
    return sum / labels.length
  }
}

const squared = meanError((error) => error * error)

const METRICS: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  binary: {
    auc: { larger: true, ranks: true, of: (labels, [scores]) => auc(labels, scores) },
    ks: { larger: true, ranks: true, of: (labels, [scores]) => ks(labels, scores) },
    accuracy,
    loss,
  },
  multi: { accuracy, loss },
  regression: {
    rmse: { larger: false, of: (...all) => Math.sqrt(squared(...all)) },
    root_mean_squared_error: { larger: false, of: (...all) => Math.sqrt(squared(...all)) },
    mse: { larger: false, of: squared },
    mae: { larger: false, of: meanError(Math.abs) },
    mean_absolute_error: { larger: false, of: meanError(Math.abs) },
    loss,
  },
}

const FIRST: Readonly<Record<string, readonly string[]>> = {
  binary: ['auc', 'ks'],
  multi: ['accuracy'],
  regression: ['rmse', 'mae'],
}
