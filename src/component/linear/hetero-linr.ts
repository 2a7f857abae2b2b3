/**
 * Linear regression over columns that several parties hold of the same rows (FATE's HeteroLinR, with an arbiter).
 *
 * The residual is d = wx - y and the loss mean(d²)/2; `arbiter-training.ts` has the protocol, which is HeteroLR's.
 * @module
 */
import { z } from 'zod'

import { crossValidated } from '../cross-validation.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { runLinear } from './arbiter-training.ts'
import { LINEAR } from './family.ts'
import { laterNames, LogisticShape } from './logistic-param.ts'
import { LR_MESSAGES, LR_ROLES } from './lr-messages.ts'
import { SQN_MESSAGES } from './newton.ts'
import { STEPWISE_MESSAGES, stepwiseLinear, StepwiseParam } from './stepwise.ts'

/** The parameters by their names in FATE 1.0. */
export const LinearShape = LogisticShape.extend({
  alpha: z.number().nonnegative().default(1),
  batch_size: z
    .int()
    .refine((size) => size === -1 || size >= 10, 'batch_size must be -1 (all rows) or at least 10')
    .default(-1),
  max_iter: z.int().positive().default(20),
  one_vs_rest_param: z
    .object({
      need_one_vs_rest: z
        .boolean()
        .refine((need) => !need, 'a regression has no classes: leave need_one_vs_rest false')
        .default(false),
      has_arbiter: z.boolean().default(true),
    })
    .prefault({}),
  stepwise_param: StepwiseParam,
})

/** Parameters of HeteroLinR: those of HeteroLR with other defaults, and without classes. */
export const LinearParam = z.preprocess(laterNames, LinearShape.loose())

/** Linear regression between parties with different columns. */
export const heteroLinR = component({
  name: 'HeteroLinR',
  summary: 'Linear regression over the columns of several parties',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: LinearParam,
  paramsName: 'LinearParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: { ...LR_MESSAGES, ...SQN_MESSAGES, ...STEPWISE_MESSAGES },
  async run(context) {
    warnOfUnknown(context, LinearParam)
    const folds = {
      roles: LR_ROLES,
      regression: true,
      run: (fold: typeof context) => runLinear(fold, LINEAR),
    }
    await stepwiseLinear(context, LINEAR, () => crossValidated(context, folds))
  },
})
