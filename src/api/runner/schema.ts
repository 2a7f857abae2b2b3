/**
 * Wire shapes of the runner gateway. They are the words of `domain/work.ts`; what a runner sends is checked in full.
 * @module
 */
import { z } from '@hono/zod-openapi'

import type { TaskSpec } from '../../domain/work.ts'
import { Address, Count, Id, Name, Text } from './fields.ts'

export const JoinBody = z.object({
  code: z.string().min(1).max(100).openapi({
    description: 'Made with "npm run cli -- runner invite"; capitals and separators do not matter',
  }),
})

export const Joined = z
  .object({
    token: z.string(),
    kind: z.enum(['gateway', 'database']).openapi({
      description: 'What the token opens: this gateway, or the database at `/hrana`',
    }),
    name: z.string(),
    parties: z.array(z.string()).nullable().openapi({ description: 'Null for every party' }),
  })
  .openapi('RunnerJoined')

const RunnerState = z.enum(['active', 'draining', 'gone'])
const Share = z.number().min(0).max(1)

const SampleBody = z
  .object({
    cpu: Share.openapi({
      description: 'Busy share of the cores of the host since the last sample',
    }),
    memoryMb: Count.openapi({ description: 'In use on the host' }),
    tasks: Count,
    gpus: z
      .array(z.object({ id: Name, use: Share.nullable(), memoryMb: Count.nullable() }))
      .max(256),
  })
  .openapi('RunnerSample')

export const BeatBody = z.object({
  runnerId: Id,
  state: RunnerState,
  sample: SampleBody.optional(),
})

export const Beaten = z
  .object({
    state: RunnerState.openapi({
      description: 'What the server wants: to take work, to take no more, or to end',
    }),
  })
  .openapi('RunnerBeaten')

export const ClaimBody = z.object({
  runnerId: Id,
  slots: z.int().min(0).max(4096),
  wait_ms: z.int().min(0).max(20_000).default(0).openapi({
    description: 'How long to wait for a task when none is ready',
  }),
  claim: Id.optional().openapi({
    description:
      'A name for this request: sent again, it gets the same tasks while their leases last',
  }),
})

const AllocationBody = z.object({
  cores: z.number(),
  memoryMb: z.number(),
  gpus: z.array(z.string()).readonly(),
  ports: z.array(z.int()).readonly(),
})

export const LeasedTasks = z
  .object({
    tasks: z.array(
      z.object({
        taskId: z.string(),
        attemptId: z.string(),
        attempt: z.int(),
        jobId: z.string(),
        name: z.string(),
        kind: z.enum(['component', 'upload', 'download', 'process', 'serving', 'flow', 'work']),
        role: z.string().nullable(),
        party: z.string().nullable(),
        position: z.int(),
        spec: z.custom<TaskSpec>().openapi({ type: 'object' }),
        allocation: AllocationBody.nullable(),
        handle: z.string().nullable(),
      }),
    ),
  })
  .openapi('RunnerTasks')

export const RenewBody = z.object({ runnerId: Id, attemptIds: z.array(Id).max(4096) })

export const LostLeases = z
  .object({ lost: z.array(z.object({ attemptId: z.string(), reason: z.string() })) })
  .openapi('RunnerLostLeases')

const Ending = z
  .object({
    type: Name,
    exitCode: z.int().nullable(),
    signal: Name.nullable(),
    peakMemoryMb: z.number().min(0).nullable(),
  })
  .openapi({ description: 'How its process ended, where it had one that did' })
const ending = { ending: Ending.optional() }

export const SettleBody = z.object({
  runnerId: Id,
  settlements: z
    .array(
      z.object({
        attemptId: Id,
        outcome: z.discriminatedUnion('state', [
          z.object({ state: z.literal('succeeded'), ...ending }),
          z.object({ state: z.literal('failed'), reason: Text, ...ending }),
          z.object({ state: z.literal('released'), reason: Text, ...ending }),
        ]),
      }),
    )
    .max(1000),
})

export const Settled = z
  .object({
    counted: z.array(z.string()).openapi({
      description:
        'The attempts whose outcome counts, now or when it was said before; of the others the lease was gone',
    }),
  })
  .openapi('RunnerSettled')

export const PeersBody = z.object({ jobId: Id, node: Name })

export const Peers = z
  .object({
    peers: z.array(
      z.object({
        address: z.string(),
        runnerId: z.string(),
        url: z.string().nullable(),
        identity: z.string(),
      }),
    ),
  })
  .openapi('RunnerPeers')

export const EndedBody = z.object({
  jobIds: z.array(Id).max(1000),
  forMs: z.int().min(0).optional().openapi({ description: 'Only those that ended longer ago' }),
})

export const Ended = z
  .object({
    ended: z
      .array(z.string())
      .openapi({ description: 'The jobs among them that are over for good' }),
  })
  .openapi('RunnerEndedJobs')

export const ParcelQuery = z.object({
  jobId: Id,
  session: z.string().min(1).max(512),
  sender: Address,
  receiver: Address,
})

export const CollectBody = z.object({ session: z.string().min(1).max(512), receiver: Address })

export const SpoolId = z.object({ id: Id })

export const SpoolQuery = z.object({ runnerId: Id })

export const Done = z.object({}).openapi('RunnerDone')

export const GatewayError = z
  .object({ error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }) })
  .openapi('RunnerError')
