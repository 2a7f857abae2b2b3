/**
 * Logistic regression over rows that several parties hold of the same columns (FATE's HomoLR). Models are averaged by
 * secure aggregation: `homo-training.ts` has the protocol of one model.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { multiply } from '../../compute/ml/matrix.ts'
import { agreeOnStep } from '../checkpoint.ts'
import { foldMeasures } from '../cross-validation.ts'
import { component, type DataSlot, type Model, type TaskContext } from '../define.ts'
import { evaluateTable } from '../evaluate/evaluation.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import type { WatchState } from '../tree/sbt-watch.ts'
import { signsOf } from './classes.ts'
import {
  agreeOnPlan,
  folds,
  frameOf,
  labelsOf,
  type Plan,
  receiveSize,
  type Size,
} from './homo-inputs.ts'
import { HOMO_MESSAGES, HomoLogisticParam } from './homo-param.ts'
import {
  countRows,
  fitHomo,
  type HomoFitState,
  type HomoRound,
  shareOfRows,
  watchHomo,
} from './homo-training.ts'
import { homoValidation, weightsOfRows } from './homo-validation.ts'
import {
  type LogisticState,
  readState,
  toModel,
  type TrainedWeights,
  type TrainingHistory,
} from './linear-model.ts'
import { mergeHistories } from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import { concatPredictions, predictionFrame, type PredictionType } from './prediction.ts'
import { featureMatrix } from './row-alignment.ts'
import { type Validation, wantsValidation } from './validation.ts'

const MODEL = 'HomoLogisticRegression'

type Context = TaskContext<HomoLogisticParam>

/** Logistic regression between parties with different rows. */
export const homoLr = component({
  name: 'HomoLR',
  summary: 'Logistic regression over the rows of several parties, by secure aggregation',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: HomoLogisticParam,
  paramsName: 'LogisticParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: HOMO_MESSAGES,
  async run(context) {
    warnOfUnknown(context, HomoLogisticParam)
    const mode = modeOf(context)
    if (mode.type === 'fit') {
      if (context.role === 'arbiter') await watch(context)
      else await fit(context, mode)
      return
    }
    if (context.role === 'arbiter') {
      context.log('info', 'Prediction needs no arbiter: nothing to do')
      return
    }
    const state = readState(await modelOf(context), MODEL)
    await context.writeTable(
      predict(context, await frameOf(context, mode.slot), { state, type: 'test' }),
    )
    context.progress(1, 1)
  },
})

async function fit(
  context: Context,
  { train, validate }: { train: DataSlot; validate: DataSlot | undefined },
): Promise<void> {
  const { params } = context
  const frame = await frameOf(context, train)
  const other =
    !params.cv_param.need_cv && wantsValidation(context, validate)
      ? await frameOf(context, validate)
      : undefined
  const early = other !== undefined && params.early_stopping_rounds !== null
  const plan = await agreeOnPlan(context, frame, early)
  const validation = other && homoValidation(context, other, plan)
  if (params.cv_param.need_cv) {
    for (const [at, [seen, unseen]] of folds(context, frame).entries()) {
      const { state } = await fitAll(context, seen, { plan, fold: at })
      for (const [name, table, type] of [
        [`train_fold_${at}`, seen, 'train'],
        [`validate_fold_${at}`, unseen, 'validation'],
      ] as const) {
        const eval_type = plan.targets.length > 1 ? 'multi' : 'binary'
        const pos_label = plan.classes[1]
        const params = foldMeasures(context.params.cv_param, { eval_type, pos_label })
        const predicted = predict(context, table, { state, type })
        evaluateTable({ ...context, params }, { source: name, frame: predicted })
      }
    }
    return
  }
  const { state, history } = await fitAll(context, frame, { plan, validation })
  await context.writeModel(modelOfFit(context, state, history))
  let table = predict(context, frame, { state, type: 'train' })
  if (validate !== undefined) {
    const other = predict(context, await frameOf(context, validate), { state, type: 'validation' })
    table = concatPredictions(table, other)
  }
  await context.writeTable(table)
}

