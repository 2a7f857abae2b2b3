/**
 * The models of a HomoLR, one for each target, one after another: what is kept and told of each round.
 * @module
 */
import { agreeOnOpened, type OpenedSums } from '../aggregate/opened-sum.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import type { WatchState } from '../tree/sbt-watch.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import { dataParties, type HomoRound } from './homo-training.ts'
import type { TrainedWeights, TrainingHistory } from './linear-model.ts'
import { mergeHistories } from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import { arbiterOf } from './row-alignment.ts'
import type { Validation } from './validation.ts'

type Context = TaskContext<HomoLogisticParam>

/** The models that are finished, and where the next one is. */
export interface Kept<S> {
  readonly models: readonly TrainedWeights[]
  readonly histories: readonly (TrainingHistory & { readonly watch?: WatchState })[]
  readonly current: S | null
  /** Where parties may be lost: whom its sums are of, and one that was opened after this. */
  readonly opened?: OpenedSums
  /** The label values of all who began, for those who go on without them. */
  readonly classes?: readonly number[]
}

/** Where the parties go on. */
export async function resume<S>(
  context: Context,
  classes?: readonly number[],
): Promise<Kept<S> & { step: number }> {
  const saved = await agreeOnStep(context, LR_ROLES)
  const found: Kept<S> & { step: number } = saved
    ? { ...(saved.state as Kept<S>), step: saved.step }
    : { models: [], histories: [], current: null, step: 0 }
  if (!maySpare(context)) return found
  const contributors = dataParties(context)
  const server = arbiterOf(context)
  const sum = await agreeOnOpened(context, saved, { server, contributors })
  const start = { ...found, classes, opened: { of: contributors, ...(sum ? { sum } : {}) } }
  if (saved) return start
  // A state of its own before the first round: that one must not be added up of others either.
  const { step: _none, ...state } = start
  await context.checkpoints.save(1, state satisfies Kept<S>)
  return { ...start, step: 1 }
}

/** Whether parties may be lost while the others go on. */
export function maySpare({ params }: Pick<Context, 'params'>): boolean {
  return params.min_parties !== null
}

/** Trains one model after another; each round is kept and told. */
export async function eachTarget<S extends HomoRound>(
  context: Context,
  work: {
    kept: Kept<S> & { step: number }
    targets: readonly (number | null)[]
    validation?: Validation
  },
  train: (
    target: number | null,
    options: {
      index: number
      saved: S | undefined
      /** What the first round came to in an earlier try. */
      opened: Float64Array | undefined
      /** Keeps a sum before anybody is told of it. */
      keepSum: (sum: Float64Array) => Promise<void>
      after: (state: S, over: boolean) => Promise<void>
    },
  ) => Promise<{ history: TrainingHistory; model?: TrainedWeights }>,
): Promise<{
  models: TrainedWeights[]
  history: TrainingHistory
  histories: readonly TrainingHistory[]
}> {
  const { kept, targets } = work
  const models = [...kept.models]
  const histories = [...kept.histories]
  let { step, current } = kept
  const save = async (sum?: Float64Array): Promise<void> => {
    const { opened, classes } = kept
    const spared = opened && { classes, opened: { of: opened.of, ...(sum ? { sum } : {}) } }
    await context.checkpoints.save(step, {
      models,
      histories,
      current,
      ...spared,
    } satisfies Kept<S>)
  }
  const keep = async (next: S | null): Promise<void> => {
    step++
    current = next
    await save()
  }
  const keepSum = async (sum: Float64Array): Promise<void> => {
    if (kept.opened) await save(sum)
  }
  for (const [index, target] of targets.entries()) {
    const curve = target === null ? '' : String(target)
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
      opened: index === kept.histories.length ? kept.opened?.sum : undefined,
      keepSum,
      async after(state, over) {
        tellLosses(context, { curve, losses: state.losses, from: state.losses.length - 1 })
        reportEpoch(context, { index, models: targets.length, ...state })
        if (!over) await keep(state)
      },
    })
    if (model) models.push(model)
    histories.push(history)
    await keep(null)
  }
  return { models, history: mergeHistories(histories), histories }
}

/** Publishes losses from round `from` on; `curve` names the class. */
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
  const note = `epoch ${epoch} of at most ${params.max_iter}`
  context.progress(index * params.max_iter + epoch, models * params.max_iter, note)
}
