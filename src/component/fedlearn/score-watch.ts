/**
 * Measures trees after every round by FedLearn's scores.
 * @module
 */
import type { Watch } from '../tree/sbt-watch.ts'
import type { Task } from '../tree/tree-prediction.ts'
import { type NamedScore, SCORES } from './score.ts'

/** The metrics of these names after every round; the first decides when a validation table has got no better. */
export function scoreWatch(
  params: { readonly evalMetric: readonly string[]; readonly earlyStoppingRound: number },
  task: Task,
): Watch {
  const scores = params.evalMetric.map((name): NamedScore => {
    const found = SCORES.get(name)
    if (found) return found
    throw new Error(`evalMetric: ${name} is unknown: expected ${[...SCORES.keys()].join(', ')}`)
  })
  const measure: Watch['measure'] = ({ labels, scores: raw }) => {
    const predictions = predictionsOf(raw, task)
    return scores.map(({ of }) => of(labels, predictions))
  }
  return {
    names: scores.map(({ label }) => label),
    due: () => true,
    measure,
    measurePart: measure,
    record(state, round, values) {
      const best = values.map((value, at) => {
        const before = state.best.at(at)
        const sign = scores[at].rising ? 1 : -1
        const better =
          before === undefined || Number.isNaN(before.value) || sign * value > sign * before.value
        return better ? { round, value } : before
      })
      return { rounds: [...state.rounds, { round, values }], best }
    },
    over: ({ best }, round) =>
      best.length > 0 && round - best[0].round >= params.earlyStoppingRound,
    bestRound: ({ best }) => best.at(0)?.round,
  }
}

/** A probability or value a row; of several classes the most likely one. */
function predictionsOf(raw: readonly Float64Array[], { objective }: Task): Float64Array {
  return Float64Array.from(raw[0], (_, row) => {
    const linked = objective.link(raw.map((each) => each[row]))
    return linked.length === 1 ? linked[0] : linked.indexOf(Math.max(...linked))
  })
}
