/**
 * A linear or logistic model over the rows of several clients with the same columns (FedLearn's HorizontalFedAvg):
 * `fed-avg-training.ts` has the protocol. The original handed all of it to a program that it did not ship.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { lossNamed } from '../../compute/nn/loss.ts'
import { json } from '../../federation/codec.ts'
import { component, type DataSlot, type Model, type TaskContext } from '../define.ts'
import { headerOf, requireColumns } from '../input.ts'
import { frameOf, labelsOf } from '../linear/homo-inputs.ts'
import { featureMatrix, guestOf, hostsOf } from '../linear/row-alignment.ts'
import { nnPredictions } from '../nn/nn-task.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { FED_AVG_MESSAGES, FedAvgParam } from './fed-avg-param.ts'
import { answersOf, type FedAvgModel, type Rows, trainFedAvg } from './fed-avg-training.ts'
import { SCORES } from './score.ts'
import { NAMESPACES } from './vertical-watch.ts'

type Context = TaskContext<FedAvgParam>

/** FedLearn's `HorizontalFedAvg`. */
export const horizontalFedAvg = component({
  name: 'HorizontalFedAvg',
  summary: 'A linear or logistic model over the rows of several clients, by federated averaging',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: FedAvgParam,
  paramsName: 'HorizontalFedAvgParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: FED_AVG_MESSAGES,
  async run(context) {
    warnOfUnknown(context, FedAvgParam)
    const mode = modeOf(context)
    if (mode.type === 'predict') {
      await predict(context, mode.slot)
      return
    }
    const frame = await frameOf(context, mode.train)
    const header = await agreeOnHeader(context, headerOf(frame))
    requireColumns(frame, header)
    if (context.role === 'guest' && hostsOf(context).length === 1) {
      context.warn(
        'Two clients average their models: each can work out the other’s from the mean; a third one hides them',
      )
    }
    const train = await rowsOf(context, mode.train, header)
    const validate = mode.validate && (await rowsOf(context, mode.validate, header))
    const { model, rounds } = await trainFedAvg(context, { header, train, validate }, (at, seen) =>
      NAMESPACES.forEach((namespace, place) => {
        const values = place === 0 ? seen.train : seen.validate
        values.forEach((value, which) => {
          if (!Number.isFinite(value)) return
          const name = SCORES.get(context.params.eval_metric[which])?.label ?? ''
          const meta = { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name }
          context.metric({ namespace, name, points: [[at, value]], meta })
        })
      }),
    )
    const { weights, ...meta } = model
    await context.writeModel({
      name: 'HorizontalFedAvg',
      param: { iters: rounds, weights: [...weights] },
      meta: { ...meta, header: [...header], columns: [...model.columns] },
      state: model,
    })
  },
})

async function predict(context: Context, slot: DataSlot): Promise<void> {
  const model = readFedAvg(await modelOf(context))
  const frame = await tableOf(context, slot)
  requireColumns(frame, model.header)
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  const x = featureMatrix(frame, { names: model.header, order, owner: context.channel.self })
  const classes = model.modelName === 'SGDClassifier' ? [0, 1] : []
  const task = {
    kind: classes.length > 0 ? 'binary' : 'regression',
    classes,
    loss: lossNamed('mse'),
  } as const
  const chances = { rows: x.rows, cols: 1, data: answersOf(model, x) }
  await context.writeTable(nnPredictions(frame, chances, { task, threshold: 0.5, type: 'test' }))
  context.progress(1, 1)
}

/** The rows that are asked for; a client may have none of them. */
async function tableOf(context: Context, slot: DataSlot): Promise<Frame> {
  const [table, ...others] = await context.tables(slot)
  if (table && others.length === 0) return table.frame
  throw new Error(`${context.name} needs one table in ${slot} at ${context.channel.self}`)
}

/** The guest's columns, which all have. */
async function agreeOnHeader(context: Context, own: readonly string[]): Promise<string[]> {
  const { channel, role } = context
  if (role === 'guest') {
    if (own.length === 0) throw new Error(`The table of ${channel.self} has no features`)
    for (const host of hostsOf(context)) await channel.send(host, 'plan', json.encode([...own]))
    return [...own]
  }
  const plan = json.decode(await channel.receive(guestOf(context), 'plan'))
  if (Array.isArray(plan) && plan.every((name) => typeof name === 'string')) return plan
  throw new Error(`${guestOf(context)} sent a malformed plan`)
}

async function rowsOf(context: Context, slot: DataSlot, header: readonly string[]): Promise<Rows> {
  const { params, channel } = context
  const frame = await frameOf(context, slot)
  requireColumns(frame, header)
  const labels = labelsOf(context, frame)
  const classes = params.modelName === 'SGDClassifier' || params.eval_metric.includes('AUC')
  if (classes && label(frame)?.some((value) => value !== 0 && value !== 1)) {
    throw new Error(
      `SGDClassifier and AUC are for labels 0 and 1, and "${frame.labelName}" of ${channel.self} holds others: set ` +
        'modelName to SGDRegressor and eval_metric to RMSE',
    )
  }
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  return { x: featureMatrix(frame, { names: header, order, owner: channel.self }), labels }
}

function readFedAvg(model: Model): FedAvgModel {
  const state = model.state as Partial<FedAvgModel> | undefined
  if (model.name === 'HorizontalFedAvg' && Array.isArray(state?.header)) return state as FedAvgModel
  throw new Error(`A prediction with HorizontalFedAvg cannot use a model of kind ${model.name}`)
}
