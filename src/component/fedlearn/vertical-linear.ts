/**
 * Linear and logistic regression over the columns of two or more parties as FedLearn's clients ask for them.
 *
 * The original's coordinator held the key and decrypted the residual of every row. Here every party has a key of its
 * own, columns cross once and encrypted, and no residual ever does (`vertical-training.ts`).
 * @module
 */
import { component, type TaskContext } from '../define.ts'
import { type Family, LINEAR, LOGISTIC } from '../linear/family.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { gaussianPrivacy } from './label-privacy.ts'
import { VERTICAL_MESSAGES } from './vertical-messages.ts'
import { predictRows, readPart } from './vertical-model.ts'
import { VerticalLinearParam, VerticalLogisticParam, type VerticalRule } from './vertical-param.ts'
import { trainVertical } from './vertical-training.ts'

const SHAPE = {
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: VERTICAL_MESSAGES,
} as const

/** FedLearn's `VerticalLinearRegression`. */
export const verticalLinearRegression = component({
  ...SHAPE,
  name: 'VerticalLinearRegression',
  summary: 'Linear regression over the columns of several parties, without an arbiter',
  params: VerticalLinearParam,
  paramsName: 'VerticalLinearRegressionParam',
  privacy: gaussianPrivacy,
  async run(context) {
    warnOfUnknown(context, VerticalLinearParam)
    await runVertical(context, { rule: context.params, family: LINEAR })
  },
})

/** FedLearn's `VerticalLR`. */
export const verticalLr = component({
  ...SHAPE,
  name: 'VerticalLR',
  summary: 'Logistic regression over the columns of several parties, without an arbiter',
  params: VerticalLogisticParam,
  paramsName: 'VerticalLRParam',
  privacy: gaussianPrivacy,
  async run(context) {
    warnOfUnknown(context, VerticalLogisticParam)
    const rule = { ...context.params, regularization: 'L2', lambda: 0 } as const
    await runVertical(context, { rule, family: LOGISTIC })
  },
})

async function runVertical(
  context: TaskContext,
  { rule, family }: { rule: VerticalRule; family: Family },
): Promise<void> {
  const kind = family.classes ? 'VerticalLR' : 'VerticalLinearRegression'
  const mode = modeOf(context)
  if (mode.type === 'predict') {
    const part = readPart(await modelOf(context), kind)
    const frame = await predictRows(context, part, { slot: mode.slot, family })
    if (frame) await context.writeTable(frame)
    return
  }
  const { part, epochs } = await trainVertical(context, rule, { mode, family })
  await context.writeModel({
    name: kind,
    param: {
      iters: epochs,
      weight: Object.fromEntries(part.header.map((name, at) => [name, part.weights[at]])),
      intercept: part.intercept,
      header: [...part.header],
    },
    meta: {
      optimizer: rule.optimizer,
      maxEpoch: rule.maxEpoch,
      minLoss: rule.minLoss,
      eta: rule.eta,
      regularization: rule.regularization,
      lambda: rule.lambda,
    },
    state: part,
  })
}
