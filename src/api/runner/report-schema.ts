/**
 * Wire shape of what running tasks report.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { Address, Count, Id, Name, Open, Text, Time } from './fields.ts'

const report = { taskId: z.string().max(512), attemptId: Id, at: Time }
const Preview = z.unknown().openapi({ description: 'First rows or contents, or null' })

export const ReportBody = z.object({
  runnerId: Id,
  batch: Id.optional().openapi({
    description:
      'A name for this batch: the last one that was taken in counts once however often it comes',
  }),
  reports: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ ...report, type: z.literal('log'), level: Name, text: Text }),
        z.object({
          ...report,
          type: z.literal('event'),
          level: z.enum(['info', 'warning', 'error']),
          message: Text,
        }),
        z.object({
          ...report,
          type: z.literal('progress'),
          fraction: z.number().min(0).max(1),
          note: Text.optional(),
        }),
        z.object({ ...report, type: z.literal('fact'), key: Name, value: z.unknown() }),
        z.object({
          ...report,
          type: z.literal('metric'),
          namespace: z.string().max(256),
          name: Name,
          points: z.array(z.tuple([z.union([z.number(), Text]), z.number()])),
          meta: Open,
        }),
        z.object({
          ...report,
          type: z.literal('artifact'),
          kind: z.enum(['table', 'model']),
          name: Name,
          location: Text,
          rows: Count.optional(),
          summary: Open,
          preview: Preview,
        }),
        z.object({
          ...report,
          type: z.literal('table'),
          location: Text,
          columns: z.array(Text),
          idColumn: Text,
          rows: Count,
          partitions: Count,
          preview: z.array(z.array(z.unknown())).nullable(),
        }),
        z.object({
          ...report,
          type: z.literal('ledger'),
          receiver: Address,
          tag: z.string().max(1024),
          kind: z.enum(['ciphertext', 'blinded', 'masked', 'share', 'aggregate', 'plain']),
          reveals: Text,
          messages: Count,
          bytes: Count,
        }),
      ]),
    )
    .max(10_000),
})
