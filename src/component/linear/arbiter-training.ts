/**
 * Training of linear models over columns that several parties hold of the same rows, with an arbiter: the guest has the
 * labels, the arbiter the only key and no data. With the residual d of `family.ts` each party's gradient is Xᵀd and the
 * loss a linear function of mean(d²). `slope-step.ts` has a batch, `fit-models.ts` the epochs of a data party,
 * `arbiter-watch.ts` those of the arbiter, `validation.ts` what is measured in between.
 *
 * Each party takes the optimiser's steps itself: nobody else ever sees its gradient or its weights. After an epoch the
 * arbiter says whether to stop, and everyone keeps its state (`lr-checkpoint.ts`): a later attempt goes on from the last
 * epoch that all have, with a new key, to the same bits. The parties are expected to follow the protocol.
 * @module
 */
import { features } from '../../compute/ml/frame.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { modeGoingOn, modelOf, type RunMode } from '../run-mode.ts'
import { receiveKey } from './arbiter-key.ts'
import { watchTraining } from './arbiter-watch.ts'
import { cutBatches } from './batches.ts'
import { classesOf, signsOf } from './classes.ts'
import type { CipherContext } from './encrypted-slope.ts'
import type { Family } from './family.ts'
import { type BatchStep, fitModels, type FitWork } from './fit-models.ts'
import { readState, toModel } from './linear-model.ts'
import type { LogisticParam } from './logistic-param.ts'
import {
  batchesOf,
  labelsOf,
  logExposureOf,
  openTable,
  type OpenTable,
  type Plan,
  receivePlan,
  requireCounts,
  rowWeightsOf,
} from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import { predictGuest, predictHost } from './lr-predict.ts'
import { warnOfColludingArbiter, warnOfThinBatches } from './lr-warnings.ts'
import { newtonPlan } from './newton-plan.ts'
import { type Curvature, openNewton } from './newton.ts'
import { poissonGuestStep, poissonHostStep } from './poisson-step.ts'
import { concatPredictions } from './prediction.ts'
import { alignGuest, alignHost, arbiterOf, guestOf, hostsOf } from './row-alignment.ts'
import {
  slopeGuestCurvature,
  slopeGuestStep,
  slopeHostCurvature,
  slopeHostStep,
} from './slope-step.ts'
import { guestValidation, hostValidation, wantsValidation } from './validation.ts'
import {
  checkClasses,
  checkColumns,
  type Earlier,
  readEarlier,
  readHistories,
} from './warm-start.ts'

type Context = TaskContext<LogisticParam>

type FitMode = Extract<RunMode, { type: 'fit' }>

/** What is not as usual in a training. */
export interface FitOptions {
  /** Whether a host may have no column. */
  readonly bare?: boolean
  /** Whether the tables are predicted in the end; they are unless said otherwise. */
  readonly predicts?: boolean
  /** The model that the training goes on from. */
  readonly earlier?: Earlier
}

/** Trains or predicts, as the graph asks, in the role of the context. */
export async function runLinear(
  context: Context,
  family: Family,
  options: FitOptions = {},
): Promise<void> {
  const { mode, warm } = modeGoingOn(context)
  if (context.role === 'arbiter') {
    const earlier = warm ? await readHistories(context, family) : []
    if (mode.type === 'fit') return watchTraining(context, family, { earlier })
    context.log('info', 'Prediction needs no arbiter: nothing to do')
    return
  }
  if (context.role === 'guest') {
    if (hostsOf(context).length === 0) throw new Error(`${context.name} needs at least one host`)
    const earlier = warm ? await readEarlier(context, family) : undefined
    if (mode.type === 'fit') return fitGuest(context, family, { ...options, ...mode, earlier })
    const state = readState(await modelOf(context), family.model)
    const table = { slot: mode.slot, type: 'test', family } as const
    await context.writeTable(await predictGuest(context, state, table))
    return
  }
  if (context.role !== 'host') throw new Error(`${context.name} has no role ${context.role}`)
  const earlier = warm ? await readEarlier(context, family) : undefined
  if (mode.type === 'fit') return fitHost(context, family, { ...options, ...mode, earlier })
  await predictHost(context, readState(await modelOf(context), family.model), mode.slot)
}

