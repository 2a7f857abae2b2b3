/**
 * `/model/export`, `/model/import`, `/model/deploy`: models as files, and versions of them made for use.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'

import { invalid } from '../../../domain/error.ts'
import { deployVersion } from '../../../domain/model.ts'
import { deployedDsl } from '../../../flow/parse/fate-deploy.ts'
import { parseFateDsl } from '../../../flow/parse/fate-dsl.ts'
import { depsFor } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { describeProblems, toProblems } from '../../issue.ts'
import { json, jsonBody } from '../../json.ts'
import { readMultipart, readText } from '../../multipart.ts'
import { readJsonBody } from '../../read-json-body.ts'
import type { Api, ApiEnv } from '../../surface.ts'
import { tarGzipStream } from '../../tar.ts'
import { fateEnvelope, success } from '../envelope.ts'
import { importArchive, modelEntries, type PartName, plainModel } from '../model-archive.ts'
import {
  FateDeploy,
  FateDeployed,
  FateImport,
  FateImported,
  FatePart,
  FatePlainModel,
} from '../model-schema.ts'
import { findTrained } from '../predict.ts'

const MOST_FIELD_BYTES = 4096

/** Adds the routes of models as files. */
export function modelFileRoutes(api: Api, deps: AppDeps): void {
  exportRoutes(api, deps)
  importRoute(api, deps)

  const deploy = createRoute({
    method: 'post',
    path: '/model/deploy',
    operationId: 'fate.model.deploy',
    summary: 'Make a version of a model that predicts with the chosen components only',
    request: jsonBody(FateDeploy),
    responses: { 200: json(FateDeployed, 'The new version') },
  })
  api.openapi(deploy, async (c) => {
    const body = c.req.valid('json')
    const { model_id: modelId, model_version: modelVersion, cpn_list } = body
    const { model, dsl } = await findTrained(deps.db, { modelId, modelVersion })
    const given = body.predict_dsl ?? body.dsl
    const wanted = given ?? (cpn_list ? deployedDsl(dsl, cpn_list) : dsl)
    // What cannot predict is not deployed.
    parseFateDsl(wanted, deps.catalog, { prediction: true })
    const version = await deployVersion(deps.db, {
      model,
      pipeline: { ...model.pipeline, inference_dsl: wanted },
    })
    const codes = Object.fromEntries(
      Object.entries(model.members).map(([role, parties]) => [
        role,
        Object.fromEntries(parties.map((party) => [party, 0])),
      ]),
    )
    const data = { model_id: modelId, model_version: version, ...codes }
    return c.json(success({ jobId: version, data }), 200)
  })
}

/** Clients of version 1.4 send GET with a JSON body; POST and a query string too. */
function exportRoutes(api: Api, deps: AppDeps): void {
  const responses = {
    200: {
      description: 'A tar.gz with the part and the digests of its files; or JSON',
      content: {
        'application/gzip': { schema: z.string().meta({ format: 'binary' }) },
        'application/json': { schema: FatePlainModel },
      },
    },
  }
  const summary = "A party's part of a model as a file"
  const path = '/model/export'
  const operationId = 'fate.model.export'
  const request = jsonBody(FatePart)
  api.openAPIRegistry.registerPath({
    method: 'post',
    path,
    operationId,
    summary,
    request,
    responses,
  })
  api.openAPIRegistry.registerPath({
    method: 'get',
    path,
    operationId: `${operationId}.get`,
    summary,
    request: { query: FatePart },
    responses,
  })
  const serve = async (c: Context<ApiEnv>): Promise<Response> => {
    const query = c.req.query()
    const given = Object.keys(query).length > 0 ? query : await readJsonBody(c)
    const parsed = FatePart.safeParse(given ?? {})
    if (!parsed.success) {
      const problems = toProblems(parsed.error, given ?? {})
      const { requestId } = c.var
      const failure = { kind: 'invalid', message: describeProblems(problems), problems, requestId }
      const { body, status } = fateEnvelope({ ...failure, kind: 'invalid' })
      return c.json(body, status)
    }
    const { model_id: modelId, model_version: version, role, party_id: party } = parsed.data
    const part = { modelId, version, role, party }
    if (parsed.data.format === 'json') {
      return c.json(success({ data: await plainModel(deps, part) }), 200)
    }
    const name = `${role}#${party}#${modelId}_${version}.tar.gz`
    return c.body(tarGzipStream(await modelEntries(deps, part)), 200, {
      'Content-Type': 'application/gzip',
      'Content-Disposition': `attachment; filename="${name.replaceAll(/[^\w.#-]/g, '_')}"`,
    })
  }
  api.get(path, serve)
  api.post(path, serve)
}

function importRoute(api: Api, deps: AppDeps): void {
  api.openAPIRegistry.registerPath({
    method: 'post',
    path: '/model/import',
    operationId: 'fate.model.import',
    summary: "Take a party's part of a model in from a file, all of it or nothing",
    request: {
      body: { required: true, content: { 'multipart/form-data': { schema: FateImport } } },
    },
    responses: { 200: json(FateImported, 'The part that is there now') },
  })
  // No validator of the router: the archive is unpacked as it comes.
  api.post('/model/import', async (c) => {
    const contentType = c.req.header('content-type') ?? ''
    if (!/^multipart\/form-data/i.test(contentType) || !c.req.raw.body) {
      throw invalid('Send the archive as the part "file" of multipart/form-data')
    }
    const { searchParams } = new URL(c.req.url)
    const fields = new Map<string, string>(searchParams)
    let archive: Uint8Array<ArrayBuffer> | undefined
    for await (const part of readMultipart(c.req.raw.body, contentType)) {
      // The names may stand behind the file.
      if (part.name === 'file') archive = await readWhole(part.body, deps.settings.uploadLimit)
      else fields.set(part.name, await readText(part, MOST_FIELD_BYTES))
    }
    if (!archive) throw invalid('The form has no part "file" with the archive in it')
    const given = { ...Object.fromEntries(fields), file: '' }
    const parsed = FateImport.safeParse(given)
    if (!parsed.success) throw invalid(describeProblems(toProblems(parsed.error, given)))
    const { model_id, model_version, role, party_id, force_update } = parsed.data
    const expect: Partial<PartName> = {
      ...(model_id ? { modelId: model_id } : {}),
      ...(model_version ? { version: model_version } : {}),
      ...(role ? { role } : {}),
      ...(party_id ? { party: party_id } : {}),
    }
    const body = new Blob([archive]).stream()
    const made = await importArchive(depsFor(c, deps), body, {
      expect,
      force: force_update ?? false,
    })
    const { modelId, version, party } = made
    const data = { model_id: modelId, model_version: version, role: made.role, party_id: party }
    return c.json(success({ data }), 200)
  })
}

async function readWhole(
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) throw invalid(`The archive is larger than ${limit} bytes`)
    chunks.push(chunk.slice())
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
