/**
 * A data party's side of a training with an arbiter: one model for each target, epoch by epoch, each of them kept.
 * @module
 */
import { floats, json } from '../../federation/codec.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { UNWATCHED, type WatchState } from '../tree/sbt-watch.ts'
import type { Batch } from './batches.ts'
import type { TrainedWeights, TrainingHistory } from './linear-model.ts'
import { createWeights, type LinearWeights } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'
import { type BestWeights, type FitState, readFit } from './lr-checkpoint.ts'
import { mergeHistories } from './lr-inputs.ts'
import type { Newton, NewtonState } from './newton.ts'
import { arbiterOf } from './row-alignment.ts'
import type { Validation } from './validation.ts'
import { progressOf, type Start } from './warm-start.ts'

type Context = TaskContext<LogisticParam>

/** Computes one party's gradient of one batch, together with the other parties. */
export type BatchStep = (weights: LinearWeights, batch: Batch) => Promise<Float64Array>

/** What is trained. */
export interface FitWork {
  /** Columns of this party. */
  readonly features: number
  readonly batches: readonly Batch[]
  readonly targets: readonly (number | null)[]
  readonly saved: Checkpoint | undefined
  /** Undefined where no table is measured in between. */
  readonly validation: Validation | undefined
  stepOf(target: number | null): BatchStep
  /** The optimiser that needs all parties for its steps, where it is asked for. */
  newtonOf?(weights: LinearWeights, saved: NewtonState | undefined): Newton
  /** Where each model starts; at its first values without it. */
  readonly starts?: readonly Start[]
}

/** Trains one model for each target, one after another. */
export async function fitModels(
  context: Context,
  work: FitWork,
): Promise<TrainingHistory & { models: TrainedWeights[] }> {
  const before = readFit(work.saved)
  const models = [...before.models]
  const histories = [...before.histories]
  const watches = [...(before.watches ?? [])]
  let steps = work.saved?.step ?? 0
  for (const [index, target] of work.targets.entries()) {
    if (index < before.models.length) {
      work.validation?.tell({ state: watches[index], from: 0, target })
      continue
    }
    const current = index === before.models.length ? before.current : null
    const fit = await fitModel(context, work, {
      index,
      target,
      current,
      async after(kept, ended) {
        if (ended) {
          models.push(ended.model)
          histories.push(ended.history)
          watches.push(kept.watch ?? UNWATCHED)
        }
        const state: FitState = { models, histories, watches, current: ended ? null : kept }
        await context.checkpoints.save(++steps, state)
      },
    })
    context.log('debug', `Model ${index + 1} has ${fit.iterations} epochs`)
  }
  return { ...mergeHistories(histories), models }
}

type Current = NonNullable<FitState['current']>

async function fitModel(
  context: Context,
  work: FitWork,
  place: {
    index: number
    target: number | null
    current: Current | null
    after: (
      kept: Current,
      ended: { model: TrainedWeights; history: TrainingHistory } | undefined,
    ) => Promise<void>
  },
): Promise<TrainingHistory> {
  const { params, role, position, signal } = context
  const { index, target, current } = place
  const start = work.starts?.[index]
  const behind = start?.epochs ?? 0
  const weights = createWeights(params, {
    features: work.features,
    intercept: role === 'guest' && params.init_param.fit_intercept,
    stream: role === 'guest' ? 0 : 1 + position,
    saved: current?.weights ?? start?.weights,
  })
  const step = work.stepOf(target)
  const newton = work.newtonOf?.(weights, current?.newton)
  let epoch = current?.epoch ?? behind
  let watch: WatchState = current?.watch ?? UNWATCHED
  let best: BestWeights | undefined = current?.best
  work.validation?.tell({ state: watch, from: 0, target })
  for (;;) {
    for (const batch of work.batches) {
      signal.throwIfAborted()
      const gradient = await step(weights, batch)
      weights.step((await newton?.direction(gradient)) ?? gradient, epoch)
    }
    const own = { weights: [...weights.weights], intercept: weights.intercept }
    const measured = await work.validation?.measure(own, { epoch, target, state: watch })
    if (measured) watch = measured.state
    if (measured?.verdict?.best) best = { ...own, epoch }
    const stop = await endEpoch(context, weights)
    epoch++
    reportEpoch(context, { index, models: work.targets.length, epoch: epoch - behind })
    const over = stop || epoch - behind === params.max_iter
    const kept = {
      epoch,
      weights: weights.state(),
      watch,
      best,
      ...(newton && { newton: newton.state() }),
    }
    if (!over) {
      await place.after(kept, undefined)
      continue
    }
    const converged = stop && measured?.verdict?.over !== true
    const history = { iterations: epoch, converged, losses: [], best: best?.epoch }
    const last = best ?? own
    const progress = progressOf(weights, { epochs: epoch, best: best?.epoch })
    const model = { target, weights: last.weights, intercept: last.intercept, progress }
    await place.after(kept, { model, history })
    return history
  }
}

/** Tells the arbiter what its rule asks for, and hears whether the training ends. */
async function endEpoch(context: Context, weights: LinearWeights): Promise<boolean> {
  const { channel, params } = context
  const { squaredChange, squaredWeights } = weights.measure()
  if (params.converge_func === 'weight_diff') {
    const lengths = Float64Array.of(squaredChange, squaredWeights)
    await channel.send(arbiterOf(context), 'weight_change', floats.encode(lengths))
  }
  return json.decode(await channel.receive(arbiterOf(context), 'stop')) === true
}

/** How far a training is. */
export function reportEpoch(
  context: Context,
  { index, models, epoch }: { index: number; models: number; epoch: number },
): void {
  const { max_iter } = context.params
  const model = models > 1 ? `, model ${index + 1} of ${models}` : ''
  const note = `epoch ${epoch} of at most ${max_iter}${model}`
  context.progress(index * max_iter + epoch, models * max_iter, note)
}
