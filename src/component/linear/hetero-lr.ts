/**
 * Logistic regression over columns that several parties hold of the same rows (FATE's HeteroLR, with an arbiter).
 *
 * The residual is d = wx/4 - y/2, the slope of the Taylor loss; `arbiter-training.ts` has the protocol.
 * @module
 */
import { z } from 'zod'

import { crossValidated } from '../cross-validation.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { runLinear } from './arbiter-training.ts'
import { LOGISTIC } from './family.ts'
import { laterNames, LogisticShape } from './logistic-param.ts'
import { LR_MESSAGES, LR_ROLES } from './lr-messages.ts'
import { SQN_MESSAGES } from './newton.ts'
import { STEPWISE_MESSAGES, stepwiseLinear, StepwiseParam } from './stepwise.ts'

/** Parameters of HeteroLR: those of logistic regression, and of the selection of columns. */
export const HeteroLogisticParam = z.preprocess(
  laterNames,
  LogisticShape.extend({ stepwise_param: StepwiseParam }).loose(),
)

/** Logistic regression between parties with different columns. */
export const heteroLr = component({
  name: 'HeteroLR',
  summary: 'Logistic regression over the columns of several parties',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: HeteroLogisticParam,
  paramsName: 'LogisticParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: { ...LR_MESSAGES, ...SQN_MESSAGES, ...STEPWISE_MESSAGES },
  run(context) {
    warnOfUnknown(context, HeteroLogisticParam)
    const folds = {
      roles: LR_ROLES,
      regression: false,
      run: (fold: typeof context) => runLinear(fold, LOGISTIC),
    }
    return stepwiseLinear(context, LOGISTIC, () => crossValidated(context, folds))
  },
})
