/**
 * Automatic tuning: trains an algorithm with several sets of parameters over the same rows, and keeps the model that is
 * best by its validation metric. One component for each algorithm, with that one's messages.
 *
 * The sets were drawn before; successive halving (`compute/ml/halving.ts`) says which is tried next and with how many
 * rounds. The guest has the labels, so it scores, decides and tells the hosts. All keep what they have after each trial,
 * and go on from there when they were stopped.
 * @module
 */
import { z } from 'zod'

import { repeatedLoss } from '../../compute/crypto/privacy-composition.ts'
import { countTrials, nextTrial, type ScoredTrial } from '../../compute/ml/halving.ts'
import { address } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep, checkpointMessages } from '../checkpoint.ts'
import { type Component, component, type Model, type Role, type TaskContext } from '../define.ts'
import { PRIVACY_METRIC, tellPrivacy } from '../fedlearn/label-privacy.ts'
import { SCORES } from '../fedlearn/score.ts'
import { runTrial } from './fold-trial.ts'
import {
  charge,
  mayTry,
  searchPrivacy,
  type SearchPrivacy,
  stepOf,
  warnOfPrivacy,
  wholePromise,
  withUses,
} from './search-privacy.ts'
import type { Recorded } from './trial-context.ts'

/** Parameters of every automatic tuning. */
export const AutoTuningParam = z.looseObject({
  /** The sets of parameters that are tried. */
  candidates: z.array(z.record(z.string(), z.unknown())).min(1).max(200).default([{}]),
  /** The parameter that says how much effort a trial is, and its values from the first round to the last. */
  effort: z
    .object({ param: z.string(), values: z.array(z.number()).min(1).max(10) })
    .nullable()
    .default(null),
  /** Into how many folds the rows are cut, where there is no table to validate with. */
  folds: z.int().min(1).max(20).default(1),
  /** After this time no trial is begun. */
  seconds: z.number().positive().default(600),
  /** The epsilon of the whole search beyond which no trial is begun, where labels are under noise. */
  maxEpsilon: z.number().positive().nullable().default(null),
})

type Params = z.output<typeof AutoTuningParam>

const ROLES: readonly Role[] = ['guest', 'host']

const NEXT = z.object({
  kept: z.boolean(),
  trial: z.object({ candidate: z.int().nonnegative(), rung: z.int().nonnegative() }).nullable(),
})

/** The metric series in which the scores of the trials are. */
export const TUNING_NAMESPACE = 'tuning'

/** The automatic tuning of an algorithm that has no other roles than guest and host. */
export function autoTuning(inner: Component): Component {
  return component({
    name: `Auto${inner.name}`,
    summary: `Tries parameters of ${inner.name} and keeps the best model`,
    roles: inner.roles,
    requires: inner.requires,
    params: AutoTuningParam,
    paramsName: 'AutoTuningParam',
    // What was matched beside the rows, and no table to predict.
    inputs: { data: inner.inputs.data.filter((slot) => slot !== 'eval_data'), model: [] },
    outputs: { data: false, model: true },
    deployed: false,
    messages: {
      ...checkpointMessages(ROLES),
      ...inner.messages,
      next_trial: {
        kind: 'plain',
        from: ['guest'],
        to: ['host'],
        reveals:
          'Which set of parameters is tried next, and whether the last one is the best so far: how the trials rank. Where ' +
          'labels are under noise, every trial is another training of the same rows, and their epsilons add up: the ' +
          'search says to what.',
      },
    },
    privacy(params) {
      const found = searchPrivacy(inner, params)
      return found && wholePromise(found)
    },
    run: (context) => search(context, inner),
  })
}

/** What a party knows after some trials. */
interface State {
  readonly done: readonly ScoredTrial[]
  readonly best: {
    /** Which of the trials it was, from 1. */
    readonly at: number
    readonly trial: ScoredTrial
    readonly kept: Recorded | null
  } | null
  readonly spentMs: number
  /** In how many trainings under noise the label of a row was used, at most, those that were interrupted among them. */
  readonly uses: number
}

async function search(context: TaskContext<Params>, inner: Component): Promise<void> {
  const { params } = context
  const rungs = params.effort?.values.length ?? 1
  const total = countTrials(params.candidates.length, rungs)
  const saved = await agreeOnStep(context, ROLES)
  const privacy = searchPrivacy(inner, params)
  const first: State = { done: [], best: null, spentMs: 0, uses: 0 }
  let state = await withUses(context, { ...first, ...(saved?.state as State | undefined) })
  if (privacy && context.role === 'guest' && state.uses === 0) warnOfPrivacy(context, privacy)
  for (;;) {
    const began = performance.now()
    const trial = await tell(context, { state, rungs, privacy })
    if (!trial) break
    state = await charge(context, state, { privacy, uses: privacy?.perTrial ?? 0 })
    const found = await runTrial(context, inner, {
      params: paramsOf(inner, params, trial),
      folds: params.folds,
      first: state.done.length === 0,
      progress: (fraction, note) => context.progress(state.done.length + fraction, total, note),
    })
    const { score, value } =
      context.role === 'guest' ? scoreOf(found, inner) : { score: 0, value: 0 }
    const scored = { ...trial, score }
    const kept = await isBest(context, { state, scored })
    const at = state.done.length + 1
    state = {
      ...state,
      done: [...state.done, scored],
      // Of folds no model is kept: the best set learns from all rows at the end.
      best: kept ? { at, trial: scored, kept: found.length === 1 ? found[0] : null } : state.best,
      spentMs: state.spentMs + performance.now() - began,
    }
    await context.checkpoints.save(stepOf(at, privacy), state)
    report(context, {
      trial: at,
      candidate: trial.candidate,
      value,
      leader: state.best?.at ?? at,
      ...(privacy ? { epsilon: repeatedLoss(privacy.each, state.uses).epsilon } : {}),
    })
    context.progress(at, total, `Trial ${at} of ${total}`)
  }
  await finish(context, { state, inner, privacy })
}

