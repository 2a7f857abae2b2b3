/**
 * FATE-Flow's wire shapes of models: loading, publishing, files.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { PartyId, reply, Roles } from './schema.ts'

const Text = z.string().min(1).max(512)
const Open = z.record(z.string(), z.unknown())

/** Names a model of a version; the document puts it under `model`, the original reads `job_parameters`. */
const ModelName = z.looseObject({ model_id: Text.optional(), model_version: Text.optional() })

export const FateLoad = z
  .object({
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
