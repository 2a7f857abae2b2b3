/**
 * FATE-Flow's wire shapes of models: loading, publishing, files.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { PartyId, reply } from './field.ts'
import { Roles } from './table-schema.ts'

const Text = z.string().min(1).max(512)
const Open = z.record(z.string(), z.unknown())

/** Names a model of a version; the document puts it under `model`, the original reads `job_parameters`. */
const ModelName = z.looseObject({ model_id: Text.optional(), model_version: Text.optional() })

export const FateLoad = z
  .object({
    job_id: z.union([z.int(), Text]).transform(String).nullish().openapi({
      description: 'The training, or the version of a deployment, in place of all the rest (1.5)',
    }),
    initiator: z.object({ role: Text, party_id: PartyId }).nullish(),
    role: Roles.nullish(),
    job_parameters: ModelName.nullish(),
    model: z.union([ModelName, Open]).nullish(),
    role_parameters: Open.nullish().openapi({
      description:
        'As for a prediction: args.data.eval_data names the tables in which parties look their features up; those of ' +
        'the training where it is absent',
    }),
    gen_table_info: z.boolean().nullish(),
  })
  .openapi('FateLoad')

export const FateOnline = FateLoad.extend({
  local: z.object({ role: Text.nullish(), party_id: PartyId }).nullish(),
  servings: z.array(z.unknown()).nullish().openapi({ description: 'Not used: this server serves' }),
  service_id: Text.nullish().openapi({
    description: "The name to ask for; model/online takes the guest's party id where it is absent",
  }),
}).openapi('FateOnline')

const ByParty = z.record(z.string(), z.record(z.string(), z.number()))

export const FateLoaded = reply(
  ByParty.and(
    z.object({
      detail: z
        .record(
          z.string(),
          z.record(z.string(), z.object({ retcode: z.int(), retmsg: z.string() })),
        )
        .optional(),
    }),
  ),
).openapi('FateLoaded', {
  description: 'A result code for each party, and from version 1.4 on the reasons under `detail`',
})

/** A party's part of a version. */
export const FatePart = z
  .object({
    model_id: Text,
    model_version: Text,
    role: Text,
    party_id: PartyId,
    format: z.enum(['archive', 'json']).default('archive').openapi({
      description: 'json answers what the components learnt, in plain JSON',
    }),
  })
  .openapi('FatePart')

export const FatePlainModel = reply(Open).openapi('FatePlainModel')

export const FateImport = z
  .object({
    file: z.string().openapi({ format: 'binary', description: 'What model/export answered' }),
    model_id: Text.nullish(),
    model_version: Text.nullish(),
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    force_update: z
      .stringbool()
      .or(z.boolean())
      .nullish()
      .openapi({ description: 'Puts it in the place of a part that is there already' }),
  })
  .openapi('FateImport', {
    description: 'The names are checked against the archive where they are given',
  })

export const FateImported = reply(
  z.object({ model_id: Text, model_version: Text, role: Text, party_id: z.string() }),
).openapi('FateImported')

export const FateDeploy = z
  .object({
    model_id: Text,
    model_version: Text,
    cpn_list: z.array(Text).max(1000).nullish().openapi({
      description: 'The components that predictions keep; all of the pipeline without it',
    }),
    dsl: Open.nullish().openapi({ description: 'A whole inference DSL instead' }),
    predict_dsl: Open.nullish(),
  })
  .openapi('FateDeploy')

export const FateDeployed = reply(Open).openapi('FateDeployed', {
  description: 'The new version as model_version, and a result code for each party',
})

/** Parties by role; every role has some. */
const Seats = z.partialRecord(
  z.enum(['guest', 'host', 'arbiter', 'local']),
  z.array(PartyId).min(1).max(1000),
)

export const FateMigrate = z
  .object({
    model_id: Text,
    model_version: Text,
    role: Seats.openapi({ description: 'The parties that have it, as it was trained' }),
    migrate_role: Seats.openapi({
      description: 'Who is to have it: as many of every role, one in the place of the other',
    }),
    migrate_initiator: z.object({ role: Text, party_id: PartyId }),
    execute_party: Seats.openapi({
      description: 'Whose parts are taken over now; parties of role',
    }),
    job_parameters: Open.nullish().openapi({
      description: 'Not used: every runner is asked alike',
    }),
    unify_model_version: z
      .union([z.int(), Text])
      .transform(String)
      .pipe(z.string().regex(/^[\w.-]{1,128}$/, 'expected letters, digits, ".", "_" and "-"'))
      .nullish()
      .openapi({ description: 'The version that is made; the same one for parties that follow' }),
  })
  .openapi('FateMigrate')

export const FateMigrated = reply(Open).openapi('FateMigrated', {
  description:
    'The new model as model_id and model_version; by role and party a result code, and the reasons under `detail`',
})

/** A version of a model, and which of its parts; all that are to be had without role and party. */
export const FateStore = z
  .object({
    model_id: Text,
    model_version: Text,
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    force_update: z.boolean().nullish().openapi({
      description: 'Restores over a part that is there; what is stored is always replaced',
    }),
    store_address: Open.nullish().openapi({
      description:
        'Models are stored in the folder WEFT_MODEL_STORE of the server: {"storage": "file"}, or nothing; any other ' +
        'storage is refused',
    }),
  })
  .openapi('FateStore')

export const FateStored = reply(
  z.object({
    model_id: Text,
    model_version: Text,
    parts: z.array(z.object({ role: Text, party_id: z.string(), bytes: z.int().optional() })),
  }),
).openapi('FateStored')

export const FateModelQuery = z
  .object({
    model_id: Text.nullish(),
    model_version: Text.nullish(),
    role: Text.nullish(),
    party_id: PartyId.nullish(),
    query_filters: z.array(Text).nullish().openapi({ description: 'Keys that are wanted only' }),
  })
  .openapi('FateModelQuery')

export const FateModelRows = reply(z.array(Open)).openapi('FateModelRows', {
  description: 'One row for each role and party of a version, newest first, at most 300 versions',
})
