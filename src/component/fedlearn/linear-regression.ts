/**
 * Linear regression over tables of which parties have some rows and some columns in common, as FedLearn's clients ask for it
 * (LinearRegression). Labels may lie with several parties.
 *
 * Common columns have one weight. No party sees a residual of a row, and no key opens for others (`mix-linear-training.ts`).
 * @module
 */
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { MIX_LINEAR_MESSAGES } from './mix-linear-messages.ts'
import {
  interceptOf,
  MIX_LINEAR,
  plainWeight,
  predictMixLinear,
  readMixLinear,
} from './mix-linear-model.ts'
import { LinearRegressionParam } from './mix-linear-param.ts'
import { trainMixLinear } from './mix-linear-training.ts'

/** FedLearn's `LinearRegression`. */
export const linearRegression = component({
  name: MIX_LINEAR,
  summary: 'Linear regression over tables with some rows and some columns in common',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: LinearRegressionParam,
  paramsName: 'LinearRegressionParam',
  inputs: { data: ['data', 'train_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: MIX_LINEAR_MESSAGES,
  async run(context) {
    const { params } = context
    warnOfUnknown(context, LinearRegressionParam)
    const mode = modeOf(context)
    const [table] = await context.tables(mode.type === 'fit' ? mode.train : mode.slot)
    if (!table) throw new Error(`${context.name} needs a table`)
    const { frame } = table
    if (mode.type === 'predict') {
      const part = readMixLinear(await modelOf(context))
      const found = await predictMixLinear(context, { part, frame, ids: params.ids ?? frame.ids })
      if (found) await context.writeTable(found)
      return
    }
    const [matched] = await context.tables('data')
    if (!matched) throw new Error(`${context.name} needs the rows that MixedMatch has numbered`)
    const { part, epochs } = await trainMixLinear(context, { frame, matched: matched.frame })
    await context.writeModel({
      name: MIX_LINEAR,
      param: {
        iters: epochs,
        weight: Object.fromEntries(part.weights.map((each) => [each.column, plainWeight(each)])),
        intercept: interceptOf(part),
        header: part.weights.map((each) => each.column),
      },
      meta: {
        optimizer: params.optimizer,
        maxEpoch: params.maxEpoch,
        minLoss: params.minLoss,
        eta: params.eta,
      },
      state: part,
    })
  },
})
