/**
 * Boosted trees over tables of which parties have some rows and some columns in common, as FedLearn's clients ask for them
 * (MixGBoost). Labels may lie with several parties.
 *
 * A node is split by a column that several parties have, or by one that one party alone has. Each party adds up the
 * derivatives of its own rows; where the value is with another party, that one adds up ciphertexts under the key of who has
 * the label (`mix-sums.ts`). The guest gets sums over all parties under masks that cancel, and nobody derivatives of single
 * rows. The original used a threshold key where there was one, and plain numbers where not.
 * @module
 */
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { MIX_MESSAGES } from './mix-messages.ts'
import { mixModel, readMix } from './mix-model.ts'
import { MixGBoostParam } from './mix-param.ts'
import { predictMix } from './mix-predict.ts'
import { trainMix } from './mix-training.ts'

/** FedLearn's `MixGBoost`. */
export const mixGBoost = component({
  name: 'MixGBoost',
  summary: 'Boosted trees over tables with some rows and some columns in common',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: MixGBoostParam,
  paramsName: 'MixGBoostParam',
  inputs: { data: ['data', 'train_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: MIX_MESSAGES,
  async run(context) {
    const { params } = context
    warnOfUnknown(context, MixGBoostParam)
    const mode = modeOf(context)
    const [table] = await context.tables(mode.type === 'fit' ? mode.train : mode.slot)
    if (!table) throw new Error(`${context.name} needs a table`)
    const { frame } = table
    if (mode.type === 'predict') {
      const state = readMix(await modelOf(context))
      const found = await predictMix(context, { state, frame })
      if (found) await context.writeTable(found)
      return
    }
    if (context.role === 'guest' && params.bitLength !== '2048') {
      context.warn(
        `bitLength ${params.bitLength} does not protect real data: keys of 2048 bits are used`,
      )
    }
    if (context.role === 'guest' && params.numClass > 1) {
      context.warn(
        `numClass ${params.numClass} has no effect: no objective of MixGBoost has classes`,
      )
    }
    const [matched] = await context.tables('data')
    if (!matched) throw new Error(`${context.name} needs the rows that MixedMatch has numbered`)
    const { state, predictions } = await trainMix(context, { frame, matched: matched.frame })
    await context.writeModel(mixModel(params, state))
    if (predictions) await context.writeTable(predictions)
  },
})
