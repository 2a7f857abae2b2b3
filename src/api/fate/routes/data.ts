/**
 * `/data` and `/table`: tables come in, and are looked up.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { randomId } from '../../../domain/id.ts'
import { findLatestTable, findTable } from '../../../domain/table.ts'
import { depsFor, ownOnly } from '../../access.ts'
import { baseUrl } from '../../base-url.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import { readJsonBody } from '../../read-json-body.ts'
import type { Api } from '../../surface.ts'
import { downloadTable } from '../download.ts'
import { fateEnvelope, success } from '../envelope.ts'
import {
  FateDownload,
  FateTableInfo,
  FateTableQuery,
  FateUpload,
  FateUploaded,
} from '../table-schema.ts'
import { tableName, uploadForm, uploadPath } from '../upload.ts'
import { boardUrl } from './job.ts'

/** Adds the upload and the table routes. */
export function dataRoutes(api: Api, deps: AppDeps): void {
  const form = FateUpload.omit({ file: true }).extend({
    file: z.string().openapi({ format: 'binary' }),
  })
  api.openAPIRegistry.registerPath({
    method: 'post',
    path: '/data/upload',
    operationId: 'fate.data.upload',
    summary: 'Upload a table: name a file on the server, or send it as a part of a form',
    description:
      'With a form, the other fields may stand in the query string, also as one JSON document',
    request: {
      body: {
        required: true,
        content: {
          'application/json': { schema: FateUpload },
          'multipart/form-data': { schema: form },
        },
      },
    },
    responses: { 200: json(FateUploaded, 'The upload that was queued') },
  })
  // No validator of the router: it would hold a whole upload in memory.
  api.post('/data/upload', async (c) => {
    const contentType = c.req.header('content-type') ?? ''
    const isForm = /^multipart\/form-data/i.test(contentType)
    if (!isForm && !/^application\/([\w.-]+\+)?json/i.test(contentType)) {
      const { status, body } = fateEnvelope({
        kind: 'unsupported',
        message:
          'Send JSON with Content-Type: application/json, or the file as multipart/form-data',
        requestId: c.get('requestId'),
      })
      return c.json(body, status)
    }
    const { job, namespace, name } = isForm
      ? await uploadForm(depsFor(c, deps), {
          body: c.req.raw.body ?? new Blob().stream(),
          contentType,
          query: new URL(c.req.url).searchParams,
        })
      : await uploadPath(depsFor(c, deps), await readJsonBody(c))
    const board = boardUrl(baseUrl(deps.settings, c.req.url), job)
    const data = { table_name: name, namespace, pid: null, board_url: board }
    return c.json(success({ jobId: job.id, data }), 200)
  })

  const download = createRoute({
    method: 'post',
    path: '/data/download',
    operationId: 'fate.data.download',
    summary: 'Write a table into a file below the export folder of the runner that holds it',
    request: jsonBody(FateDownload),
    responses: { 200: json(FateUploaded, 'The download that was queued') },
  })
  api.openapi(download, async (c) => {
    const body = c.req.valid('json')
    const job = await downloadTable(depsFor(c, deps), body)
    const board = boardUrl(baseUrl(deps.settings, c.req.url), job)
    const { namespace, table_name } = body
    const data = { table_name, namespace, pid: null, board_url: board }
    return c.json(success({ jobId: job.id, data }), 200)
  })

  const info = createRoute({
    method: 'post',
    path: '/table/table_info',
    operationId: 'fate.table.info',
    summary: 'How many rows a table has; 0 for one that is not there',
    request: jsonBody(FateTableQuery),
    responses: { 200: json(FateTableInfo, 'Name, namespace and count') },
  })
  api.openapi(info, async (c) => {
    const query = c.req.valid('json')
    const { namespace, name } = tableName(query)
    const table = query.create
      ? undefined
      : name === undefined
        ? await findLatestTable(deps.db, { namespace, ...ownOnly(c) })
        : await findTable(deps.db, { namespace, name })
    const data = {
      table_name: table?.name ?? name ?? randomId(),
      namespace,
      count: table?.rows ?? 0,
      partition: table?.partitions ?? null,
    }
    return c.json(success({ data }), 200)
  })
}
