/**
 * What answers say of differential privacy: of one training, and of all of the same labels.
 * @module
 */
import { z } from '@hono/zod-openapi'

const LOSS = { epsilon: z.number(), delta: z.number() }

/** The promise of one training, or of one search. */
export const Privacy = z
  .object({
    ...LOSS,
    trainings: z.int(),
    each: z.object(LOSS),
    limit: z.number().nullable(),
    spent: z.number().nullable(),
  })
  .optional()
  .openapi({
    description:
      'Of differential privacy: what is promised of the label of any one row, in all; by how many trainings that use it, and what each promises; of train/auto also maxEpsilon, and what the trials so far come to. Another training over the same match adds to it',
  })

const LabelSum = z.object({ ...LOSS, trainings: z.int(), exact: z.int() })

/** What all trainings of the same labels come to. */
export const LabelUse = z
  .array(
    z.object({
      url: z.string(),
      party: z.string(),
      dataset: z.string(),
      label: z.string(),
      match: LabelSum,
      all: LabelSum,
      limit: z.number().nullable(),
    }),
  )
  .optional()
  .openapi({
    description:
      'Where labels are under noise, or their owner limits that: what all trainings of the same column come to, over this match and in all; how many there are of those, every attempt by itself, and how many without noise, of which no epsilon says what they tell; and maxEpsilon of the data set',
  })
