/**
 * Gradient boosted trees over rows that several parties have of the same columns (FATE's HomoSecureBoost).
 *
 * Every party bins its rows by thresholds that all agree on, quantiles of all rows together, found by counting
 * (`compute/ml/tree/quantile-search.ts`). For each level of a tree the parties' gradient histograms are added up by secure
 * aggregation; the arbiter sees only sums, finds the splits in them and tells the parties. Derivatives are rounded to
 * integers whose sums are exact, so the trees are those of the same learner on all rows in one table, bit for bit.
 *
 * Prediction needs nobody else: every party has the whole model. The parties are expected to follow the protocol.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { roundOf } from '../../compute/ml/tree/gbdt.ts'
import { addLeaves, findLeaves } from '../../compute/ml/tree/predict.ts'
import { agreeOnStep } from '../checkpoint.ts'
import { crossValidated } from '../cross-validation.ts'
import {
  type Component,
  component,
  type DataSlot,
  type Model,
  type TaskContext,
} from '../define.ts'
import { concatPredictions, type PredictionType } from '../linear/prediction.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, type RunMode } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam, warnOfScores } from './boosting-param.ts'
import { leadHomo } from './homo-arbiter.ts'
import { openHomo, receiveSize } from './homo-inputs.ts'
import { HOMO_MESSAGES, HOMO_ROLES } from './homo-messages.ts'
import { asBoosting, HomoSecureBoostParam } from './homo-param.ts'
import { boostHomo, type HomoValidation } from './homo-party.ts'
import { metaOf, type GuestState, treesShown } from './sbt-model.ts'
import { openTree, type TreeTable } from './tree-inputs.ts'
import { encodeLabels, type Task, taskFor, treePredictions } from './tree-prediction.ts'
import { boostingMode, checkOutputs, checkWarm } from './warm-start.ts'

type Context = TaskContext<BoostingTreeParam>

/** What a party needs to predict: all trees, as everybody has them. */
export interface HomoState extends Omit<GuestState, 'side'> {
  readonly side: 'homo'
}

/** Boosted trees between parties with different rows. */
export const homoSecureBoost = component({
  name: 'HomoSecureBoost',
  summary: 'Boosted trees over the rows of several parties, by secure aggregation',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: HomoSecureBoostParam,
  paramsName: 'HomoSecureBoostParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: HOMO_MESSAGES,
  async run(context) {
    warnOfUnknown(context, HomoSecureBoostParam)
    const params = asBoosting(context.params)
    warnOfScores(context, params)
    warnOfArbiter(context)
    await crossValidated(
      { ...context, params },
      { roles: HOMO_ROLES, regression: params.task_type === 'regression', run: runRole },
    )
  },
})

/** The same under the name of FATE 1.4. */
export const homoSecureboost: Component = { ...homoSecureBoost, name: 'HomoSecureboost' }

/** With two data parties an arbiter that is one of them could take its own part off every sum. */
function warnOfArbiter(context: TaskContext): void {
  const { guest = [], host = [], arbiter = [] } = context.members
  const holder = arbiter.find((party) => [...guest, ...host].includes(party))
  if (context.role !== 'guest' || holder === undefined) return
  context.warn(
    `Party ${holder} is the arbiter and holds data too: it could take its own part off the sums of all parties. ` +
      'Let a party without data be the arbiter',
  )
}

async function runRole(context: Context): Promise<void> {
  const { mode, warm } = boostingMode(context)
  const { early_stopping_rounds: patience } = context.params
  if (mode.type === 'fit' && mode.validate === undefined && patience !== null) {
    throw new Error('early_stopping_rounds needs a validation table: connect eval_data')
  }
  if (context.role === 'arbiter') await lead(context, mode)
  else if (mode.type === 'fit') {
    await fit(context, mode, warm ? readHomo(await modelOf(context)) : undefined)
  } else await predict(context, mode.slot)
}

