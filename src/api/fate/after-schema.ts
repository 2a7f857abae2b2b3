/**
 * Wire shapes of what clients of later versions do with jobs that were submitted.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { PartyId, reply } from './field.ts'
import { FateComponentAt, FateJobId } from './schema.ts'

const Text = z.string().min(1).max(512)
const Note = z.string().max(10_000)

export const FateNote = FateJobId.extend({
  role: Text.nullish(),
  party_id: PartyId.nullish(),
  notes: Note.nullish().openapi({ description: 'The description, as later clients call it' }),
  description: Note.nullish(),
  name: Note.nullish(),
  tag: Note.nullish(),
}).openapi('FateNote')

/** Names of components: a list, one name, or `pipeline` for what is not done. */
const Components = z.union([Text, z.array(Text).max(1000)])

export const FateRerun = FateJobId.extend({
  component_name: Components.nullish().openapi({
    description:
      'Where it begins again, although that has succeeded; what follows is done again too',
  }),
  cpn: Components.nullish(),
  force: z.boolean().nullish().openapi({ description: 'Does everything again' }),
}).openapi('FateRerun')

export const FateRerunning = reply(z.object({ components: z.array(z.string()) })).openapi(
  'FateRerunning',
  { description: 'The components that are done again' },
)

export const FateClean = FateJobId.extend({
  role: Text.nullish(),
  party_id: PartyId.nullish(),
  component_name: Text.nullish(),
}).openapi('FateClean')

export const FateCleanedJob = reply(
  z.object({ tables: z.int(), metrics: z.int(), jobs: z.array(z.string()) }),
).openapi('FateCleanedJob', {
  description: 'How much is gone, and the jobs that delete rows on other hosts',
})

export const FateMetricDelete = z
  .object({
    job_id: Text.nullish(),
    date: z
      .union([z.int(), z.string()])
      .transform(String)
      .pipe(z.string().regex(/^\d{8}$/, 'expected a day like 20261122'))
      .nullish()
      .openapi({ description: 'Of jobs submitted on that day, in UTC' }),
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    component_name: Text.nullish(),
  })
  .openapi('FateMetricDelete')

export const FateCount = reply(z.int()).openapi('FateCount')

export const FateDataViewRow = z
  .object({
    f_job_id: Text,
    f_component_name: z.string(),
    f_task_id: z.string(),
    f_role: z.string(),
    f_party_id: z.string(),
    f_data_name: z.string(),
    f_table_namespace: z.string(),
    f_table_name: z.string(),
    f_table_count_actual: z.int().nullable(),
    f_party_model_id: z.string().nullable(),
    f_model_version: z.string().nullable(),
    f_type: z.literal('output'),
  })
  .openapi('FateDataViewRow')

export const FateDataViewQuery = z
  .object({
    job_id: Text,
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    component_name: Text.nullish(),
  })
  .openapi('FateDataViewQuery')

export const FateDataViewRows = reply(z.array(FateDataViewRow)).openapi('FateDataViewRows')

export const FateOutputTables = reply(
  z.array(z.object({ table_name: z.string(), namespace: z.string(), data_name: z.string() })),
).openapi('FateOutputTables')

export const FateSummaryAt = FateComponentAt.extend({
  filename: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'expected letters, digits, ".", "_" and "-"')
    .nullish()
    .openapi({ description: 'Sends the summary as a file of this name' }),
}).openapi('FateSummaryAt')

export const FateSummary = reply(z.record(z.string(), z.unknown())).openapi('FateSummary')