async function watch(context: Context): Promise<void> {
  const size = await receiveSize(context)
  const { cv_param } = context.params
  if (cv_param.need_cv) {
    for (let fold = 0; fold < cv_param.n_splits; fold++) await watchAll(context, { size, fold })
    return
  }
  const history = await watchAll(context, { size })
  const classes = size.targets.flatMap((target) => target ?? [])
  await context.writeModel(modelOfFit(context, { header: [], classes, models: [] }, history))
}

/** The models that are finished, and where the next one is. */
interface Kept<S> {
  readonly models: readonly TrainedWeights[]
  readonly histories: readonly (TrainingHistory & { readonly watch?: WatchState })[]
  readonly current: S | null
}

/** A data party's side of all models. */
async function fitAll(
  context: Context,
  frame: Frame,
  { plan, fold, validation }: { plan: Plan; fold?: number; validation?: Validation },
): Promise<{ state: LogisticState; history: TrainingHistory }> {
  const labels = labelsOf(context, frame)
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  const matrix = featureMatrix(frame, { names: plan.header, order, owner: context.channel.self })
  const rowWeights = weightsOfRows(context, frame)
  const kept = await resume<HomoFitState>(context, fold)
  const share = await shareOfRows(context, matrix.rows)
  const { models, history } = await eachTarget<HomoFitState>(
    context,
    { kept, targets: plan.targets, fold, validation },
    async (target, options) => {
      const signs = signsOf(labels, target ?? plan.classes[1])
      const rows = { matrix, signs, rowWeights }
      const done = await fitHomo(context, rows, { ...options, share, target, validation })
      const { weights, intercept, ...own } = done
      return { history: own, model: { target, weights: [...weights], intercept } }
    },
  )
  return { state: { header: plan.header, classes: plan.classes, models }, history }
}

/** The arbiter's side of all models. */
async function watchAll(
  context: Context,
  { size, fold }: { size: Size; fold?: number },
): Promise<TrainingHistory> {
  const kept = await resume<HomoRound>(context, fold)
  await countRows(context)
  const { history } = await eachTarget<HomoRound>(
    context,
    { kept, targets: size.targets, fold },
    async (_target, options) => ({ history: await watchHomo(context, size, options) }),
  )
  return history
}

/** Where the parties go on. The folds of a cross validation start over: each is short. */
async function resume<S>(
  context: Context,
  fold: number | undefined,
): Promise<Kept<S> & { step: number }> {
  const saved = fold === undefined ? await agreeOnStep(context, LR_ROLES) : undefined
  if (!saved) return { models: [], histories: [], current: null, step: 0 }
  return { ...(saved.state as Kept<S>), step: saved.step }
}

/** Trains one model after another; each round is kept and told. */
async function eachTarget<S extends HomoRound>(
  context: Context,
  work: {
    kept: Kept<S> & { step: number }
    targets: readonly (number | null)[]
    fold: number | undefined
    validation?: Validation
  },
  train: (
    target: number | null,
    options: { saved: S | undefined; after: (state: S, over: boolean) => Promise<void> },
  ) => Promise<{ history: TrainingHistory; model?: TrainedWeights }>,
): Promise<{ models: TrainedWeights[]; history: TrainingHistory }> {
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
  return { models, history: mergeHistories(histories) }
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

function modelOfFit(context: Context, state: LogisticState, history: TrainingHistory): Model {
  const { params } = context
  const model = toModel(params, state, { ...history, model: MODEL })
  return { ...model, meta: { ...model.meta, aggregateIters: params.aggregate_iters } }
}

function predict(
  context: Context,
  frame: Frame,
  { state, type }: { state: LogisticState; type: PredictionType },
): Frame {
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  const matrix = featureMatrix(frame, { names: state.header, order, owner: context.channel.self })
  return predictionFrame({
    idName: frame.idName,
    ids: frame.ids,
    labels: label(frame),
    classes: state.classes,
    predictors: state.models.map(({ weights, intercept }) =>
      multiply(matrix, Float64Array.from(weights)).map((wx) => wx + intercept),
    ),
    threshold: context.params.predict_param.threshold,
    type,
  })
}
