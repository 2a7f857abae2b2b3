/**
 * What a search promises of labels: every trial is a training of the same rows, with noise of its own, so that their
 * promises add up (`compute/crypto/privacy-composition.ts`).
 *
 * One row's label is used once in a trial, by the noise over the rows to learn from or by that over the others. Of folds
 * a row is learnt from in all but one; the one that measures it uses it too where that is under noise. The best set learns
 * from all rows once more then. Trials are charged before they begin: one that is interrupted draws its noise anew.
 * @module
 */
import {
  type PrivacyLoss,
  repeatedLoss,
  usesWithin,
} from '../../compute/crypto/privacy-composition.ts'
import { countTrials } from '../../compute/ml/halving.ts'
import type { Component, LabelPrivacy, TaskContext } from '../define.ts'

/** What of a search's parameters its promise depends on. */
export interface SearchRule {
  readonly candidates: readonly Readonly<Record<string, unknown>>[]
  readonly effort: { readonly param: string; readonly values: readonly number[] } | null
  readonly folds: number
  /** What the promise of the whole search may come to; null for anything. */
  readonly maxEpsilon: number | null
}

/** How a search uses labels under noise. */
export interface SearchPrivacy {
  /** What the training that promises least does. */
  readonly each: PrivacyLoss
  /** In how many trainings of a trial one row's label is used, at most. */
  readonly perTrial: number
  /** In how many it is used after the last trial. */
  readonly after: number
  /** In how many it is used if nothing is interrupted. */
  readonly planned: number
  readonly validated: boolean
  readonly most: number | null
}

/** Of a search over `inner`; undefined where its trainings add no noise. */
export function searchPrivacy(inner: Component, rule: SearchRule): SearchPrivacy | undefined {
  const { candidates, effort, folds } = rule
  const promises = candidates.flatMap((set) => inner.privacy?.(inner.params.parse(set)) ?? [])
  const [first] = promises
  // Sets without noise in between would promise nothing.
  if (!first || promises.length < candidates.length) return undefined
  const { validated, delta } = first
  const epsilon = Math.max(...promises.map((one) => one.epsilon))
  const perTrial = folds === 1 ? 1 : validated ? folds : folds - 1
  const after = folds === 1 ? 0 : 1
  const trials = countTrials(candidates.length, effort?.values.length ?? 1)
  const planned = trials * perTrial + after
  return { each: { epsilon, delta }, perTrial, after, planned, validated, most: rule.maxEpsilon }
}

/** The promise of the whole search, as a component makes it. */
export function wholePromise({ each, planned, validated }: SearchPrivacy): LabelPrivacy {
  return { ...repeatedLoss(each, planned), validated, several: { trainings: planned, each } }
}

/** Whether another trial, and what comes after it, stays within what the caller allows, when so many uses are behind. */
export function mayTry(privacy: SearchPrivacy | undefined, used: number): boolean {
  return !privacy || fits(privacy, used + privacy.perTrial + privacy.after)
}

/** What a search keeps of its uses of labels. */
interface Charged {
  readonly done: readonly unknown[]
  /** In how many trainings under noise the label of a row was used, at most, those that were interrupted among them. */
  readonly uses: number
}

/** The state with as many uses as any that was kept here knows of: what was interrupted was used all the same. */
export async function withUses<S extends Charged>(
  { checkpoints }: TaskContext,
  state: S,
): Promise<S> {
  const kept = await checkpoints.load()
  const uses = kept.map((one) => (one.state as Partial<Charged>).uses ?? 0)
  return { ...state, uses: Math.max(state.uses, ...uses) }
}

/** Counts the uses of the next training and keeps that, before anything is sent. Throws where they are not allowed. */
export async function charge<S extends Charged>(
  context: TaskContext,
  state: S,
  { privacy, uses }: { privacy: SearchPrivacy | undefined; uses: number },
): Promise<S> {
  if (!privacy) return state
  const charged = { ...state, uses: state.uses + uses }
  if (context.role === 'guest' && !fits(privacy, charged.uses)) {
    const { epsilon } = repeatedLoss(privacy.each, charged.uses)
    throw new Error(
      `maxEpsilon allows ${privacy.most}, and ${charged.uses} times an epsilon of ${show(privacy.each.epsilon)} comes to ` +
        `${show(epsilon)}: raise it, or ask for a smaller epsilon of each`,
    )
  }
  await context.checkpoints.save(stepOf(state.done.length, privacy) + 1, charged)
  return charged
}

/** Under which step the state after so many trials is kept; under noise there is one before each trial too. */
export function stepOf(trials: number, privacy: SearchPrivacy | undefined): number {
  return privacy ? 2 * trials : trials
}

/** Says at the guest what the search promises, before it begins. */
export function warnOfPrivacy(context: TaskContext, privacy: SearchPrivacy): void {
  const { each, planned, validated } = privacy
  const whole = repeatedLoss(each, planned)
  context.warn(
    `Every training hides single labels with an epsilon of ${show(each.epsilon)}; the ${planned} of this search that use ` +
      `the label of one row come to ${show(whole.epsilon)}${whole.delta === 0 ? '' : ` (delta ${whole.delta})`} together` +
      (validated ? '' : '; how trials rank follows from metrics that are exact'),
  )
}

function fits({ each, most }: SearchPrivacy, uses: number): boolean {
  return most === null || uses <= usesWithin(each, most)
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)))
}
