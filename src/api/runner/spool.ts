/**
 * Routes for uploads that wait on the server until a runner has read them.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { forbidden, invalid, unavailable } from '../../domain/error.ts'
import { endedSpool, fillsSpool, holdsSpool } from '../../domain/runner-scope.ts'
import type { AppDeps, FileStore } from '../deps.ts'
import { describeProblems, toProblems } from '../issue.ts'
import { json } from '../json.ts'
import type { Api } from '../surface.ts'
import { asReader, checkRunner } from './caller.ts'
import { bytes, refused, security } from './route.ts'
import { Done, SpoolId, SpoolQuery } from './schema.ts'

/** Uploads that wait on the server for a runner to read them. */
export function spoolRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const middleware = asReader(deps)
  const request = { params: SpoolId, query: SpoolQuery }

  const read = createRoute({
    method: 'get',
    path: '/spool/{id}',
    operationId: 'runner.spool.read',
    summary: 'The bytes of an upload that the runner was given',
    security,
    middleware,
    request,
    responses: { 200: { description: 'The upload', content: bytes('As uploaded') }, ...refused },
  })
  api.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const { runnerId } = c.req.valid('query')
    await checkRunner(db, c.get('caller'), runnerId)
    if (!(await holdsSpool(db, { runnerId, spoolId: id }))) throw notGiven(runnerId, id)
    const stream = await filesOf(deps).openSpool(id)
    return c.body(stream, 200, { 'content-type': 'application/octet-stream' })
  })

  // No validator of the router: it would hold all rows in memory.
  const path = '/spool/{id}'
  api.openAPIRegistry.registerPath({
    method: 'put',
    path,
    operationId: 'runner.spool.fill',
    summary: 'Takes the rows that the runner was asked for',
    security,
    request: { ...request, body: { required: true, content: bytes('Lines of CSV') } },
    responses: { 200: json(Done, 'They are kept until they are read'), ...refused },
  })
  api.put('/spool/:id', middleware, async (c) => {
    const { id, runnerId } = checked({ ...c.req.query(), ...c.req.param() })
    await checkRunner(db, c.get('caller'), runnerId)
    if (!(await fillsSpool(db, { runnerId, spoolId: id }))) {
      throw forbidden(`Runner "${runnerId}" was not asked for rows "${id}"`)
    }
    const files = filesOf(deps)
    if (!files.fillSpool) throw unavailable('This server keeps no rows: ask one with a disk')
    await files.fillSpool(id, c.req.raw.body ?? new Blob().stream(), deps.settings.uploadLimit)
    return c.json({}, 200)
  })

  const drop = createRoute({
    method: 'delete',
    path: '/spool/{id}',
    operationId: 'runner.spool.drop',
    summary: 'Removes an upload that the runner has read',
    security,
    middleware,
    request,
    responses: { 200: json(Done, 'It is gone'), ...refused },
  })
  api.openapi(drop, async (c) => {
    const { id } = c.req.valid('param')
    const { runnerId } = c.req.valid('query')
    await checkRunner(db, c.get('caller'), runnerId)
    const query = { runnerId, spoolId: id }
    if (!(await holdsSpool(db, query)) && !(await endedSpool(db, query))) {
      throw notGiven(runnerId, id)
    }
    await filesOf(deps).dropSpool(id)
    return c.json({}, 200)
  })
}

/** What a route without a validator is asked for. */
function checked(given: Record<string, string>): { id: string; runnerId: string } {
  const parsed = SpoolId.extend(SpoolQuery.shape).safeParse(given)
  if (parsed.success) return parsed.data
  throw invalid(describeProblems(toProblems(parsed.error, given)))
}

function notGiven(runnerId: string, id: string): Error {
  return forbidden(
    `Runner "${runnerId}" was not given upload "${id}": it can read only what it has leased`,
  )
}

function filesOf(deps: AppDeps): FileStore {
  if (deps.files) return deps.files
  throw unavailable('This server keeps no files: upload through a server with a disk')
}
