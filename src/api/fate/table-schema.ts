/**
 * The shapes of FATE-Flow's tables: uploads, downloads, what is asked of one, and of the versions of models.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { Flag, Named, OptionalText, PartyId, reply, Text, Whole } from './field.ts'

/** 0 or 1, as a number or as text. */
const Bit = z.union([z.literal(0), z.literal(1), z.literal('0'), z.literal('1')], {
  error: 'expected 0 or 1',
})

const Local = z.object({ role: OptionalText, party_id: PartyId.nullish() })
/** Clients with a flag for one role send its name here; only the object says who takes part. */
export const Roles = z
  .record(z.string(), z.array(PartyId))
  .or(z.string().transform(() => undefined))

const TableName = {
  namespace: OptionalText,
  table_name: OptionalText,
  local: Local.nullish(),
  role: Roles.nullish(),
  data_type: OptionalText,
  gen_table_info: Flag.nullish(),
}

export const FateUpload = z
  .object({
    ...TableName,
    file: Named.openapi({ description: "A path under the server's import folders" }),
    work_mode: Bit.nullish(),
    head: z
      .union([Bit, z.boolean()], { error: 'expected 0, 1, true or false' })
      .nullish()
      .openapi({ description: 'Whether the first line names the columns; 1 by default' }),
    partition: Whole.pipe(z.int().min(1).max(1024)).nullish(),
    id_delimiter: z
      .string()
      .length(1, { error: 'expected one character' })
      .nullish()
      .openapi({ description: 'A comma by default' }),
  })
  .openapi('FateUpload')

export const FateUploaded = reply(
  z.object({
    table_name: Text,
    namespace: Text,
    pid: z.int().nullable(),
    board_url: Text,
  }),
).openapi('FateUploaded')

export const FateModelNamespace = z
  .object({
    namespace: Named.openapi({ description: '`<role>#<party>#<model id>`, or a model id' }),
  })
  .openapi('FateModelNamespace')

export const FateModelVersions = reply(
  z.array(
    z.object({
      commitId: Text,
      parent: Text.nullable(),
      name: Text,
      namespace: Text,
      log: Text,
      tag: Text.nullable(),
    }),
  ),
).openapi('FateModelVersions')

export const FateDownload = z
  .object({
    namespace: Named,
    table_name: Named,
    output_path: Named.openapi({ description: "A path below the server's export folder" }),
    delimitor: z
      .string()
      .length(1, { error: 'expected one character' })
      .nullish()
      .openapi({ description: 'A comma by default' }),
    work_mode: Bit.nullish(),
    local: Local.nullish(),
    role: Roles.nullish(),
  })
  .openapi('FateDownload')

export const FateTableQuery = z
  .object({ ...TableName, create: Flag.nullish() })
  .openapi('FateTableQuery')

export const FateTableInfo = reply(
  z.object({ table_name: Text, namespace: Text, count: z.int(), partition: z.int().nullable() }),
).openapi('FateTableInfo')
