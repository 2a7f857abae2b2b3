/**
 * What several trainings of the same labels promise together, and what that leaves of a limit.
 * @module
 */
import {
  isWithin,
  lossLeft,
  type PrivacyLoss,
  summedLoss,
} from '../compute/crypto/privacy-composition.ts'

/** A training that uses labels: under a promise, or, with null, without one; so many times. */
export interface LabelUse {
  readonly loss: PrivacyLoss | null
  readonly times: number
}

/** Trainings of the same labels, added up. */
export interface LabelSum {
  /** What those with a promise come to, of the label of any one row. */
  readonly epsilon: number
  readonly delta: number
  /** How many those are; one that is begun again counts again. */
  readonly trainings: number
  /** How many there are without one, of which no epsilon says what they tell. */
  readonly exact: number
}

/** The sum. */
export function sumUses(uses: readonly LabelUse[]): LabelSum {
  const losses = lossesOf(uses)
  const exact = uses.filter(({ loss, times }) => loss === null && times > 0)
  return { ...summedLoss(losses), trainings: losses.length, exact: exact.length }
}

/** Whether there is room for another use within `limit`, and for which epsilon there is. */
export function roomFor(
  uses: readonly LabelUse[],
  next: PrivacyLoss,
  limit: number,
): { readonly fits: boolean; readonly whole: number; readonly left: number } {
  const losses = lossesOf(uses)
  const whole = summedLoss([...losses, next])
  return {
    fits: isWithin(whole, limit),
    whole: whole.epsilon,
    left: lossLeft(losses, limit, next.delta),
  }
}

function lossesOf(uses: readonly LabelUse[]): PrivacyLoss[] {
  return uses.flatMap(({ loss, times }) =>
    loss === null ? [] : Array.from({ length: times }, () => loss),
  )
}
