/**
 * What trainings promise of labels by differential privacy, and how much of that a caller allows a search.
 * @module
 */
import type { CatalogEntry, TrainingPrivacy } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import { moduleParams } from './pipeline.ts'

/** What a training keeps of its promise. */
export interface KeptPrivacy {
  /** Of all together. */
  readonly epsilon: number
  readonly delta: number
  /** How many trainings use the label of one row, at most. */
  readonly trainings: number
  readonly each: { readonly epsilon: number; readonly delta: number }
  /** What a search may come to; null for anything. */
  readonly limit: number | null
}

/** What a training by that component promises, to be kept with its request; nothing where it adds no noise. */
export function keptPrivacy(
  entry: CatalogEntry | undefined,
  params: Record<string, unknown>,
  limit: number | null,
): { readonly privacy?: KeptPrivacy } {
  const promise = entry?.privacy?.(moduleParams(entry, params))
  if (!promise) return {}
  const { epsilon, delta, several } = promise
  const each = several?.each ?? { epsilon, delta }
  return { privacy: { epsilon, delta, trainings: several?.trainings ?? 1, each, limit } }
}

/** How many sets a search tries where nobody says. */
const USUAL_TRIALS = 18
/** A search of fewer is none. */
export const LEAST_TRIALS = 2

/**
 * How many sets a search tries: as many as are asked for, and where nobody says as many as are usual and within `maxEpsilon`.
 * Throws, with the numbers, where they are not within it.
 */
export function trialsWithin(
  { maxTrials, maxEpsilon }: { readonly maxTrials?: number; readonly maxEpsilon?: number },
  promiseOf: (trials: number) => TrainingPrivacy | undefined,
): number {
  const wanted = maxTrials ?? USUAL_TRIALS
  if (maxEpsilon === undefined) return wanted
  const whole = promiseOf(wanted)
  if (!whole) {
    throw invalid(
      'maxEpsilon: these parameters add no noise to labels, so that there is no epsilon to limit: ' +
        'set useDP or randomizedResponseProbability where the model has it, or leave maxEpsilon out',
    )
  }
  const fits = (trials: number) => (promiseOf(trials)?.epsilon ?? 0) <= maxEpsilon
  let most = wanted
  while (most >= LEAST_TRIALS && !fits(most)) most--
  if (most === wanted || (maxTrials === undefined && most >= LEAST_TRIALS)) return most
  const least = promiseOf(LEAST_TRIALS)
  const remedy =
    most >= LEAST_TRIALS
      ? `set maxTrials to ${most} at most`
      : `${LEAST_TRIALS} sets come to ${show(least?.epsilon)} already: allow more`
  throw invalid(
    `maxEpsilon is ${show(maxEpsilon)}, and ${wanted} sets come to an epsilon of ${show(whole.epsilon)} in ` +
      `${whole.several?.trainings ?? 1} trainings of ${show(whole.several?.each.epsilon ?? whole.epsilon)} each: ` +
      `${remedy}, or ask for a smaller epsilon of each`,
  )
}

function show(value: number | undefined): string {
  return String(Number((value ?? 0).toPrecision(3)))
}
