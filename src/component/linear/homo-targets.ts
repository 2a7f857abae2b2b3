/**
 * The models of a HomoLR, one for each target, one after another: what is kept and told of each round.
 * @module
 */
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import type { WatchState } from '../tree/sbt-watch.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import type { HomoRound } from './homo-training.ts'
import type { TrainedWeights, TrainingHistory } from './linear-model.ts'
import { mergeHistories } from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import type { Validation } from './validation.ts'

type Context = TaskContext<HomoLogisticParam>

/** The models that are finished, and where the next one is. */
export interface Kept<S> {
  readonly models: readonly TrainedWeights[]
  readonly histories: readonly (TrainingHistory & { readonly watch?: WatchState })[]
  readonly current: S | null
}

/** Where the parties go on. The folds of a cross validation start over: each is short. */
export async function resume<S>(
  context: Context,
  fold: number | undefined,
): Promise<Kept<S> & { step: number }> {
  const saved = fold === undefined ? await agreeOnStep(context, LR_ROLES) : undefined
  if (!saved) return { models: [], histories: [], current: null, step: 0 }
  return { ...(saved.state as Kept<S>), step: saved.step }
}

/** Trains one model after another; each round is kept and told. */
export async function eachTarget<S extends HomoRound>(
  context: Context,
  work: {
    kept: Kept<S> & { step: number }
    targets: readonly (number | null)[]
    fold: number | undefined
    validation?: Validation
  },
  train: (
    target: number | null,
    options: {
      index: number
      saved: S | undefined
      after: (state: S, over: boolean) => Promise<void>
    },
  ) => Promise<{ history: TrainingHistory; model?: TrainedWeights }>,
): Promise<{
  models: TrainedWeights[]
  history: TrainingHistory
  histories: readonly TrainingHistory[]
}> {
  const { kept, targets, fold } = work
  const models = [...kept.models]
  const histories = [...kept.histories]
  let { step } = kept
  const keep = async (current: S | null): Promise<void> => {
    step++
    if (fold !== undefined) return
    await context.checkpoints.save(step, { models, histories, current } satisfies Kept<S>)
  }
  for (const [index, target] of targets.entries()) {
    const curve = [target, fold].filter((part) => part !== null && part !== undefined).join('.')
    const done = histories[index]
    const saved = index === histories.length ? (kept.current ?? undefined) : undefined
    tellLosses(context, { curve, losses: done?.losses ?? saved?.losses ?? [], from: 0 })
    if (done) {
      work.validation?.tell({ state: done.watch, from: 0, target })
      continue
    }
    const { history, model } = await train(target, {
      index,
      saved,
      async after(state, over) {
        tellLosses(context, { curve, losses: state.losses, from: state.losses.length - 1 })
        reportEpoch(context, { index: index + (fold ?? 0), models: targets.length, ...state })
        if (!over) await keep(state)
      },
    })
    if (model) models.push(model)
    histories.push(history)
    await keep(null)
  }
  return { models, history: mergeHistories(histories), histories }
}

/** Publishes losses from round `from` on; `curve` names the class or fold. */
function tellLosses(
  context: Context,
  { curve, losses, from }: { curve: string; losses: readonly number[]; from: number },
): void {
  if (from === losses.length) return
  context.metric({
    namespace: 'train',
    name: curve === '' ? 'loss' : `loss.${curve}`,
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: {
      name: 'train',
      metric_type: 'LOSS',
      unit_name: 'iters',
      curve_name: curve === '' ? 'loss' : `train.${curve}`,
    },
  })
}

function reportEpoch(
  context: Context,
  { index, models, epoch }: { index: number; models: number; epoch: number },
): void {
  const { params } = context
  const parts = params.cv_param.need_cv ? params.cv_param.n_splits : 1
  const note = `epoch ${epoch} of at most ${params.max_iter}`
  context.progress(index * params.max_iter + epoch, parts * models * params.max_iter, note)
}
