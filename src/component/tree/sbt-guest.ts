/**
 * The guest of HeteroSecureBoost: has the labels and the key, grows the trees, and is the only one to know them.
 * @module
 */
import { drawGradientKey, type GradientSecret } from '../../compute/crypto/gradient-vector.ts'
import { label } from '../../compute/ml/frame.ts'
import { treesPerRound } from '../../compute/ml/tree/predict.ts'
import { blob } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { concatPredictions } from '../linear/prediction.ts'
import { alignGuest, hostsOf } from '../linear/row-alignment.ts'
import { modelOf, type RunMode } from '../run-mode.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { scoreBlindly } from './eini-sides.ts'
import { order } from './remote-splitter.ts'
import { boost, keptLabels, type Validation } from './sbt-boost.ts'
import { SBT_ROLES } from './sbt-messages.ts'
import { guestModel, type GuestState, readGuest } from './sbt-model.ts'
import { scoreTable } from './sbt-scores.ts'
import { createWatch, type Watch } from './sbt-watch.ts'
import { openTree, treeLabels, type TreeTable } from './tree-inputs.ts'
import { encodeLabels, type Task, taskFor, taskOf, treePredictions } from './tree-prediction.ts'
import { boostingMode, checkOutputs, checkWarm, warmTask } from './warm-start.ts'

type Context = TaskContext<BoostingTreeParam>

/** What is learnt from the labels, and what of it is measured after every round. */
export interface GuestRules {
  /** The task of a training, from the labels of its rows; `column` is what a message calls them. */
  taskOf(params: BoostingTreeParam, labels: Float64Array, column: string): Task
  /** The task of a model that is there, from its classes. */
  taskFor(params: BoostingTreeParam, classes: readonly number[]): Task
  /** What is learnt in the place of the labels, drawn once for a training. */
  disguise?(labels: Float64Array): Float64Array
  /** What is measured of the rows that are learnt from, beside the loss. */
  watchTrain?(params: BoostingTreeParam, task: Task): Watch | undefined
  /** What is measured of a validation table, and when training ends by it. */
  watchValidation(params: BoostingTreeParam, task: Task): Watch | undefined
}

/** The rules of FATE's parameters. */
const FATE_RULES: GuestRules = { taskOf, taskFor, watchValidation: createWatch }

/** Runs the guest. */
export async function runGuest(context: Context, rules: GuestRules = FATE_RULES): Promise<void> {
  if (hostsOf(context).length === 0) throw new Error('HeteroSecureBoost needs at least one host')
  const { mode, warm } = boostingMode(context)
  if (mode.type === 'predict') await predict(context, mode.slot, rules)
  else await fit(context, { ...mode, rules }, warm ? readGuest(await modelOf(context)) : undefined)
  // Online nothing was ordered, but under EINI.
  if (context.online && !context.params.EINI_inference) return
  for (const host of hostsOf(context)) await order(context, host, { do: 'finish' })
}

async function predict(context: Context, slot: DataSlot, rules: GuestRules): Promise<void> {
  const { params } = context
  const state = readGuest(await modelOf(context))
  const { header, missing, classes } = state
  const table = await openTree(context, { slot, rule: missing, header })
  await alignGuest(context, table.ids)
  const scores = params.EINI_inference
    ? await scoreBlindly(context, state, table)
    : await scoreTable(context, state, { table, index: 0 })
  const task = rules.taskFor(params, classes)
  const { threshold } = params.predict_param
  await context.writeTable(treePredictions(table, scores, { task, threshold, type: 'test' }))
}

async function fit(
  context: Context,
  mode: Extract<RunMode, { type: 'fit' }> & { readonly rules: GuestRules },
  earlier: GuestState | undefined,
): Promise<void> {
  const { params } = context
  const rule = boostRule(params)
  if (earlier) checkWarm(context, earlier)
  const options = { slot: mode.train, rule: rule.missing, header: earlier?.header }
  const train = await openTree(context, options)
  const named = treeLabels(train)
  const task = earlier
    ? warmTask(context, earlier, named)
    : mode.rules.taskOf(params, named, train.frame.labelName ?? 'label')
  if (earlier) checkOutputs(context, earlier)
  await alignGuest(context, train.ids)
  const { header } = train
  let validation: Validation | undefined
  if (mode.validate !== undefined) {
    const table = await openTree(context, { slot: mode.validate, rule: rule.missing, header })
    await alignGuest(context, table.ids)
    const watch = mode.rules.watchValidation(params, task)
    validation = { table, watch: watch && watchOf(context, { table, task, rules: watch }) }
  } else if (params.early_stopping_rounds !== null) {
    throw new Error('early_stopping_rounds needs a validation table: connect eval_data')
  }
  const saved = await agreeOnStep(context, SBT_ROLES)
  const secret = await drawKey(context)
  // Drawn anew they would tell more of what they stand for.
  const learnt = keptLabels(saved) ?? mode.rules.disguise?.(named)
  const labels = encodeLabels(learnt ?? named, task)
  const state = await boost(context, {
    train,
    labels,
    task,
    rule,
    secret,
    validation,
    saved,
    earlier,
    watch: mode.rules.watchTrain?.(params, task),
    learnt,
  })

  const best = validation?.watch?.rules.bestRound(state.watch)
  const rounds = state.first + (best === undefined ? state.losses.length : best + 1)
  const perRound = treesPerRound(state.trees, task.objective.outputs)
  const trees = state.trees.slice(0, rounds * perRound)
  const model: GuestState = {
    side: 'guest',
    header,
    missing: rule.missing,
    classes: task.classes,
    initial: state.initial,
    trees,
  }
  const history = { losses: state.losses, bestRound: rounds - 1 }
  await context.writeModel(guestModel(params, model, history))
  const { threshold } = params.predict_param
  const whole = trees.length === state.trees.length
  const scores = whole ? state.scores : await scoreTable(context, model, { table: train, index: 0 })
  let frame = treePredictions(train, scores, { task, threshold, type: 'train' })
  if (validation) {
    const { table } = validation
    const other = await scoreTable(context, model, { table, index: 1 })
    const options = { task, threshold, type: 'validation' } as const
    frame = concatPredictions(frame, treePredictions(table, other, options))
  }
  await context.writeTable(frame)
}

/** A fresh key, whose public part all hosts get. */
async function drawKey(context: Context): Promise<GradientSecret> {
  const bits = context.params.encrypt_param.key_length
  if (bits < 2048) {
    context.warn(
      `encrypt_param.key_length is ${bits}: below 2048 bits a key does not protect real data`,
    )
  }
  const secret = drawGradientKey(context.params.encrypt_param.method, {
    bits,
    random: context.random,
  })
  const bytes = blob.encode(secret.bytes)
  for (const host of hostsOf(context)) await context.channel.send(host, 'public_key', bytes)
  return secret
}

/** What to watch of the validation table; undefined where its labels are not all known. */
function watchOf(
  context: Context,
  { table, task, rules }: { table: TreeTable; task: Task; rules: Watch },
): Validation['watch'] {
  const found = label(table.frame)
  const labels =
    found &&
    encodeLabels(
      Float64Array.from(table.order, (row) => found[row]),
      task,
    )
  if (labels && labels.every(Number.isFinite)) return { rules, labels }
  const lacking = `${context.name} cannot measure the validation table: it has rows without a known label`
  if (context.params.early_stopping_rounds !== null) throw new Error(lacking)
  context.warn(lacking)
  return undefined
}
