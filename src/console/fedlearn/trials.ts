/**
 * The trials of a search, as pages show them.
 * @module
 */
import type { Trial, Tuning } from '../../../views/fedlearn/trials.tsx'
import type { TrainingRequest } from '../../api/fedlearn/training.ts'

/** The part of `/api/train/status` about a search. */
export interface SearchStatus {
  readonly trials: readonly {
    readonly x: number
    readonly y: number
    readonly params: Readonly<Record<string, unknown>>
  }[]
  readonly leader: number | null
}

/** The trials of a training that is a search; undefined for any other. */
export function tuningOf(
  { tuning }: TrainingRequest,
  status: {
    readonly tuning?: SearchStatus
    readonly validationMetrics: readonly { readonly name: string }[]
  },
): Tuning | undefined {
  if (!tuning || !status.tuning) return undefined
  const sets = tuning.candidates.map((set) => JSON.stringify(set))
  const times = new Map<number, number>()
  const trials = status.tuning.trials.map(({ x, y, params }): Trial => {
    const set = sets.indexOf(JSON.stringify(params))
    const before = times.get(set) ?? 0
    times.set(set, before + 1)
    return {
      at: x,
      set: set + 1,
      // Each time a set comes back it gets more of them.
      rounds: tuning.effort?.values[before] ?? null,
      value: y,
      values: Object.entries(params).flatMap(([field, value]) =>
        [value].flat().map((one) => [field, String(one)] as const),
      ),
    }
  })
  const [first] = tuning.candidates
  const searched = Object.keys(first).filter((field) =>
    tuning.candidates.some((set) => String(set[field]) !== String(first[field])),
  )
  return {
    trials,
    searched,
    sets: sets.length,
    metric: status.validationMetrics[0]?.name ?? '',
    best: status.tuning.leader,
  }
}