async function lead(context: Context, mode: RunMode): Promise<void> {
  if (mode.type === 'predict') {
    context.log('info', 'Prediction needs no arbiter: nothing to do')
    return
  }
  const size = await receiveSize(context)
  const saved = await agreeOnStep(context, HOMO_ROLES)
  const validated = mode.validate !== undefined
  const { losses, watch, watching, start } = await leadHomo(context, { size, validated, saved })
  const best = size.rounds + (watching?.bestRound(watch) ?? losses.length - 1)
  const treeDim = roundOf(start.initial.length, boostRule(context.params)).length
  await context.writeModel({
    name: 'HomoSecureBoostingTreeArbiter',
    param: {
      treeNum: (best + 1) * treeDim,
      treeDim,
      losses: [...losses],
      bestIteration: best,
    },
    meta: metaOf(context.params),
  })
}

async function fit(
  context: Context,
  mode: Extract<RunMode, { type: 'fit' }>,
  earlier: HomoState | undefined,
): Promise<void> {
  const { params, role, position } = context
  if (earlier) {
    checkWarm(context, earlier)
    checkOutputs(context, earlier)
  }
  const table = await openHomo(context, mode.train, earlier)
  const { header, task } = table
  const rule = boostRule(params)
  const { missing } = rule
  const other =
    mode.validate === undefined
      ? undefined
      : await openTree(context, { slot: mode.validate, rule: missing, header })
  const validation = other && validationOf(context, other, task)
  const saved = await agreeOnStep(context, HOMO_ROLES)
  const done = await boostHomo(context, { table, validation, saved, earlier })
  const best = done.watching?.bestRound(done.watch) ?? done.losses.length - 1
  const rounds = done.first + best + 1
  const state: HomoState = {
    side: 'homo',
    header,
    missing,
    classes: task.classes,
    initial: done.start.initial,
    trees: done.trees.slice(0, rounds * roundOf(task.objective.outputs, rule).length),
  }
  const history = { losses: done.losses, bestRound: rounds - 1 }
  const site = role === 'guest' ? 'guest' : `host.${position}`
  await context.writeModel({
    name: role === 'guest' ? GUEST_MODEL : HOST_MODEL,
    ...treesShown(params, state, { history, site }),
    state,
  })
  let frame = await predicted(context, state, { table, type: 'train' })
  if (other) {
    frame = concatPredictions(
      frame,
      await predicted(context, state, { table: other, type: 'validation' }),
    )
  }
  await context.writeTable(frame)
}

async function predict(context: Context, slot: DataSlot): Promise<void> {
  const state = readHomo(await modelOf(context))
  const { header, missing } = state
  const table = await openTree(context, { slot, rule: missing, header })
  await context.writeTable(await predicted(context, state, { table, type: 'test' }))
  context.progress(1, 1)
}

async function predicted(
  context: Context,
  state: HomoState,
  { table, type }: { table: TreeTable; type: PredictionType },
): Promise<Frame> {
  const { trees, initial, missing, classes } = state
  const rows = table.ids.length
  const scores = initial.map((score) => new Float64Array(rows).fill(score))
  const leaves = await findLeaves(trees, { columns: table.columns, rows, rule: missing })
  addLeaves(scores, trees, leaves)
  const { threshold } = context.params.predict_param
  return treePredictions(table, scores, { task: taskFor(context.params, classes), threshold, type })
}

/** The rows of a validation table that have a known label. */
function validationOf(context: Context, table: TreeTable, task: Task): HomoValidation {
  const found = label(table.frame)
  const labels = encodeLabels(
    Float64Array.from(table.order, (row) => found?.[row] ?? Number.NaN),
    task,
  )
  const known = table.order.map((_, at) => at).filter((at) => Number.isFinite(labels[at]))
  if (known.length < labels.length) {
    const lacking = labels.length - known.length
    context.warn(
      `${lacking} rows of the validation table have no known label: they are not measured`,
    )
  }
  const pick = (values: Float64Array) => Float64Array.from(known, (at) => values[at])
  return { columns: table.columns.map(pick), labels: pick(labels) }
}

const GUEST_MODEL = 'HomoSecureBoostingTreeGuest'
const HOST_MODEL = 'HomoSecureBoostingTreeHost'

function readHomo(model: Model): HomoState {
  const state = model.state as Partial<HomoState> | undefined
  if (state?.side === 'homo' && Array.isArray(state.trees)) return state as HomoState
  throw new Error(`HomoSecureBoost cannot predict with a model of kind ${model.name}`)
}
