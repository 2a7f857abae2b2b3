/**
 * A random forest over the columns of several parties as FedLearn's clients ask for it (RandomForest,
 * DistributedRandomForest): regression trees of samples of rows and columns, whose mean is the prediction; labels 0 and 1
 * make it a probability.
 *
 * Only the holder of the labels decrypts, and only sums over rows; hosts keep their splits and answer where rows go
 * (`tree/hetero-secure-boost.ts`). The original published its ciphertexts without randomness; these have it.
 *
 * Source: L. Breiman, "Random Forests", Machine Learning 45 (2001), with samples without repetition.
 * @module
 */
import { component } from '../define.ts'
import { hostsOf } from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { modeOf } from '../run-mode.ts'
import { order } from '../tree/remote-splitter.ts'
import { runGuest } from '../tree/sbt-guest.ts'
import { runHost } from '../tree/sbt-host.ts'
import { SBT_MESSAGES } from '../tree/sbt-messages.ts'
import { taskFor } from '../tree/tree-prediction.ts'
import { withCategories } from './category-columns.ts'
import { fitForest } from './forest-guest.ts'
import { forestBoosting, RandomForestParam } from './forest-param.ts'

/** FedLearn's `RandomForest`. */
export const randomForest = component({
  name: 'RandomForest',
  summary: 'A random forest over the columns of several parties, with FedLearn’s parameters',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: RandomForestParam,
  paramsName: 'RandomForestParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: SBT_MESSAGES,
  privacy: ({ useDP, dpEpsilon }) =>
    useDP === 'true' ? { epsilon: dpEpsilon, delta: 0, validated: false } : undefined,
  async run(context) {
    const { params: forest } = context
    warnOfUnknown(context, RandomForestParam)
    const inner = await withCategories(
      { ...context, params: forestBoosting(forest) },
      forest.cat_features,
    )
    if (context.role === 'host') return runHost(inner)
    if (forest.encryptionType === 'IterativeAffine') {
      context.warn('encryptionType IterativeAffine is broken: Okamoto–Uchiyama is used')
    }
    const mode = modeOf(context)
    if (mode.type === 'fit' && forest.useDP === 'true') {
      context.warn(
        `useDP: all trees together hide single labels with an epsilon of ${forest.dpEpsilon}; metrics, the least and the ` +
          'greatest label are exact',
      )
    }
    if (mode.type === 'predict') {
      const rules = {
        taskOf: () => taskFor(inner.params, []),
        taskFor,
        watchValidation: () => undefined,
      }
      return runGuest(inner, rules)
    }
    await fitForest(inner, mode, forest)
    for (const host of hostsOf(context)) await order(inner, host, { do: 'finish' })
  },
})
