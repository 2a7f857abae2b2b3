/**
 * `/model/store`, `/model/restore`, `/model/query`: models in the server's own store, and which there are.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { DomainError, invalid, notFound, unavailable } from '../../../domain/error.ts'
import { findModel, type ModelVersion, searchModels } from '../../../domain/model.ts'
import { depsFor, ownOnly } from '../../access.ts'
import type { AppDeps, ModelShelf, ShelvedPart } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { tarGzipStream } from '../../tar.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { JOB_STATUS, toFateRoles } from '../mapping.ts'
import { importArchive, modelEntries } from '../model-archive.ts'
import { FateModelQuery, FateModelRows, FateStore, FateStored } from '../model-schema.ts'
import { findFateJob } from '../place.ts'

const MOST_VERSIONS = 300

type Wanted = z.output<typeof FateStore>

/** Adds the routes. */
export function modelStoreRoutes(api: Api, deps: AppDeps): void {
  const store = createRoute({
    method: 'post',
    path: '/model/store',
    operationId: 'fate.model.store',
    summary: 'Put a model into the store of the server, as archives (1.4)',
    request: jsonBody(FateStore),
    responses: { 200: json(FateStored, 'The parts that are stored') },
  })
  api.openapi(store, async (c) => {
    const wanted = c.req.valid('json')
    requireFiles(wanted)
    const shelf = shelfOf(deps)
    const model = nameOf(wanted)
    const parts = await storable(deps, wanted)
    const stored = []
    for (const { part, entries } of parts) {
      const bytes = await shelf.put(part, tarGzipStream(entries))
      stored.push({ role: part.role, party_id: part.party, bytes })
    }
    const data = { model_id: model.modelId, model_version: model.version, parts: stored }
    return c.json(success({ data }), 200)
  })

  const restore = createRoute({
    method: 'post',
    path: '/model/restore',
    operationId: 'fate.model.restore',
    summary: 'Take a model back from the store (1.4)',
    request: jsonBody(FateStore),
    responses: { 200: json(FateStored, 'The parts that are there again') },
  })
  api.openapi(restore, async (c) => {
    const wanted = c.req.valid('json')
    requireFiles(wanted)
    const shelf = shelfOf(deps)
    const { modelId, version } = nameOf(wanted)
    const listed = await shelf.list({ modelId, version })
    const parts = listed.filter((part) => isWanted(part, wanted))
    if (parts.length === 0) {
      throw notFound(
        `The store has no part of model ${modelId} version ${version}${listed.length === 0 ? '' : ' at that party'}: put it there with model/store`,
      )
    }
    const force = wanted.force_update ?? false
    for (const part of parts) {
      await importArchive(depsFor(c, deps), await shelf.open(part), { expect: part, force })
    }
    const restored = parts.map(({ role, party }) => ({ role, party_id: party }))
    const data = { model_id: modelId, model_version: version, parts: restored }
    return c.json(success({ data }), 200)
  })

  const query = createRoute({
    method: 'post',
    path: '/model/query',
    operationId: 'fate.model.query',
    summary: 'Versions of models with their parties and pipelines (1.5)',
    request: jsonBody(FateModelQuery),
    responses: { 200: json(FateModelRows, 'The versions') },
  })
  api.openapi(query, async (c) => {
    const { model_id, model_version, role, party_id, query_filters } = c.req.valid('json')
    const found = await searchModels(deps.db, {
      ...ownOnly(c),
      ...(model_id ? { modelId: model_id } : {}),
      ...(model_version ? { version: model_version } : {}),
      limit: MOST_VERSIONS,
    })
    const rows = []
    for (const model of found) {
      for (const row of await rowsOf(deps, model)) {
        if (role && row.f_role !== role) continue
        if (party_id && row.f_party_id !== party_id) continue
        const kept = Object.entries(row).filter(([key]) => query_filters?.includes(key) ?? true)
        rows.push(Object.fromEntries(kept))
      }
    }
    if (rows.length > 0) return c.json(success({ data: rows }), 200)
    return c.json(failure(RETCODE.notFound, 'no model is like that'), 200)
  })
}

function shelfOf({ models }: AppDeps): ModelShelf {
  if (models) return models
  throw unavailable('This server has no disk and stores no models: export them instead')
}

/** Refuses a store that this server does not write to, by its name only: an address may have a password in it. */
function requireFiles({ store_address: address }: Wanted): void {
  const storage = address?.['storage'] ?? 'file'
  if (storage === 'file') return
  throw invalid(
    `store_address.storage ${JSON.stringify(storage)}: this server stores models as files in its folder ` +
      'WEFT_MODEL_STORE; leave store_address out, and mount the storage there',
  )
}

function nameOf({ model_id: modelId, model_version: version }: Wanted): {
  modelId: string
  version: string
} {
  return { modelId, version }
}

function isWanted({ role, party }: ShelvedPart, { role: at, party_id: id }: Wanted): boolean {
  return (!at || at === role) && (!id || id === party)
}

/** The parts that are wanted, read before any is stored. Without role and party those that lie here are enough. */
async function storable(
  deps: AppDeps,
  wanted: Wanted,
): Promise<{ part: ShelvedPart; entries: Awaited<ReturnType<typeof modelEntries>> }[]> {
  const name = nameOf(wanted)
  const model = await findModel(deps.db, name)
  if (!model) throw notFound(`There is no model ${name.modelId} of version ${name.version}`)
  const parts = Object.entries(model.members)
    .flatMap(([role, parties]) => parties.map((party) => ({ ...name, role, party })))
    .filter((part) => isWanted(part, wanted))
  if (parts.length === 0) {
    throw invalid(`Model ${name.modelId} version ${name.version} has no part at that party`)
  }
  const found = []
  let refused: DomainError | undefined
  for (const part of parts) {
    try {
      found.push({ part, entries: await modelEntries(deps, part) })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      refused = error
    }
  }
  const whole = wanted.role && wanted.party_id
  if (refused && (whole || found.length === 0)) throw refused
  return found
}

async function rowsOf(deps: AppDeps, model: ModelVersion) {
  const { modelId, version, jobId, members, pipeline, createdAt, state } = model
  const job = await findFateJob(deps.db, jobId)
  const common = {
    f_model_id: modelId,
    f_model_version: version,
    f_job_id: jobId,
    f_job_status: state === 'gone' ? 'deleted' : JOB_STATUS[state],
    f_roles: toFateRoles(members),
    f_initiator_role: job?.initiator?.role ?? null,
    f_initiator_party_id: job?.initiator?.party ?? null,
    // Deployed versions are made of another.
    f_parent: version === jobId,
    f_parent_info:
      version === jobId ? {} : { parent_model_id: modelId, parent_model_version: jobId },
    f_imported: job?.tag === 'imported' ? 1 : 0,
    f_create_time: createdAt,
    f_train_dsl: pipeline['train_dsl'] ?? {},
    f_inference_dsl: pipeline['inference_dsl'] ?? {},
    f_train_runtime_conf: pipeline['train_runtime_conf'] ?? {},
  }
  return Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party) => ({
      f_role: role,
      f_party_id: party,
      f_party_model_id: `${role}#${party}#${modelId}`,
      ...common,
    })),
  )
}