async function fitGuest(
  context: Context,
  family: Family,
  mode: FitMode & FitOptions,
): Promise<void> {
  const { channel, params } = context
  const { earlier } = mode
  const known = earlier?.state.header
  const data = await openTable(context, {
    slot: mode.train,
    header: known,
    without: family.exposure,
  })
  if (earlier)
    checkColumns(channel.self, earlier, { names: namesOf(data), without: family.exposure })
  const labels = labelsOf(data)
  if (family.rates) requireCounts(data.frame, labels)
  const classes = family.classes
    ? classesOf(labels, {
        oneVsRest: params.one_vs_rest_param.need_one_vs_rest,
        column: data.frame.labelName ?? 'label',
      })
    : { values: [], targets: [null] }
  if (earlier) checkClasses(earlier, classes)
  const rowWeights = rowWeightsOf(data)
  warnOfColludingArbiter(context)
  const widths = await alignGuest(context, data.ids)
  const batches = cutBatches(data.ids.length, params.batch_size)
  warnOfThinBatches(context, { batches, widths })
  const { header } = data
  const table = { family, header, classes: classes.values }
  const validation = wantsValidation(context, mode.validate)
    ? await guestValidation(context, { slot: mode.validate, ...table })
    : undefined
  const watched = validation !== undefined
  const plan: Plan = {
    sizes: batches.map(({ from, to }) => to - from),
    targets: classes.targets,
    watched,
    stopsEarly: watched && params.early_stopping_rounds !== null,
    newton: newtonPlan(params),
  }
  for (const to of [...hostsOf(context), arbiterOf(context)]) {
    await channel.send(to, 'plan', json.encode(plan))
  }
  const saved = await agreeOnStep(context, LR_ROLES)
  const cipher = await receiveKey(context)
  const stepOf = guestSteps({ context, cipher, data, family }, { labels, rowWeights, classes })
  const { targets } = classes
  const width = header.length
  const starts = earlier?.starts
  const slopes = { context, cipher, data, family }
  const newtonOf = newtonOver(slopes, plan, slopeGuestCurvature(slopes, rowWeights))
  const work = { features: width, batches, targets, saved, validation, stepOf, newtonOf, starts }
  const fit = await fitModels(context, work)

  const state = { header, classes: classes.values, models: fit.models }
  await context.writeModel(toModel(params, state, { ...fit, model: family.model }))
  if (mode.predicts === false) return
  let frame = await predictGuest(context, state, { slot: mode.train, type: 'train', family })
  if (mode.validate !== undefined) {
    const other = { slot: mode.validate, type: 'validation', family } as const
    frame = concatPredictions(frame, await predictGuest(context, state, other))
  }
  await context.writeTable(frame)
}

/** The feature columns that a table has. */
function namesOf({ frame }: OpenTable): string[] {
  return features(frame).map(({ name }) => name)
}

interface Work {
  readonly context: Context
  readonly cipher: CipherContext
  readonly data: OpenTable
  readonly family: Family
}

/** The optimiser `sqn` for each model, where the plan has it. */
function newtonOver(
  { context, cipher, data }: Work,
  { newton: plan }: Plan,
  curvature: Curvature,
): FitWork['newtonOf'] {
  if (!plan) return undefined
  const { role, params } = context
  const intercept = role === 'guest' && params.init_param.fit_intercept
  const rows = data.ids.length
  return (weights, saved) =>
    openNewton(context, { plan, weights, cipher, rows, intercept, curvature, saved })
}

/** The guest's batches of the model of one target. */
function guestSteps(
  work: Work,
  rows: {
    labels: Float64Array
    rowWeights: Float64Array | undefined
    classes: { readonly values: readonly number[] }
  },
): (target: number | null) => BatchStep {
  const { data, family } = work
  const { labels, rowWeights, classes } = rows
  if (family.rates) {
    const logExposure = logExposureOf(data, family.exposure)
    const own = { labels, logExposure, rowWeights }
    return () => (weights, batch) => poissonGuestStep(work, own, { weights, batch })
  }
  return (target) => {
    const goals = family.classes ? signsOf(labels, target ?? classes.values[1]) : labels
    const own = { centres: goals.map(family.centre), rowWeights }
    return (weights, batch) => slopeGuestStep(work, own, { weights, batch })
  }
}

async function fitHost(
  context: Context,
  family: Family,
  mode: FitMode & FitOptions,
): Promise<void> {
  const { channel, params } = context
  const { earlier } = mode
  const data = await openTable(context, { slot: mode.train, header: earlier?.state.header })
  if (earlier) checkColumns(channel.self, earlier, { names: namesOf(data) })
  const { header } = data
  if (header.length === 0 && mode.bare !== true) {
    throw new Error(`The table of ${channel.self} has no features`)
  }
  await alignHost(context, { ids: data.ids, columns: header.length })
  const measured = wantsValidation(context, mode.validate)
    ? await hostValidation(context, { slot: mode.validate, header })
    : undefined
  const plan = await receivePlan(context)
  const batches = batchesOf(plan.sizes)
  if (batches.at(-1)?.to !== data.ids.length) {
    throw new Error(`${guestOf(context)} planned for other rows`)
  }
  const validation = plan.watched ? measured : undefined
  const saved = await agreeOnStep(context, LR_ROLES)
  const cipher = await receiveKey(context)
  const work = { context, cipher, data, family }
  const step = family.rates ? poissonHostStep : slopeHostStep
  const fit = await fitModels(context, {
    features: header.length,
    batches,
    targets: plan.targets,
    saved,
    validation,
    stepOf: () => (weights, batch) => step(work, { weights, batch }),
    newtonOf: newtonOver(work, plan, slopeHostCurvature(work)),
    starts: earlier?.starts,
  })

  const classes = plan.targets.flatMap((target) => target ?? [])
  const state = { header, classes, models: fit.models }
  await context.writeModel(toModel(params, state, { ...fit, model: family.model }))
  if (mode.predicts === false) return
  await predictHost(context, state, mode.train)
  if (mode.validate !== undefined) await predictHost(context, state, mode.validate)
}
