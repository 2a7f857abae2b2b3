/**
 * Wire shapes of online predictions.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { WeftTask } from './schema.ts'

const Name = z.string().min(1).max(256)
const Cell = z.union([z.string().max(65_536), z.number(), z.boolean(), z.null()])

export const WeftServiceName = z.object({
  service: z.string().regex(/^[\w.:@#~-]{1,256}$/, 'a name of letters, digits and . : @ # ~ _ -'),
})

export const WeftBinding = z
  .object({
    modelId: Name,
    modelVersion: Name,
    tables: z
      .array(z.object({ role: Name, party: Name, namespace: Name, name: Name }))
      .max(1000)
      .optional()
      .openapi({
        description:
          'Where parties look their features up by id; without it in the tables that the model was trained with',
      }),
  })
  .openapi('WeftBinding')

export const WeftService = z
  .object({
    name: z.string(),
    online: z.boolean(),
    trouble: z.string().nullable().openapi({ description: 'Why it cannot answer now' }),
    modelId: z.string(),
    modelVersion: z.string(),
    jobId: z.string().openapi({ description: 'Its events and its ledger are those of this job' }),
    parties: z.array(
      WeftTask.pick({ role: true, party: true, state: true, reason: true }).extend({
        online: z.boolean(),
        table: z.object({ namespace: z.string(), name: z.string() }).nullable(),
      }),
    ),
  })
  .openapi('WeftService')

export const WeftServices = z.object({ services: z.array(WeftService) }).openapi('WeftServices')

const Features = z.record(z.string().max(1024), Cell).openapi({
  description:
    'What the guest knows of the row, by column; null is a missing value. Without it the row is looked up in the table ' +
    'of the guest; with it, it goes before what stands there',
})
const Row = z.object({ id: z.string().min(1).max(1024), features: Features.optional() })

export const WeftQuestion = z
  .object({
    id: z.string().min(1).max(1024).optional(),
    features: Features.optional(),
    rows: z.array(Row).min(1).max(1000).optional().openapi({
      description: 'Several rows at once, instead of one; each has a result or an error of its own',
    }),
    timeoutMs: z.int().min(1).max(30_000).default(2000),
  })
  .refine(({ id, rows }) => (id === undefined) !== (rows === undefined), {
    message: 'send either "id", with or without "features", or "rows"',
    path: ['id'],
  })
  .openapi('WeftQuestion')

const Result = z
  .object({ id: z.string() })
  .catchall(z.unknown())
  .openapi('WeftPrediction', {
    description:
      'The columns of the prediction: predict_result, predict_score, predict_detail, and what components after the ' +
      'model add; or error, where the row of a batch has none',
  })

export const WeftAnswer = z.union([
  Result,
  z.object({ rows: z.array(Result) }).openapi('WeftPredictions'),
])
