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

import { countTrials, nextTrial, type ScoredTrial } from '../../compute/ml/halving.ts'
import { address } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep, checkpointMessages } from '../checkpoint.ts'
import { type Component, component, type Model, type Role, type TaskContext } from '../define.ts'
import { SCORES } from '../fedlearn/score.ts'
import { recorder, type Recorded } from './trial-context.ts'

/** Parameters of every automatic tuning. */
export const AutoTuningParam = z.looseObject({
  /** The sets of parameters that are tried. */
  candidates: z.array(z.record(z.string(), z.unknown())).min(1).max(200).default([{}]),
  /** The parameter that says how much effort a trial is, and its values from the first round to the last. */
  effort: z
    .object({ param: z.string(), values: z.array(z.number()).min(1).max(10) })
    .nullable()
    .default(null),
  /** After this time no trial is begun. */
  seconds: z.number().positive().default(600),
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
    inputs: { data: ['train_data', 'validate_data'], model: [] },
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
          'Which set of parameters is tried next, and whether the last one is the best so far: how the trials rank.',
      },
    },
    run: (context) => search(context, inner),
  })
}

/** What a party knows after some trials. */
interface State {
  readonly done: readonly ScoredTrial[]
  readonly best: { readonly trial: ScoredTrial; readonly kept: Recorded } | null
  readonly spentMs: number
}

async function search(context: TaskContext<Params>, inner: Component): Promise<void> {
  const { params } = context
  const rungs = params.effort?.values.length ?? 1
  const total = countTrials(params.candidates.length, rungs)
  const saved = await agreeOnStep(context, ROLES)
  let state = (saved?.state as State | undefined) ?? { done: [], best: null, spentMs: 0 }
  for (;;) {
    const began = performance.now()
    const trial = await tell(context, { state, rungs })
    if (!trial) break
    const trialContext = recorder(context, {
      params: paramsOf(inner, params, trial),
      first: state.done.length === 0,
      progress: (fraction, note) => context.progress(state.done.length + fraction, total, note),
    })
    await inner.run(trialContext.context)
    const found = trialContext.recorded()
    const { score, value } =
      context.role === 'guest' ? scoreOf(found, inner) : { score: 0, value: 0 }
    const scored = { ...trial, score }
    const kept = await isBest(context, { state, scored })
    state = {
      done: [...state.done, scored],
      best: kept ? { trial: scored, kept: found } : state.best,
      spentMs: state.spentMs + performance.now() - began,
    }
    await context.checkpoints.save(state.done.length, state)
    report(context, { trial: state.done.length, candidate: trial.candidate, value })
    context.progress(state.done.length, total, `Trial ${state.done.length} of ${total}`)
  }
  await finish(context, state)
}

/** The next trial, as the guest decides; null after the last. */
async function tell(
  { channel, members, params, role }: TaskContext<Params>,
  { state, rungs }: { state: State; rungs: number },
): Promise<{ candidate: number; rung: number } | null> {
  if (role !== 'guest') {
    const guest = address('guest', members.guest?.[0] ?? '')
    return NEXT.parse(json.decode(await channel.receive(guest, 'next_trial'))).trial
  }
  const late = state.spentMs > params.seconds * 1000 && state.done.length > 0
  const next = late
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

/** The last value of the first validation metric, and how good it is, the larger the better. */
function scoreOf(
  { metrics }: Recorded,
  inner: Component,
): { readonly score: number; readonly value: number } {
  const validation = metrics.filter(
    ({ namespace, name }) => namespace === 'validate' && name !== 'loss',
  )
  const [first] = validation
  const last = validation
    .filter(({ name }) => name === first?.name)
    .flatMap(({ points }) => points)
    .at(-1)
  if (!first || !last) {
    throw new Error(`${inner.name} tells no metric of the rows to validate with: name another one`)
  }
  const value = last[1]
  return { score: RISING.get(first.name) === true ? value : -value, value }
}

function report(
  context: TaskContext<Params>,
  told: { readonly trial: number; readonly candidate: number; readonly value: number },
): void {
  if (context.role !== 'guest') return
  for (const name of ['value', 'candidate'] as const) {
    context.metric({
      namespace: TUNING_NAMESPACE,
      name,
      points: [[told.trial, told[name]]],
      meta: { name, metric_type: 'LOSS' },
    })
  }
}

async function finish(context: TaskContext<Params>, { best, done }: State): Promise<void> {
  if (!best) throw new Error('No trial has come to its end: give the search more time')
  const { kept, trial } = best
  const [model] = kept.models as readonly Model[]
  if (model) await context.writeModel(model)
  // What was told while it was one of many is told again, now that it is the one.
  for (const series of kept.metrics) context.metric(series)
  if (context.role === 'guest') {
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
