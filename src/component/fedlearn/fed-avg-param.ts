/**
 * The parameters of HorizontalFedAvg, and its messages.
 * @module
 */
import { z } from 'zod'

import type { Disclosure } from '../../federation/channel.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { VERTICAL_MESSAGES, VERTICAL_ROLES } from './vertical-messages.ts'

/** Parameters of HorizontalFedAvg, with FedLearn's names and defaults. */
export const FedAvgParam = z
  .looseObject({
    numRound: z.int().positive().default(100),
    fraction: z.number().min(0).max(1).default(1),
    numClients: z.int().positive().default(3),
    batchSize: z.int().positive().default(50),
    localEpoch: z.int().positive().default(5),
    eval_metric: z
      .array(z.enum(['RMSE', 'AUC']))
      .min(1)
      .default(['RMSE']),
    loss: z.enum(['Regression:MSE', 'Classification:Cross entropy']).default('Regression:MSE'),
    modelName: z.enum(['SGDRegressor', 'SGDClassifier']).default('SGDRegressor'),
  })
  .superRefine(({ loss, modelName }, { addIssue }) => {
    if (modelName === 'SGDClassifier' || loss === 'Regression:MSE') return
    addIssue({
      code: 'custom',
      path: ['loss'],
      message: 'Cross entropy is of chances: set modelName to SGDClassifier',
    })
  })

/** Parsed parameters of HorizontalFedAvg. */
export type FedAvgParam = z.output<typeof FedAvgParam>

/** Messages by tag. */
export const FED_AVG_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...checkpointMessages(VERTICAL_ROLES),
  mask_seed: { ...VERTICAL_MESSAGES['mask_seed'], kind: 'plain', from: ['host'], to: ['host'] },
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: "The names of the guest's columns.",
  },
  sum_part: {
    kind: 'masked',
    from: ['host'],
    to: ['guest'],
    reveals:
      'Of several hosts only the sums of what they send, of one host what it sends: once the number of its rows with ' +
      'sums and squares of its columns and labels, and in every round its network and its metrics, by rows.',
  },
  average: {
    kind: 'aggregate',
    from: ['guest'],
    to: ['host'],
    reveals:
      'Once the mean and the spread of every column and of the labels over all rows, and in every round the mean of the ' +
      "networks, by rows; with two clients each can work out the other's. A network tells something of the rows that it " +
      'was trained on.',
  },
}
