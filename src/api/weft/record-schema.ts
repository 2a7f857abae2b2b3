/**
 * Wire shapes of runners and of attempts at tasks.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { LOG_LEVELS } from '../../domain/log.ts'
import { Time } from './schema.ts'

const Open = z.record(z.string(), z.unknown())
const Share = z.number().min(0).max(1)

const Allocation = z
  .object({
    cores: z.number(),
    memoryMb: z.number(),
    gpus: z.array(z.string()).readonly(),
    ports: z.array(z.int()).readonly(),
  })
  .nullable()
  .openapi({ description: 'What it was given; null where it asked for nothing' })

export const WeftRunnerId = z.object({ id: z.string() })

export const WeftRunner = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['active', 'draining', 'gone', 'removed']),
    live: z.boolean().openapi({ description: 'Whether it was heard of within 15 seconds' }),
    parties: z.array(z.string()).readonly().nullable().openapi({
      description: 'Null for every party',
    }),
    slots: z.int(),
    capacity: z.object({
      cores: z.number().optional(),
      memoryMb: z.number().optional(),
      gpus: z
        .array(
          z.object({
            id: z.string(),
            name: z.string(),
            memoryMb: z.number().nullable(),
            driver: z.string().nullable(),
            kind: z.enum(['cuda', 'webgpu']),
          }),
        )
        .readonly()
        .optional(),
      labels: z.record(z.string(), z.string()).optional(),
      engines: z.array(z.string()).readonly().optional(),
      ports: z.tuple([z.int(), z.int()]).readonly().optional(),
    }),
    facts: Open,
    startedAt: Time,
    seenAt: Time,
    tasks: z.array(
      z.object({
        taskId: z.string(),
        jobId: z.string(),
        name: z.string(),
        role: z.string().nullable(),
        party: z.string().nullable(),
        attempt: z.int(),
        progress: Share,
        allocation: Allocation,
        startedAt: Time,
      }),
    ),
  })
  .openapi('WeftRunner')

export const WeftRunners = z.object({ runners: z.array(WeftRunner) }).openapi('WeftRunners')

export const WeftRunnerUse = WeftRunner.extend({
  samples: z
    .array(
      z.object({
        at: Time,
        cpu: Share,
        memoryMb: z.int(),
        tasks: z.int(),
        gpus: z
          .array(
            z.object({
              id: z.string(),
              use: Share.nullable(),
              memoryMb: z.number().nullable(),
            }),
          )
          .readonly(),
      }),
    )
    .openapi({ description: 'Every 5 seconds for a quarter of an hour, every minute for a day' }),
}).openapi('WeftRunnerUse')

export const WeftTaskId = z.object({ id: z.string(), task: z.string() })

export const WeftAttemptId = WeftTaskId.extend({ number: z.coerce.number().int().min(1) })

export const WeftAttempts = z
  .object({
    attempts: z.array(
      z.object({
        id: z.string(),
        number: z.int(),
        state: z.string(),
        reason: z.string().nullable(),
        runner: z.object({ id: z.string(), name: z.string() }),
        allocation: Allocation,
        ending: z
          .object({
            type: z.string(),
            exitCode: z.int().nullable(),
            signal: z.string().nullable(),
            peakMemoryMb: z.number().nullable(),
          })
          .nullable()
          .openapi({ description: 'How its process ended, where it had one of its own' }),
        startedAt: Time,
        endedAt: Time.nullable(),
      }),
    ),
  })
  .openapi('WeftAttempts')

export const WeftLogQuery = z.object({
  after: z.coerce.number().int().min(0).optional().openapi({
    description: 'The oldest lines after this one',
  }),
  before: z.coerce.number().int().min(0).optional().openapi({
    description: 'The newest lines before this one; without `after` and `before` the newest of all',
  }),
  level: z.enum(LOG_LEVELS).optional().openapi({ description: 'The least level' }),
  text: z.string().max(1000).optional().openapi({ description: 'Only lines that contain it' }),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
})

export const WeftLog = z
  .object({
    lines: z.array(z.object({ id: z.int(), at: Time, level: z.string(), text: z.string() })),
  })
  .openapi('WeftLog')
