/**
 * Logistic regression over rows that several parties hold of the same columns (FATE's HomoLR). Models are averaged by
 * secure aggregation: `homo-training.ts` has the protocol of one model.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { multiply } from '../../compute/ml/matrix.ts'
import { hostQuorum } from '../aggregate/opened-sum.ts'
import { crossValidated } from '../cross-validation.ts'
import { component, type DataSlot, type Model, type TaskContext } from '../define.ts'
import { headerOf } from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { modeGoingOn, modelOf } from '../run-mode.ts'
import { signsOf } from './classes.ts'
import { agreeOnPlan, frameOf, labelsOf, type Plan, receiveSize, type Size } from './homo-inputs.ts'
import { HOMO_MESSAGES, HomoLogisticParam } from './homo-param.ts'
import { eachTarget, resume } from './homo-targets.ts'
import {
  countRows,
  fitHomo,
  type HomoFitState,
  type HomoRound,
  shareOfRows,
  watchHomo,
} from './homo-training.ts'
import { homoValidation, weightsOfRows } from './homo-validation.ts'
import { type LogisticState, readState, toModel, type TrainingHistory } from './linear-model.ts'
import { LR_ROLES } from './lr-messages.ts'
import { concatPredictions, predictionFrame, type PredictionType } from './prediction.ts'
import { featureMatrix } from './row-alignment.ts'
import { type Validation, wantsValidation } from './validation.ts'
import { checkColumns, type Earlier, readEarlier, readHistories, type Start } from './warm-start.ts'

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
  quorum: (params, members) =>
    params.cv_param.need_cv ? undefined : hostQuorum(params.min_parties, members),
  messages: HOMO_MESSAGES,
  async run(context) {
    warnOfUnknown(context, HomoLogisticParam)
    const { params } = context
    // A fold has all of its parties: what it is measured by is of one set of rows.
    const min_parties = params.cv_param.need_cv ? null : params.min_parties
    await crossValidated(
      { ...context, params: { ...params, min_parties } },
      { roles: LR_ROLES, regression: false, run: runRole },
    )
  },
})

async function runRole(context: Context): Promise<void> {
  const { mode, warm } = modeGoingOn(context)
  if (mode.type === 'fit') {
    if (context.role === 'arbiter') await watch(context, warm)
    else await fit(context, { ...mode, warm })
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
}

async function fit(
  context: Context,
  { train, validate, warm }: { train: DataSlot; validate: DataSlot | undefined; warm: boolean },
): Promise<void> {
  const { params } = context
  const frame = await frameOf(context, train)
  const other = wantsValidation(context, validate) ? await frameOf(context, validate) : undefined
  const early = other !== undefined && params.early_stopping_rounds !== null
  const earlier = warm ? await readEarlier(context, { model: MODEL }) : undefined
  if (earlier) {
    const { self } = context.channel
    checkColumns(self, earlier, { names: headerOf(frame) })
  }
  const plan = await agreeOnPlan(context, frame, { stopsEarly: early, earlier })
  const validation = other && homoValidation(context, other, plan)
  const { state, history } = await fitAll(context, frame, { plan, validation, earlier })
  await context.writeModel(modelOfFit(context, state, history))
  let table = predict(context, frame, { state, type: 'train' })
  if (validate !== undefined) {
    const other = predict(context, await frameOf(context, validate), { state, type: 'validation' })
    table = concatPredictions(table, other)
  }
  await context.writeTable(table)
}

async function watch(context: Context, warm: boolean): Promise<void> {
  const size = await receiveSize(context)
  const before = warm ? await readHistories(context, { model: MODEL }) : []
  const { merged: history, histories } = await watchAll(context, { size, before })
  const classes = size.targets.flatMap((target) => target ?? [])
  await context.writeModel(
    modelOfFit(context, { header: [], classes, models: [], histories }, history),
  )
}

/** A data party's side of all models. */
async function fitAll(
  context: Context,
  frame: Frame,
  { plan, validation, earlier }: { plan: Plan; validation?: Validation; earlier?: Earlier },
): Promise<{ state: LogisticState; history: TrainingHistory }> {
  const labels = labelsOf(context, frame)
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  const matrix = featureMatrix(frame, { names: plan.header, order, owner: context.channel.self })
  const rowWeights = weightsOfRows(context, frame)
  const kept = await resume<HomoFitState>(context, plan.classes)
  const share = await shareOfRows(context, matrix.rows)
  const { models, history, histories } = await eachTarget<HomoFitState>(
    context,
    { kept, targets: plan.targets, validation },
    async (target, { index, ...options }) => {
      const start = earlier?.starts[index]
      const signs = signsOf(labels, target ?? plan.classes[1])
      const rows = { matrix, signs, rowWeights }
      const losses = earlier?.state.histories?.[index]?.losses ?? []
      const saved = options.saved ?? (start && startOf(start, losses))
      const behind = start?.epochs ?? 0
      const work = { ...options, saved, behind, share, target, validation }
      const { weights, intercept, progress, ...own } = await fitHomo(context, rows, work)
      return { history: own, model: { target, weights: [...weights], intercept, progress } }
    },
  )
  const { header, classes } = plan
  return { state: { header, classes, models, histories }, history }
}

/** The arbiter's side of all models. */
async function watchAll(
  context: Context,
  { size, before }: { size: Size; before?: readonly TrainingHistory[] },
): Promise<{ merged: TrainingHistory; histories: readonly TrainingHistory[] }> {
  const kept = await resume<HomoRound>(context)
  await countRows(context)
  const { history, histories } = await eachTarget<HomoRound>(
    context,
    { kept, targets: size.targets },
    async (_target, { index, ...options }) => {
      const behind = size.behind?.[index] ?? 0
      const losses = before?.[index]?.losses ?? []
      const start = behind > 0 ? { epoch: behind, losses } : undefined
      const saved = options.saved ?? start
      return { history: await watchHomo(context, size, { ...options, saved, behind }) }
    },
  )
  return { merged: history, histories }
}

/** A data party's state at the end of the training that this one goes on from. */
function startOf({ epochs, weights }: Start, losses: readonly number[]): HomoFitState {
  const model = Float64Array.of(...weights.weights, weights.intercept)
  return { epoch: epochs, losses, model, weights }
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
