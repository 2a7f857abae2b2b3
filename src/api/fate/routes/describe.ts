/**
 * What clients of later versions ask of the server itself: its components, a job's page; and tables that are bound.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import type { CatalogEntry } from '../../../domain/catalog.ts'
import { invalid } from '../../../domain/error.ts'
import { depsFor } from '../../access.ts'
import { baseUrl } from '../../base-url.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { reply } from '../field.ts'
import { FateDocument } from '../later-schema.ts'
import { getPlace } from '../place.ts'
import { FateJobAt } from '../schema.ts'
import { FateUploaded } from '../table-schema.ts'
import { uploadPath } from '../upload.ts'
import { boardUrl } from './job.ts'

const Text = z.string().min(1).max(512)

const FateModule = z
  .object({ name: Text.nullish(), component_name: Text.nullish(), module: Text.nullish() })
  .openapi('FateModule')
const FateModules = reply(z.array(z.string())).openapi('FateModules')
const FateUrl = reply(z.object({ board_url: z.string() })).openapi('FateUrl')

const FateBind = z
  .looseObject({
    namespace: Text,
    name: Text.nullish(),
    table_name: Text.nullish(),
    engine: Text.default('PATH').openapi({ description: 'PATH, LOCALFS or FILE' }),
    address: z.looseObject({ path: Text.optional() }).nullish(),
    partitions: z.coerce.number().int().min(1).max(1024).nullish(),
    head: z.union([z.int(), z.boolean(), z.string()]).nullish(),
    id_delimiter: z.string().nullish(),
  })
  .openapi('FateBind')

/** What lies in a file of the server, in the words of later versions. */
const FILE_ENGINES = ['PATH', 'LOCALFS', 'FILE']

/** Adds the routes. */
export function describeRoutes(api: Api, deps: AppDeps): void {
  const list = createRoute({
    method: 'post',
    path: '/component/list',
    operationId: 'fate.module.list',
    summary: 'The modules of components that jobs may name (1.7)',
    responses: { 200: json(FateModules, 'Their names') },
  })
  api.openapi(list, (c) => {
    const names = [...deps.catalog.keys()].toSorted((a, b) => a.localeCompare(b))
    return c.json(success({ data: names }), 200)
  })

  const get = createRoute({
    method: 'post',
    path: '/component/get',
    operationId: 'fate.module.get',
    summary: 'A module: its roles, inputs, outputs and parameters (1.7)',
    request: jsonBody(FateModule),
    responses: { 200: json(FateDocument, 'The module, its parameters as JSON Schema') },
  })
  api.openapi(get, (c) => {
    const { name, component_name, module } = c.req.valid('json')
    const wanted = (name ?? component_name ?? module ?? '').toLowerCase()
    if (wanted === '') throw invalid('the following arguments are required: name ')
    const entry = [...deps.catalog.values()].find((one) => one.name.toLowerCase() === wanted)
    if (entry) return c.json(success({ data: describe(entry) }), 200)
    const retmsg = `There is no component ${name ?? component_name ?? module}: component/list has those there are`
    return c.json(failure(RETCODE.notFound, retmsg), 200)
  })

  const url = createRoute({
    method: 'post',
    path: '/job/url/get',
    operationId: 'fate.job.url',
    summary: 'The page of a job in the console (1.5)',
    request: jsonBody(FateJobAt),
    responses: { 200: json(FateUrl, 'Its address') },
  })
  api.openapi(url, async (c) => {
    const { job, role, party } = await getPlace(deps.db, c.req.valid('json'))
    const base = baseUrl(deps.settings, c.req.url)
    const board_url = boardUrl(base, { id: job.id, initiator: { role, party } })
    return c.json(success({ data: { board_url } }), 200)
  })

  const bind = createRoute({
    method: 'post',
    path: '/table/bind',
    operationId: 'fate.table.bind',
    summary: 'Make a table of a file in the import folders (1.5)',
    description: 'The rows are copied, as by an upload, whose job the answer names',
    request: jsonBody(FateBind),
    responses: { 200: json(FateUploaded, 'The upload that was queued') },
  })
  api.openapi(bind, async (c) => {
    const { engine, address, name, table_name, partitions, ...conf } = c.req.valid('json')
    if (!FILE_ENGINES.includes(engine.toUpperCase())) {
      throw invalid(
        `engine "${engine}": tables here are made of files (${FILE_ENGINES.join(', ')}): export the rows to one, or upload them with data/upload`,
      )
    }
    const file = address?.path
    const missing = [...(file ? [] : ['address.path']), ...((name ?? table_name) ? [] : ['name'])]
    if (missing.length > 0) {
      throw invalid(`the following arguments are required: ${missing.join(',')} `)
    }
    const {
      job,
      namespace,
      name: made,
    } = await uploadPath(depsFor(c, deps), {
      ...conf,
      file,
      table_name: name ?? table_name,
      ...(partitions ? { partition: partitions } : {}),
    })
    const board_url = boardUrl(baseUrl(deps.settings, c.req.url), job)
    const data = { table_name: made, namespace, pid: null, board_url }
    return c.json(success({ jobId: job.id, data }), 200)
  })
}

function describe(entry: CatalogEntry): Record<string, unknown> {
  const { name, summary, roles, requires, paramsName, inputs, outputs, deployed } = entry
  return {
    name,
    summary,
    roles: [...roles],
    requires: [...requires],
    input: { data: [...inputs.data], model: [...inputs.model] },
    output: {
      data: outputs.data ? [...(outputs.tables ?? ['data'])] : [],
      model: outputs.model ? ['model'] : [],
    },
    need_deploy: deployed,
    param_class: paramsName,
    parameters: entry.paramsSchema(),
  }
}
