/**
 * What FedLearn's clients send and get about predictions.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { Id, reply, Url } from './schema.ts'

const InferenceClient = z.looseObject({ url: Url, dataset: z.string().min(1) })

export const FedlearnBatch = z
  .looseObject({
    uid: z.array(Id).min(1, 'expected at least one uid').max(1000, 'expected at most 1000 uids'),
    modelToken: z.string().min(1),
    clientList: z.array(InferenceClient).min(1).max(100),
  })
  .openapi('FedlearnBatch')

export type FedlearnBatch = z.output<typeof FedlearnBatch>

export const FedlearnPredictions = reply(
  z.object({
    predict: z.array(
      z.object({ uid: z.string(), score: z.array(z.union([z.number(), z.string()])) }),
    ),
  }),
  'FedlearnPredictions',
)

export const FedlearnValidate = z
  .looseObject({
    uid: z.array(Id).min(1, 'expected at least one uid').max(1000, 'expected at most 1000 uids'),
    modelToken: z.string().min(1).optional(),
    model: z
      .string()
      .min(1)
      .optional()
      .openapi({ description: 'modelToken, as the original has it' }),
    metricType: z.array(z.string()).min(1).max(30),
    labelName: z.string().optional(),
    clientList: z.array(InferenceClient).min(1).max(100),
  })
  .transform((body, context) => {
    const modelToken = body.modelToken ?? body.model
    if (modelToken !== undefined) return { ...body, modelToken }
    context.addIssue({ code: 'custom', path: ['modelToken'], message: 'is missing' })
    return z.NEVER
  })
  .openapi('FedlearnValidate')

export type FedlearnValidate = z.output<typeof FedlearnValidate>

export const FedlearnValidated = reply(
  z.object({
    metrics: z.string().openapi({ description: 'JSON, a value by the name of each metric' }),
    predict: z.array(
      z.object({ uid: z.string(), score: z.array(z.union([z.number(), z.string()])) }),
    ),
  }),
  'FedlearnValidated',
)

export const FedlearnRemote = z
  .looseObject({
    modelToken: z.string().min(1),
    path: z.string().min(1).max(4096),
    userAddress: Url,
    clientList: z.array(InferenceClient).min(1).max(100),
  })
  .openapi('FedlearnRemote')

export type FedlearnRemote = z.output<typeof FedlearnRemote>

export const FedlearnInferenceId = z
  .looseObject({ inferenceId: z.string().min(1) })
  .openapi('FedlearnInferenceId')

export const FedlearnRemoteProgress = reply(
  z.object({
    inferenceId: z.string(),
    percent: z.union([z.int(), z.string()]),
    predictInfo: z.string(),
    startTime: z.int(),
    endTime: z.int().optional(),
    path: z.string().optional(),
  }),
  'FedlearnRemoteProgress',
)
