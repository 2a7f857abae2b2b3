/**
 * Weft's own wire shapes.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { JOB_STATES } from '../../domain/job-state.ts'
import { TASK_STATES } from '../../domain/task-state.ts'

export const Time = z.int().openapi({ description: 'Milliseconds since 1970' })
const Open = z.record(z.string(), z.unknown())

export const WeftError = z
  .object({
    error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }),
  })
  .openapi('WeftError')

export const WeftJobId = z.object({ id: z.string() })

export const WeftTask = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.string(),
    role: z.string().nullable(),
    party: z.string().nullable(),
    state: z.enum(TASK_STATES),
    reason: z
      .string()
      .nullable()
      .openapi({ description: 'Why it waits, what it does now, or why it failed' }),
    progress: z.number().min(0).max(1),
    attempts: z.int(),
    createdAt: Time,
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
  })
  .openapi('WeftTask')

export const WeftJob = z
  .object({
    id: z.string(),
    surface: z.string(),
    owner: z
      .string()
      .nullable()
      .openapi({ description: 'The account whose it is; null for the operator’s' }),
    kind: z.string(),
    name: z.string(),
    description: z.string(),
    tag: z.string(),
    state: z.enum(JOB_STATES),
    reason: z.string().nullable(),
    progress: z.int().min(0).max(100),
    initiator: z.object({ role: z.string(), party: z.string() }).nullable(),
    members: z.record(z.string(), z.array(z.string())),
    graph: z.array(
      z.object({
        name: z.string(),
        module: z.string(),
        needs: z.array(z.object({ node: z.string(), kind: z.enum(['data', 'model']) })),
      }),
    ),
    modelId: z.string().nullable(),
    modelVersion: z.string().nullable(),
    createdAt: Time,
    updatedAt: Time,
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    tasks: z.array(WeftTask),
  })
  .openapi('WeftJob')

/** A job without its tasks and its graph. */
export const WeftJobs = z
  .object({
    jobs: z.array(WeftJob.omit({ tasks: true, graph: true })),
    next: z.string().nullable().openapi({ description: 'Give it as `after` for what follows' }),
  })
  .openapi('WeftJobs')

export const WeftJobQuery = z.object({
  state: z.enum(JOB_STATES).optional(),
  surface: z.string().max(64).optional().openapi({ description: 'Such as fate or weft' }),
  kind: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'Uploads are listed only when named' }),
  text: z.string().max(256).optional().openapi({ description: 'Part of an id or a name' }),
  after: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
})

export const WeftLedger = z
  .object({
    lines: z.array(
      z.object({
        component: z.string(),
        sender: z.string(),
        receiver: z.string(),
        tag: z.string(),
        kind: z.string(),
        reveals: z.string(),
        messages: z.int(),
        bytes: z.int(),
      }),
    ),
  })
  .openapi('WeftLedger', { description: 'What crossed between the parties of a job' })

export const WeftEventQuery = z.object({
  after: z.coerce.number().int().min(0).optional().openapi({
    description: 'Only events after this one',
  }),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
})

export const WeftEvents = z
  .object({
    events: z.array(
      z.object({
        id: z.int(),
        taskId: z.string().nullable(),
        attemptId: z.string().nullable(),
        at: Time,
        type: z.string(),
        level: z.string(),
        message: z.string(),
      }),
    ),
  })
  .openapi('WeftEvents')

export const WeftMetrics = z
  .object({
    metrics: z.array(
      z.object({
        taskId: z.string(),
        namespace: z.string(),
        name: z.string(),
        meta: Open,
        points: z.array(z.tuple([z.union([z.number(), z.string()]), z.number()])),
      }),
    ),
  })
  .openapi('WeftMetrics')

export const WeftRequestPart = z.object({ id: z.string(), key: z.string() })
