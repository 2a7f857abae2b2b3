/**
 * What FedLearn's clients send and get. Keys that a version does not know are let through, as versions differ.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { LabelUse, Privacy } from './privacy-schema.ts'

const Code = z
  .int()
  .openapi({ description: '0 is success; -1 to -4 say in `status` what is wrong' })

/** An answer with `data`, or a failure without. */
export function reply<T extends z.ZodType>(data: T, name: string) {
  return z.object({ code: Code, status: z.string(), data: data.optional() }).openapi(name)
}

/** An id that some clients send as a number. */
export const Id = z.union([z.string().min(1), z.int()]).transform(String)

export const FedlearnDone = z.object({ code: Code, status: z.string() }).openapi('FedlearnDone')

const Param = z
  .object({
    field: z.string(),
    name: z.string(),
    describe: z.array(z.string()),
    type: z.enum(['NUMS', 'STRING', 'MULTI']),
    defaultValue: z.union([z.number(), z.string()]),
  })
  .openapi('FedlearnParam')

export const FedlearnCommon = reply(
  z.object({
    model: z.array(z.string()),
    match: z.array(z.string()),
    commonParams: z.array(Param),
  }),
  'FedlearnCommon',
)

export const FedlearnAlgorithm = z
  .looseObject({ algorithmType: z.string().min(1) })
  .openapi('FedlearnAlgorithm', { example: { algorithmType: 'LinearRegression' } })

export const FedlearnAlgorithmParams = reply(
  z.object({ algorithmParams: z.array(Param) }),
  'FedlearnAlgorithmParams',
)

/** The address of a client. */
export const Url = z.string().min(1).max(2048)

export const FedlearnClientUrl = z
  .looseObject({ url: Url })
  .openapi('FedlearnClientUrl', { example: { url: 'http://127.0.0.1:8094' } })

export const FedlearnDatasets = reply(
  z.object({
    list: z.array(
      z.object({
        dataset: z.string(),
        features: z.array(z.object({ name: z.string(), dtype: z.string() })),
      }),
    ),
  }),
  'FedlearnDatasets',
)

const MatchClient = z.looseObject({
  url: Url,
  dataset: z.string().min(1),
  index: z.string().min(1).optional(),
})

export const FedlearnMatch = z
  .looseObject({
    taskId: Id,
    matchAlgorithm: z.string().min(1),
    clientList: z.array(MatchClient).min(1).max(100),
  })
  .openapi('FedlearnMatch')

export type FedlearnMatch = z.output<typeof FedlearnMatch>

export const FedlearnKeys = z
  .looseObject({
    taskId: Id,
    clientList: z
      .array(z.union([z.string().min(1), z.looseObject({ url: z.string().min(1) })]))
      .min(1)
      .max(100),
  })
  .openapi('FedlearnKeys')

export const FedlearnMatchId = z
  .looseObject({ matchId: z.string().min(1) })
  .openapi('FedlearnMatchId')

export const FedlearnMatchStarted = reply(z.object({ matchId: z.string() }), 'FedlearnMatchStarted')

export const FedlearnMatchProgress = reply(
  z.object({ percent: z.int().min(0).max(100), describe: z.string() }),
  'FedlearnMatchProgress',
)

export const FedlearnTasks = z
  .looseObject({ taskList: z.array(Id).max(1000), type: z.string().optional() })
  .openapi('FedlearnTasks', { example: { taskList: ['3', '4'], type: 'COMPLETE' } })

export const FedlearnMatches = reply(
  z.object({
    matchList: z.array(
      z.object({ matchId: z.string(), taskId: z.string(), runningStatus: z.string() }),
    ),
  }),
  'FedlearnMatches',
)

export const FedlearnMatchDetail = reply(
  z.object({
    matchId: z.string(),
    matchType: z.string(),
    taskId: z.string(),
    runningStatus: z.string(),
    protocol: z.string().openapi({ description: 'What really ran, whatever it was called' }),
    startTime: z.int().nullable(),
    endTime: z.int().nullable(),
    length: z
      .int()
      .nullable()
      .openapi({ description: 'How many ids all have; null before it is known' }),
    clientList: z.array(z.object({ url: z.string(), dataset: z.string(), index: z.string() })),
    labelUse: LabelUse,
  }),
  'FedlearnMatchDetail',
)

const TrainingClient = z.looseObject({
  url: Url,
  dataset: z.string().min(1),
  features: z
    .looseObject({
      featureList: z
        .array(z.looseObject({ name: z.string().min(1) }))
        .min(1)
        .max(100_000),
      index: z.string().optional(),
    })
    .optional(),
})

