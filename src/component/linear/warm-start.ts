/**
 * Training that goes on from a model: with both a model and training data connected, a linear model gets up to `max_iter`
 * epochs more, counted on from those it has (FATE 1.7's warm start). With the parameters and rows of before the result is,
 * bit for bit, that of one longer training.
 *
 * Where another optimiser or learning rate is asked for, or the model has the weights of its best epoch instead of its
 * last, the optimiser starts afresh.
 * @module
 */
import type { OptimizerState } from '../../compute/ml/optimizer.ts'
import type { Model, TaskContext } from '../define.ts'
import { modelOf } from '../run-mode.ts'
import {
  type LogisticState,
  type ModelKind,
  readState,
  type TrainingHistory,
} from './linear-model.ts'
import type { LinearWeights, WeightState } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'

/** Any linear model's training. */
type Warm = TaskContext<Pick<LogisticParam, 'optimizer' | 'learning_rate'>>

/** What a model has beside its weights, for a training that goes on from it. */
export interface Progress {
  /** Epochs behind the weights. */
  readonly epochs: number
  /** Absent where the weights are not those of the last step. */
  readonly optimizer?: OptimizerState
}

/** Where the training of one model starts. */
export interface Start {
  readonly epochs: number
  readonly weights: WeightState
}

/** What a party goes on from. */
export interface Earlier {
  readonly state: LogisticState
  readonly starts: readonly Start[]
}

/** A data party's model in the slot `model`, as something to go on from. Throws for one of another kind. */
export async function readEarlier(
  context: Warm,
  { model: kind }: { readonly model: ModelKind },
): Promise<Earlier> {
  const model = await modelOf(context)
  const state = readState(model, kind)
  const same = goesOn(model, context.params)
  const kept = state.models.map(({ progress }) => (same ? progress?.optimizer : undefined))
  if (kept.includes(undefined)) {
    context.log('info', 'The model has no state of this optimiser: it starts afresh')
  }
  const starts = state.models.map(({ weights, intercept, progress }, at): Start => {
    const optimizer = kept[at] ?? fresh(context.params)
    const values = Float64Array.from(weights)
    return { epochs: progress?.epochs ?? 0, weights: { weights: values, intercept, optimizer } }
  })
  return { state, starts }
}

/** The histories that an arbiter's model has, one for each model; none where it has no model, or an older one. */
export async function readHistories(
  context: Warm,
  { model: kind }: { readonly model: ModelKind },
): Promise<readonly TrainingHistory[]> {
  const [first] = await context.models('model')
  return first ? (readState(first.model, kind).histories ?? []) : []
}

/** Throws where columns of a table are not those of the model. */
export function checkColumns(
  owner: string,
  { state }: Earlier,
  { names, without }: { names: readonly string[]; without?: string | null },
): void {
  const known = new Set(state.header)
  const strange = names.find((name) => name !== without && !known.has(name))
  if (strange === undefined) return
  throw new Error(
    `The table of ${owner} has the column "${strange}", which the model that training starts from does not know: ` +
      'give the columns of before, or train without a model',
  )
}

/** Throws where the training would tell other classes apart than the model does. */
export function checkClasses(
  { state }: Earlier,
  { values, targets }: { values: readonly number[]; targets: readonly (number | null)[] },
): void {
  const same =
    state.classes.join() === values.join() &&
    state.models.map(({ target }) => target).join() === targets.join()
  if (same) return
  throw new Error(
    `The label column has the classes ${values.join(', ')}, the model that training starts from knows ` +
      `${state.classes.join(', ')}: give rows of the same ones, and the same need_one_vs_rest`,
  )
}

/** What is kept of a training that has ended. */
export function progressOf(
  weights: LinearWeights,
  { epochs, best }: { epochs: number; best: number | undefined },
): Progress {
  const last = best === undefined || best === epochs - 1
  return last ? { epochs, optimizer: weights.state().optimizer } : { epochs: best + 1 }
}

function goesOn({ meta }: Model, { optimizer, learning_rate }: Warm['params']): boolean {
  const { optimizer: name, learningRate } = (meta ?? {}) as Record<string, unknown>
  return name === optimizer && learningRate === learning_rate
}

function fresh({ learning_rate: rate }: Warm['params']): OptimizerState {
  return { rate, steps: 0, first: new Float64Array(), second: new Float64Array() }
}
