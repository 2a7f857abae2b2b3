/**
 * Wire shapes of paths that only later versions of FATE-Flow have.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { PartyId, reply } from './field.ts'
import { FateJob, FateTask } from './schema.ts'

const Text = z.string().min(1).max(512)
const Open = z.record(z.string(), z.unknown())
const Limit = z.coerce.number().int().min(1).max(300)

export const FateListQuery = z
  .object({
    limit: Limit.nullish(),
    job_id: Text.nullish(),
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    status: Text.nullish(),
  })
  .openapi('FateListQuery')

export const FateJobList = reply(z.object({ jobs: z.array(FateJob), count: z.int() })).openapi(
  'FateJobList',
)
export const FateTaskList = reply(z.object({ tasks: z.array(FateTask), count: z.int() })).openapi(
  'FateTaskList',
)
export const FateComponents = reply(z.object({ components: z.array(Text) })).openapi(
  'FateComponents',
)
export const FateCleaned = reply(z.record(z.string(), z.int())).openapi('FateCleaned', {
  description: 'A result code for each job that waited',
})

export const FateHistoryQuery = z
  .object({ job_id: Text.nullish(), limit: Limit.nullish() })
  .openapi('FateHistoryQuery')

export const FateHistory = reply(
  z.array(
    z.record(
      z.string(),
      z.object({
        upload_info: z.object({
          table_name: z.string(),
          namespace: z.string(),
          partition: z.int(),
          upload_count: z.int(),
        }),
        notes: z.string(),
      }),
    ),
  ),
).openapi('FateHistory', { description: 'One entry for each upload by its job, newest first' })

export const FateTableName = z
  .object({ namespace: Text, table_name: Text })
  .openapi('FateTableName')
export const FateTableDeleted = reply(FateTableName).openapi('FateTableDeleted')

export const FateVersionQuery = z.object({ module: Text.default('FATE') })
export const FateVersion = reply(z.record(z.string(), z.string())).openapi('FateVersion')

const Dsl = z.union([z.string().max(1_000_000), Open])

export const FateDslQuery = z
  .object({
    train_dsl: Dsl,
    cpn_list: z.array(Text).nullish(),
    cpn_str: z.string().nullish().openapi({ description: 'The names as a text with commas' }),
  })
  .openapi('FateDslQuery')

export const FateModelKey = z
  .object({ model_id: Text, model_version: Text })
  .openapi('FateModelKey')

export const FateDocument = reply(Open).openapi('FateDocument')
