/**
 * Shapes of flows.
 * @module
 */
import { z } from '@hono/zod-openapi'

/** As a job of ModelBox is called. */
export const WeftFlowName = z.object({
  flow: z
    .string()
    .max(64)
    .regex(/^[0-9a-zA-Z\-+~_][0-9a-zA-Z\-+~_.]+$/, 'expected 2 to 64 of A–Z a–z 0–9 - + ~ _ .'),
})

export const WeftFlowBody = z
  .object({
    graph: z
      .union([z.looseObject({}), z.string().max(2_000_000)])
      .openapi({ description: 'The flow: an object, or its text as TOML or JSON' }),
    format: z.enum(['json', 'toml']).default('json'),
    replicas: z.int().min(1).max(64).default(1).openapi({
      description:
        'How many runners run it at once; with a port in its graph, each on another host',
    }),
  })
  .openapi('WeftFlowBody')

export const WeftFlowCheck = z
  .object({
    valid: z.boolean(),
    problems: z.array(
      z.object({
        status: z.string(),
        message: z.string(),
        line: z.int().nullable(),
        column: z.int().nullable(),
        node: z.string().nullable(),
      }),
    ),
    nodes: z.array(
      z.object({
        name: z.string(),
        unit: z.string().nullable(),
        device: z.string().nullable(),
        inputs: z.array(z.string()),
        outputs: z.array(z.string()),
        batchSize: z.int(),
        queueSize: z.int(),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  })
  .openapi('WeftFlowCheck')

export const WeftFlow = z
  .object({
    name: z.string(),
    jobId: z.string().openapi({ description: 'Its job: events, logs and metrics are there' }),
    state: z.string(),
    running: z.boolean().openapi({ description: 'Whether all of its units are open' }),
    reason: z.string().nullable(),
    replicas: z
      .object({ wanted: z.int(), running: z.int() })
      .openapi({ description: 'Those that are wanted, and those all of whose units are open' }),
    attempts: z.int(),
    createdAt: z.number(),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
  })
  .openapi('WeftFlow')

export const WeftFlows = z.object({ flows: z.array(WeftFlow) }).openapi('WeftFlows')

export const WeftTrace = z
  .object({
    traceEvents: z.array(z.looseObject({ name: z.string(), ph: z.string() })),
    displayTimeUnit: z.literal('ms'),
    otherData: z.object({ flow: z.string(), began: z.string() }),
  })
  .openapi('WeftFlowTrace')

export const WeftUnits = z
  .object({
    units: z.array(
      z.looseObject({ name: z.string(), device: z.string(), description: z.string() }),
    ),
  })
  .openapi('WeftFlowUnits')
