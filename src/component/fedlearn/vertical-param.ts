/**
 * The parameters of VerticalLinearRegression and VerticalLR.
 * @module
 */
import { z } from 'zod'

import { DP_TYPES, type DpType } from './label-privacy.ts'

const SHAPE = {
  maxEpoch: z.int({ error: 'expected a whole number of epochs' }).positive().default(30),
  minLoss: z.number().nonnegative().default(0.02),
  eta: z.number().positive().default(0.02),
  optimizer: z.enum(['BatchGD', 'NEWTON']).default('BatchGD'),
  useDP: z.enum(['true', 'false']).default('false'),
  dpEpsilon: z.number().positive().default(1.6),
  dpType: z.enum(DP_TYPES).default('OBJECTIVE_PERTURB'),
}

/** Parameters of VerticalLinearRegression. */
export const VerticalLinearParam = z
  .looseObject({
    ...SHAPE,
    metricType: z
      .array(z.enum(['RMSE', 'MAE', 'MSE']))
      .min(1)
      .default(['RMSE']),
    regularization: z.enum(['L1', 'L2']).default('L1'),
    lambda: z.number().nonnegative().default(0.001),
  })
  .superRefine(({ useDP, metricType }, { addIssue }) => {
    if (useDP === 'false' || !metricType.includes('MAE')) return
    addIssue({
      code: 'custom',
      path: ['metricType'],
      message:
        'MAE compares labels row by row, without the noise that useDP asks for: use RMSE or MSE',
    })
  })

/** Parameters of VerticalLR. */
export const VerticalLogisticParam = z.looseObject({
  ...SHAPE,
  metricType: z
    .array(z.enum(['G_L2NORM', 'CROSS_ENTRO']))
    .min(1)
    .default(['CROSS_ENTRO']),
})

/** Either's parameters, as the training takes them. */
export interface VerticalRule {
  readonly maxEpoch: number
  readonly minLoss: number
  readonly eta: number
  readonly optimizer: 'BatchGD' | 'NEWTON'
  readonly metricType: readonly string[]
  readonly regularization: 'L1' | 'L2'
  readonly lambda: number
  /** Whether labels are hidden from the hosts by noise (`label-privacy.ts`). */
  readonly useDP: 'true' | 'false'
  readonly dpEpsilon: number
  readonly dpType: DpType
}
