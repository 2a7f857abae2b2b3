/**
 * `/model/tag/*`, `/model/model_tag/*`: names that people give to versions of models.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import {
  changeTag,
  createTag,
  deleteTag,
  listTags,
  modelsOfTag,
  searchTags,
  tagModel,
  tagsOfModel,
  untagModel,
} from '../../../domain/model-tag.ts'
import { findModel, type ModelVersion } from '../../../domain/model.ts'
import { ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { FateReply } from '../field.ts'
import { modelOfVersion } from '../model-name.ts'
import {
  FateNewTag,
  FateTagChange,
  FateTagged,
  FateTagging,
  FateTaggable,
  FateTagList,
  FateTagName,
  FateTags,
  FateTagSearch,
} from '../tag-schema.ts'

const MOST_MODELS = 300

/** Adds the routes. */
export function tagRoutes(api: Api, deps: AppDeps): void {
  tagsAlone(api, deps)
  tagsOfModels(api, deps)
}

function tagsAlone(api: Api, { db }: AppDeps): void {
  const create = createRoute({
    method: 'post',
    path: '/model/tag/create',
    operationId: 'fate.tag.create',
    summary: 'Make a tag (1.5)',
    request: jsonBody(FateNewTag),
    responses: { 200: json(FateReply, 'It is there') },
  })
  api.openapi(create, async (c) => {
    const { tag_name: name, tag_desc } = c.req.valid('json')
    await createTag(db, { name, description: tag_desc ?? null })
    return c.json(success({ retmsg: `Tag "${name}" is made` }), 200)
  })

  const list = createRoute({
    method: 'post',
    path: '/model/tag/list',
    operationId: 'fate.tag.list',
    summary: 'Tags by name, and how many versions have each (1.5)',
    request: jsonBody(FateTagList),
    responses: { 200: json(FateTags, 'The tags') },
  })
  api.openapi(list, async (c) => {
    const found = await listTags(db, c.req.valid('json').limit)
    const tags = found.map(({ models, ...tag }) => ({ ...tag, model_count: models }))
    return c.json(success({ data: { tags } }), 200)
  })

  const retrieve = createRoute({
    method: 'post',
    path: '/model/tag/retrieve',
    operationId: 'fate.tag.retrieve',
    summary: 'Tags by a part of their name; or the models that have one (1.5)',
    request: jsonBody(FateTagSearch),
    responses: { 200: json(FateTagged, 'The tags, or the models') },
  })
  api.openapi(retrieve, async (c) => {
    const { tag_name: name, with_model } = c.req.valid('json')
    if (!with_model) {
      const tags = await searchTags(db, { text: name, limit: 1000 })
      if (tags.length > 0) return c.json(success({ data: { tags } }), 200)
      return c.json(failure(RETCODE.exception, `No tag has "${name}" in its name`), 200)
    }
    const models = []
    for (const key of await modelsOfTag(db, { name, limit: MOST_MODELS })) {
      const model = await findModel(db, { ...key, ...ownOnly(c) })
      if (model) models.push(...partsOf(model))
    }
    return c.json(success({ data: { models, count: models.length } }), 200)
  })

  const update = createRoute({
    method: 'post',
    path: '/model/tag/update',
    operationId: 'fate.tag.update',
    summary: 'Give a tag another name or description (1.5)',
    request: jsonBody(FateTagChange),
    responses: { 200: json(FateReply, 'It is changed') },
  })
  api.openapi(update, async (c) => {
    const { tag_name, new_tag_name, new_tag_desc } = c.req.valid('json')
    await changeTag(db, tag_name, {
      ...(new_tag_name ? { name: new_tag_name } : {}),
      ...(typeof new_tag_desc === 'string' ? { description: new_tag_desc } : {}),
    })
    return c.json(success({ retmsg: `Tag "${tag_name}" is changed` }), 200)
  })

  const destroy = createRoute({
    method: 'post',
    path: '/model/tag/destroy',
    operationId: 'fate.tag.destroy',
    summary: 'Delete a tag; models that had it stay (1.5)',
    request: jsonBody(FateTagName),
    responses: { 200: json(FateReply, 'It is gone') },
  })
  api.openapi(destroy, async (c) => {
    const { tag_name: name } = c.req.valid('json')
    await deleteTag(db, name)
    return c.json(success({ retmsg: `Tag "${name}" is deleted` }), 200)
  })
}

function tagsOfModels(api: Api, { db }: AppDeps): void {
  const taggable = ({ job_id: version, model_id: modelId }: z.output<typeof FateTaggable>) =>
    modelOfVersion(db, { version, modelId })

  const create = createRoute({
    method: 'post',
    path: '/model/model_tag/create',
    operationId: 'fate.model.tag',
    summary: 'Put a tag on a version of a model, a new one where there is none of that name (1.5)',
    request: jsonBody(FateTagging),
    responses: { 200: json(FateReply, 'It has the tag') },
  })
  api.openapi(create, async (c) => {
    const body = c.req.valid('json')
    const model = await taggable(body)
    await tagModel(db, model, body.tag_name)
    const retmsg = `Model ${model.modelId} version ${model.version} has the tag "${body.tag_name}" now`
    return c.json(success({ retmsg }), 200)
  })

  const remove = createRoute({
    method: 'post',
    path: '/model/model_tag/remove',
    operationId: 'fate.model.untag',
    summary: 'Take a tag off a version of a model (1.5)',
    request: jsonBody(FateTagging),
    responses: { 200: json(FateReply, 'It has not the tag any more') },
  })
  api.openapi(remove, async (c) => {
    const body = c.req.valid('json')
    const model = await taggable(body)
    await untagModel(db, model, body.tag_name)
    const retmsg = `Model ${model.modelId} version ${model.version} has the tag "${body.tag_name}" no more`
    return c.json(success({ retmsg }), 200)
  })

  const retrieve = createRoute({
    method: 'post',
    path: '/model/model_tag/retrieve',
    operationId: 'fate.model.tags',
    summary: 'The tags of a version of a model (1.5)',
    request: jsonBody(FateTaggable),
    responses: { 200: json(FateTags, 'The tags') },
  })
  api.openapi(retrieve, async (c) => {
    const tags = await tagsOfModel(db, await taggable(c.req.valid('json')))
    return c.json(success({ data: { tags, count: tags.length } }), 200)
  })
}

function partsOf({ modelId, version, members }: ModelVersion) {
  return Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party) => ({
      model_id: modelId,
      model_version: version,
      // Parts lie with their parties, who tell no sizes.
      model_size: null,
      role,
      party_id: party,
    })),
  )
}
