/**
 * Wire shape of a runner: who it is, what its host has, and what its parties offer.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { Count, Id, Name, Open } from './fields.ts'

const Label = z.string().max(256)
const Device = z.object({
  id: Name,
  name: Label,
  memoryMb: Count.nullable(),
  driver: Label.nullable(),
  kind: z.enum(['cuda', 'webgpu']),
})
const Port = z.int().min(1).max(65_535)

const CapacityBody = z
  .object({
    cores: z.number().positive().max(65_536).optional(),
    memoryMb: Count.optional(),
    gpus: z.array(Device).max(256).optional(),
    labels: z.record(Name, Label).optional(),
    engines: z.array(Name).max(64).optional(),
    units: z.array(Name).max(4096).optional(),
    ports: z.tuple([Port, Port]).optional(),
    cluster: z
      .object({
        name: Label,
        nodes: z
          .array(z.object({ count: Count, cores: Count, memoryMb: Count, gpus: Count }))
          .max(4096),
      })
      .optional(),
  })
  .openapi('RunnerCapacity')

const DatasetBody = z
  .object({
    party: Name,
    name: Name,
    index: Name,
    features: z.array(z.object({ name: Name, dtype: z.enum(['float', 'string']) })).max(100_000),
    maxEpsilon: z.number().positive().max(1e6).optional(),
  })
  .openapi('OfferedDataset', { description: 'A data set that a party offers: name and columns' })

const UnitBody = z
  .object({ name: Name, device: Name, descriptor: Open })
  .openapi('OfferedUnit', { description: 'A flow unit, with its ports and options' })

export const RunnerProfileBody = z
  .object({
    id: Id,
    name: Name,
    site: Name,
    parties: z
      .array(Name)
      .min(1)
      .max(1000)
      .nullable()
      .openapi({ description: 'Null for every party' }),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullable(),
    slots: z.int().min(1).max(4096),
    identities: z.record(
      z.string(),
      z.string().regex(/^[\w-]{43}$/, 'expected 32 bytes in base64url'),
    ),
    facts: Open,
    capacity: CapacityBody.optional(),
    datasets: z.array(DatasetBody).max(10_000).optional(),
    units: z.array(UnitBody).max(4096).optional(),
  })
  .openapi('RunnerProfile')