/** The next trial, as the guest decides; null after the last. */
async function tell(
  { channel, members, params, role }: TaskContext<Params>,
  { state, rungs, privacy }: { state: State; rungs: number; privacy: SearchPrivacy | undefined },
): Promise<{ candidate: number; rung: number } | null> {
  if (role !== 'guest') {
    const guest = address('guest', members.guest?.[0] ?? '')
    return NEXT.parse(json.decode(await channel.receive(guest, 'next_trial'))).trial
  }
  const isOver = state.spentMs > params.seconds * 1000 || !mayTry(privacy, state.uses)
  const next =
    isOver && state.done.length > 0
      ? undefined
      : nextTrial(state.done, { candidates: params.candidates.length, rungs })
  for (const party of members.host ?? []) {
    const bytes = json.encode({ kept: false, trial: next ?? null })
    await channel.send(address('host', party), 'next_trial', bytes)
  }
  return next ?? null
}

/** Whether the trial is the best so far, which the guest tells everybody. */
async function isBest(
  { channel, members, role }: TaskContext<Params>,
  { state, scored }: { state: State; scored: ScoredTrial },
): Promise<boolean> {
  if (role !== 'guest') {
    const guest = address('guest', members.guest?.[0] ?? '')
    return NEXT.parse(json.decode(await channel.receive(guest, 'next_trial'))).kept
  }
  const kept = !state.best || scored.score > state.best.trial.score
  for (const party of members.host ?? []) {
    const bytes = json.encode({ kept, trial: null })
    await channel.send(address('host', party), 'next_trial', bytes)
  }
  return kept
}

function paramsOf(
  inner: Component,
  { candidates, effort }: Params,
  { candidate, rung }: { candidate: number; rung: number },
): object {
  if (candidate >= candidates.length) throw new Error(`There is no set ${candidate} of parameters`)
  const chosen = { ...candidates[candidate] }
  if (effort) chosen[effort.param] = effort.values[rung]
  return inner.params.parse(chosen)
}

const RISING = new Map([...SCORES.values()].map(({ label, rising }) => [label, rising]))

/** The last value of the first validation metric, of folds the mean, and how good it is, the larger the better. */
function scoreOf(
  found: readonly Recorded[],
  inner: Component,
): { readonly score: number; readonly value: number } {
  const last = found.map(({ metrics }) => {
    const validation = metrics.filter(
      ({ namespace, name }) => namespace === 'validate' && name !== 'loss',
    )
    const name = validation.at(0)?.name
    const points = validation.filter((series) => series.name === name).flatMap((one) => one.points)
    return { name, value: points.at(-1)?.[1] }
  })
  const [{ name }] = last
  const values = last.flatMap(({ value }) => value ?? [])
  if (name === undefined || values.length < last.length) {
    throw new Error(`${inner.name} tells no metric of the rows to validate with: name another one`)
  }
  const value = values.reduce((sum, one) => sum + one, 0) / values.length
  return { score: RISING.get(name) === true ? value : -value, value }
}

function report(
  context: TaskContext<Params>,
  told: {
    readonly trial: number
    readonly candidate: number
    readonly value: number
    /** The trial that is the best so far. */
    readonly leader: number
    /** What all trials so far promise of labels together, where they are under noise. */
    readonly epsilon?: number
  },
): void {
  if (context.role !== 'guest') return
  const { trial, ...values } = told
  for (const [name, value] of Object.entries(values)) {
    context.metric({
      namespace: TUNING_NAMESPACE,
      name,
      points: [[trial, value]],
      meta: { name, metric_type: 'LOSS' },
    })
  }
}

async function finish(
  context: TaskContext<Params>,
  of: { state: State; inner: Component; privacy: SearchPrivacy | undefined },
): Promise<void> {
  const { inner, privacy } = of
  const { best, done } = of.state
  if (!best) throw new Error('No trial has come to its end: give the search more time')
  const { trial } = best
  const uses = best.kept ? 0 : 1
  const state = uses > 0 ? await charge(context, of.state, { privacy, uses }) : of.state
  const kept = best.kept ?? (await ofAllRows(context, inner, trial))
  const [model] = kept.models as readonly Model[]
  if (model) await context.writeModel(model)
  // What was told while it was one of many is told again, now that it is the one.
  const told = kept.metrics.filter(({ meta }) => meta.metric_type !== PRIVACY_METRIC)
  for (const series of told) context.metric(series)
  if (context.role === 'guest') {
    if (privacy) tellPrivacy(context, repeatedLoss(privacy.each, state.uses))
    context.metric({
      namespace: TUNING_NAMESPACE,
      name: 'best',
      points: [
        ['candidate', trial.candidate],
        ['rung', trial.rung],
      ],
      meta: { name: 'best', metric_type: 'LOSS' },
    })
    context.log('info', `Kept set ${trial.candidate} after ${done.length} trials`)
  }
}

/** What the best set leaves when it learns from all rows; each of its trials has left out a fold. */
async function ofAllRows(
  context: TaskContext<Params>,
  inner: Component,
  trial: ScoredTrial,
): Promise<Recorded> {
  const params = paramsOf(inner, context.params, trial)
  const options = { params, folds: 1, first: false, progress: () => {} }
  const [found] = await runTrial(context, inner, options)
  return found
}
