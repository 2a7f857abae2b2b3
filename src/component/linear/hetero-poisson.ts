/**
 * Poisson regression over columns that several parties hold of the same rows (FATE's HeteroPoisson, with an arbiter):
 * counts whose logarithm is linear. `poisson-step.ts` has what differs from HeteroLR's protocol.
 * @module
 */
import { z } from 'zod'

import { crossValidated } from '../cross-validation.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { runLinear } from './arbiter-training.ts'
import { poisson } from './family.ts'
import { LinearShape } from './hetero-linr.ts'
import { FirstOrder, laterNames } from './logistic-param.ts'
import { LR_ROLES, POISSON_MESSAGES } from './lr-messages.ts'
import { STEPWISE_MESSAGES, stepwiseLinear } from './stepwise.ts'

/** Parameters of HeteroPoisson: those of HeteroLinR, and the guest's column of exposures. */
export const PoissonParam = z.preprocess(
  laterNames,
  LinearShape.extend({
    optimizer: FirstOrder,
    /** A column of the guest's by which the mean of a row is multiplied; it is no feature then. */
    exposure_colname: z.string().nullable().default(null),
  }).loose(),
)

/** Poisson regression between parties with different columns. */
export const heteroPoisson = component({
  name: 'HeteroPoisson',
  summary: 'Poisson regression over the columns of several parties',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: PoissonParam,
  paramsName: 'PoissonParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: { ...POISSON_MESSAGES, ...STEPWISE_MESSAGES },
  async run(context) {
    warnOfUnknown(context, PoissonParam)
    const family = poisson(context.params.exposure_colname)
    const folds = {
      roles: LR_ROLES,
      regression: true,
      run: (fold: typeof context) => runLinear(fold, family),
    }
    await stepwiseLinear(context, family, () => crossValidated(context, folds))
  },
})
