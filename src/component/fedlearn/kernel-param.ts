/**
 * The parameters of FederatedKernel, and its messages.
 * @module
 */
import { z } from 'zod'

import type { Disclosure } from '../../federation/channel.ts'
import { DP_TYPES } from './label-privacy.ts'
import { VERTICAL_MESSAGES } from './vertical-messages.ts'

/** Metrics that sums over rows tell, after every iteration. */
export const SUMMED_METRICS: readonly string[] = ['TRAINLOSS', 'RMSE']

/** Parameters of FederatedKernel, with FedLearn's names and defaults. */
export const KernelParam = z
  .looseObject({
    batchSize: z.int().positive().default(100_000),
    scale: z.number().positive().default(0.005),
    seed: z.int().nonnegative().default(100),
    mapdim: z
      .int()
      .positive({ error: 'expected at least 1 feature to map columns to' })
      .max(1000)
      .default(400),
    maxIter: z.int().positive().default(100),
    metricType: z
      .array(
        z.enum([
          'TRAINLOSS',
          'RMSE',
          'MAE',
          'MAPE',
          'MAAPE',
          'F1',
          'ACC',
          'AUC',
          'RECALL',
          'PRECISION',
          'MACC',
          'MERROR',
          'MAUC',
          'MF1',
        ]),
      )
      .min(1)
      .default(['TRAINLOSS']),
    normalizationType: z.enum(['NONE', 'MINMAX', 'STANDARD']).default('NONE'),
    numClass: z.int().positive().max(100).default(1),
    earlyStoppingRounds: z.int().positive().default(1),
    useDP: z.enum(['true', 'false']).default('false'),
    dpEpsilon: z.number().positive().default(1.6),
    dpType: z.enum(DP_TYPES).default('OBJECTIVE_PERTURB'),
  })
  .superRefine(({ useDP, metricType, numClass }, { addIssue }) => {
    const rowwise = metricType.find((name) => !SUMMED_METRICS.includes(name))
    if (useDP === 'true' && rowwise !== undefined) {
      addIssue({
        code: 'custom',
        path: ['metricType'],
        message: `${rowwise} compares labels row by row, without the noise that useDP asks for: use ${SUMMED_METRICS.join(' or ')}`,
      })
    }
    const several = metricType.find((name) => /^M(ACC|ERROR|AUC|F1)$/.test(name))
    if (numClass < 2 && several !== undefined) {
      addIssue({
        code: 'custom',
        path: ['metricType'],
        message: `${several} is of classes: set numClass to how many there are`,
      })
    }
  })

/** Parsed parameters of FederatedKernel. */
export type KernelParam = z.output<typeof KernelParam>

/** Messages by tag: those of the linear models, whose columns here are directions of the mapped columns. */
export const KERNEL_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...VERTICAL_MESSAGES,
  width: {
    ...VERTICAL_MESSAGES['width'],
    reveals:
      "How many directions the sender's mapped columns have, at most 32 and a tenth of the rows.",
  },
  gradient_part: {
    ...VERTICAL_MESSAGES['gradient_part'],
    reveals:
      "The residual along each of the receiver's own directions, summed over all rows, of the training rows and of " +
      'validation rows if there are some, in every iteration for every class; of several senders only the sum.',
  },
  host_score: {
    ...VERTICAL_MESSAGES['host_score'],
    reveals:
      "The hosts' part of the prediction for every row that is predicted: with several hosts only the sum of theirs, " +
      'with one its own. A training sends none, unless metrics are asked for that compare rows, of its last weights.',
  },
}