export const FedlearnTraining = z
  .looseObject({
    taskId: Id,
    model: z.string().min(1),
    matchId: z.string().min(1),
    algorithmParams: z
      .array(z.looseObject({ field: z.string().min(1), value: z.unknown() }))
      .max(1000)
      .default([]),
    clientList: z.array(TrainingClient).min(2).max(100),
  })
  .openapi('FedlearnTraining')

export type FedlearnTraining = z.output<typeof FedlearnTraining>

export const FedlearnAuto = FedlearnTraining.extend({
  maxTrials: z.coerce.number().int().min(2).max(100).optional().openapi({
    description:
      'How many sets of parameters are tried, a third of them again with more rounds; without it 18, or as many as maxEpsilon leaves room for',
  }),
  maxSeconds: z.coerce.number().positive().max(86_400).default(600).openapi({
    description: 'After this time no set is begun',
  }),
  seed: z.coerce.number().int().nonnegative().default(1),
  maxEpsilon: z.coerce.number().positive().max(1e6).optional().openapi({
    description:
      'Of differential privacy: what the epsilons of all trials may come to, as every one learns from the same labels',
  }),
  ranges: z
    .array(
      z.looseObject({
        field: z.string().min(1),
        describe: z
          .array(z.union([z.string(), z.number(), z.boolean()]))
          .max(100)
          .default([]),
      }),
    )
    .max(100)
    .default([])
    .openapi({
      description:
        "Ranges narrower than those of the algorithm's table, of words a list of choices, and parameters that are searched only where they stand here; an empty one is the table's",
    }),
}).openapi('FedlearnAuto')

export type FedlearnAuto = z.output<typeof FedlearnAuto>

export const FedlearnModelToken = z
  .looseObject({ modelToken: z.string().min(1) })
  .openapi('FedlearnModelToken')

export const FedlearnStarted = reply(z.object({ modelToken: z.string() }), 'FedlearnStarted')

const Series = z.object({
  name: z.string(),
  metric: z.array(z.object({ x: z.number(), y: z.union([z.number(), z.string()]) })),
})

const Importance = z.object({
  name: z.string(),
  metric: z.array(z.record(z.string(), z.number())),
})

export const FedlearnStatus = reply(
  z.object({
    runningType: z.string(),
    percent: z.int(),
    message: z.string(),
    metrics: z.null(),
    token: z.null(),
    trainMetrics: z.array(z.union([Series, Importance])),
    validationMetrics: z.array(Series),
    featureImportance: z.array(
      z.object({
        name: z.string(),
        metric: z.array(z.object({ x: z.string(), y: z.number() })),
      }),
    ),
    bestRound: z.int(),
    tuning: z
      .object({
        trials: z.array(
          z.object({ x: z.int(), y: z.number(), params: z.record(z.string(), z.unknown()) }),
        ),
        best: z.int().nullable(),
        leader: z.int().nullable(),
      })
      .optional()
      .openapi({
        description:
          'Of train/auto: the validation metric of each trial, the set that is kept in the end, and the trial that is the best so far',
      }),
    privacy: Privacy,
    labelUse: LabelUse,
  }),
  'FedlearnStatus',
)

export const FedlearnTrainings = reply(
  z.object({
    trainList: z.array(
      z.object({ modelToken: z.string(), taskId: z.string(), runningStatus: z.string() }),
    ),
  }),
  'FedlearnTrainings',
)

const SetParam = Param.extend({ value: z.unknown() })

export const FedlearnTrainingDetail = reply(
  z.object({
    modelToken: z.string(),
    taskId: z.string(),
    matchId: z.string(),
    model: z.string(),
    algorithmType: z.string(),
    algorithmParams: z.array(SetParam),
    trainStartTime: z.string().nullable(),
    trainEndTime: z.string().nullable(),
    startTime: z.string().nullable(),
    endTime: z.string().nullable(),
    trainInfo: z.array(z.string()),
    percent: z.int(),
    runningStatus: z.string(),
    privacy: Privacy,
    labelUse: LabelUse,
  }),
  'FedlearnTrainingDetail',
)

export const FedlearnTrainingProgress = reply(
  z.object({
    runningType: z.string(),
    percent: z.int(),
    fPercent: z.number(),
    message: z.string(),
    describes: z.array(z.string()),
  }),
  'FedlearnTrainingProgress',
)

export const FedlearnChange = z
  .looseObject({ modelToken: z.string().min(1), type: z.string().min(1) })
  .openapi('FedlearnChange')
