/**
 * FATE-Flow's wire shapes of tags of models (1.5).
 * @module
 */
import { z } from '@hono/zod-openapi'

import { PartyId, reply } from './field.ts'

const Text = z.string().min(1).max(512)
const Name = z
  .string()
  .trim()
  .min(1, 'a tag needs a name')
  .max(100)
  .openapi({ description: 'Up to 100 characters', example: 'released' })
const Note = z.string().max(10_000)
const Limit = z
  .union([z.int(), z.string().regex(/^\d{1,6}$/)])
  .transform(Number)
  .pipe(z.int().min(1).max(1000))
  .default(20)

export const FateTagName = z.object({ tag_name: Name }).openapi('FateTagName')

export const FateNewTag = FateTagName.extend({ tag_desc: Note.nullish() }).openapi('FateNewTag')

export const FateTagSearch = z
  .object({
    tag_name: Name.openapi({
      description:
        'Tags that have this in their name; the very tag where `with_model` asks for models',
    }),
    with_model: z.stringbool().or(z.boolean()).nullish(),
  })
  .openapi('FateTagSearch')

export const FateTagChange = FateTagName.extend({
  new_tag_name: Name.nullish(),
  new_tag_desc: Note.nullish().openapi({ description: 'Stays as it is where it is absent' }),
}).openapi('FateTagChange')

export const FateTagList = z
  .object({ limit: Limit.openapi({ description: 'At most so many, by name; 20 unless given' }) })
  .openapi('FateTagList')

/** Names a version as the original does: by the job that trained it, or the version that a deployment made. */
export const FateTaggable = z
  .object({
    job_id: z
      .union([z.int(), Text])
      .transform(String)
      .openapi({ description: 'The id of the training, or the version of a deployment' }),
    model_id: Text.nullish().openapi({
      description: 'Where versions of several models are named so',
    }),
  })
  .openapi('FateTaggable')

export const FateTagging = FateTaggable.extend({ tag_name: Name }).openapi('FateTagging')

const Tag = z.object({ name: z.string(), description: z.string().nullable() })

export const FateTags = reply(
  z.object({
    tags: z.array(Tag.extend({ model_count: z.int().optional() })),
    count: z.int().optional(),
  }),
).openapi('FateTags')

export const FateTagged = reply(
  z.object({
    tags: z.array(Tag).optional(),
    models: z
      .array(
        z.object({
          model_id: Text,
          model_version: Text,
          model_size: z.int().nullable(),
          role: Text,
          party_id: PartyId,
        }),
      )
      .optional(),
    count: z.int().optional(),
  }),
).openapi('FateTagged', {
  description: '`tags`; or `models`, one for each party of a version, where they were asked for',
})
