/**
 * The form in which logistic models are kept and shown.
 * @module
 */
import type { Model } from '../define.ts'
import type { Family } from './family.ts'
import type { LogisticParam } from './logistic-param.ts'
import type { Progress } from './warm-start.ts'

/** The kinds of linear models. */
export type ModelKind = Family['model'] | 'HomoLogisticRegression'

/** One binary model at one party. */
export interface TrainedWeights {
  /** The class that it tells from all others; null for the only model of a binary task. */
  readonly target: number | null
  readonly weights: readonly number[]
  readonly intercept: number
  /** For a training that goes on from here; absent in models that cannot tell. */
  readonly progress?: Progress
}

/** What prediction needs at one party. */
export interface LogisticState {
  /** Feature columns in the order of the weights. */
  readonly header: readonly string[]
  /** The negative and the positive label, or one label for each model. */
  readonly classes: readonly number[]
  readonly models: readonly TrainedWeights[]
  /** Of all who know the losses, one for each model, for a training that goes on from here. */
  readonly histories?: readonly TrainingHistory[]
}

/** How a training went; the same at all parties, the losses only at the arbiter. */
export interface TrainingHistory {
  readonly iterations: number
  readonly converged: boolean
  readonly losses: readonly number[]
  /** The epoch, counted from 0, whose weights the model has, where the training could stop early. */
  readonly best?: number
}

/** The model in FATE's wire names. One-vs-rest weights are keyed `class_<class>_<feature>`. */
export function toModel(
  param: LogisticParam,
  state: LogisticState,
  { model, ...history }: TrainingHistory & { model: ModelKind },
): Model {
  const oneVsRest = param.one_vs_rest_param.need_one_vs_rest
  const weight: Record<string, number> = {}
  for (const { target, weights } of state.models) {
    state.header.forEach((name, at) => {
      weight[target === null ? name : `class_${target}_${name}`] = weights[at]
    })
  }
  const intercepts = state.models.flatMap(({ target, intercept }) =>
    target === null ? [] : [[String(target), intercept] as const],
  )
  return {
    name: model,
    param: {
      iters: history.iterations,
      lossHistory: [...history.losses],
      isConverged: history.converged,
      ...(history.best === undefined ? {} : { bestIteration: history.best }),
      weight,
      intercept: oneVsRest ? 0 : (state.models[0]?.intercept ?? 0),
      header: [...state.header],
      needOneVsRest: oneVsRest,
      oneVsRestClasses: oneVsRest ? state.classes.map(String) : [],
      ...(oneVsRest ? { oneVsRestIntercepts: Object.fromEntries(intercepts) } : {}),
    },
    meta: {
      penalty: param.penalty,
      eps: param.eps,
      alpha: param.alpha,
      optimizer: param.optimizer,
      partyWeight: param.party_weight,
      batchSize: String(param.batch_size),
      learningRate: param.learning_rate,
      maxIter: String(param.max_iter),
      convergeFunc: param.converge_func,
      reEncryptBatches: String(param.re_encrypt_batches),
      fitIntercept: param.init_param.fit_intercept,
      needOneVsRest: oneVsRest,
    },
    state,
  }
}

/** The state in a stored model. Throws for a model of another kind. */
export function readState(model: Model, kind: ModelKind): LogisticState {
  const { state } = model
  if (model.name === kind && isState(state)) return state
  throw new Error(`A prediction with ${kind} cannot use a model of kind ${model.name}`)
}

function isState(value: unknown): value is LogisticState {
  if (typeof value !== 'object' || value === null) return false
  const { header, classes, models } = value as Partial<LogisticState>
  return Array.isArray(header) && Array.isArray(classes) && Array.isArray(models)
}
