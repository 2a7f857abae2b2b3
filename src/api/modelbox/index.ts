/**
 * ModelBox: jobs that run flow graphs.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'

import { deleteFlow, findFlow, listFlows } from '../../domain/flow-job.ts'
import { depsFor, ownOnly } from '../access.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import { pathText } from '../path-text.ts'
import { type Api, type ApiEnv, surface } from '../surface.ts'
import { failureBody, modelboxEnvelope } from './envelope.ts'
import { toModelboxJob } from './mapping.ts'
import { ModelboxError, ModelboxJob, ModelboxJobs, ModelboxNewJob } from './schema.ts'
import { submitModelboxJob, SURFACE } from './submit.ts'

/** The paths of this surface. */
export const MODELBOX_PATHS = /^\/v1\/modelbox(\/|$)/

/** The policy of the original on every answer; what may frame or load something is as everywhere. */
export const modelboxHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('Referrer-Policy', 'strict-origin-when-cross-origin')
}

const TAKEN = new Set(['GET', 'PUT', 'POST', 'DELETE'])
const REASON = 'Deleted over /v1/modelbox/job'

/** The ModelBox surface; its place is `/v1/modelbox`. */
export function modelboxSurface(deps: AppDeps): Api {
  return surface(
    {
      base: '/v1/modelbox',
      title: 'ModelBox REST API',
      version: '1',
      description:
        'Jobs that run flow graphs. A body is read as JSON whatever its content type says; failures are `error_code` and `error_msg`.',
      envelope: modelboxEnvelope,
      routes: (api) => routes(api, deps),
    },
    deps,
  )
}

function routes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const params = z.object({ id: z.string().openapi({ description: 'The job_id' }) })
  const error = (description: string) => json(ModelboxError, description)

  // The original has no handler for any other method.
  api.use('/job', onlyTaken)
  api.use('/job/*', onlyTaken)

  async function create(c: Context<ApiEnv>): Promise<Response> {
    const refusal = await submitModelboxJob(depsFor(c, deps), await c.req.text())
    return refusal ? c.json(refusal, 400) : c.body(null, 201)
  }
  for (const method of ['put', 'post'] as const) {
    // Only documented: a route of the library would read a body by its content type.
    api.openAPIRegistry.registerPath({
      method,
      path: '/job',
      operationId: `modelbox.job.create${method === 'post' ? '.alias' : ''}`,
      summary: 'Builds and starts a flow; the body is JSON whatever its content type says',
      request: jsonBody(ModelboxNewJob),
      responses: {
        201: { description: 'It runs, or waits for a runner' },
        400: error('Why not; a job with a bad graph stays in the list as FAILED'),
      },
    })
    api.on(method, '/job', create)
    api.on(method, '/job/*', create)
  }

  const list = createRoute({
    method: 'get',
    path: '/job/list/all',
    operationId: 'modelbox.job.list',
    summary: 'Every job, in the order in which they were made',
    responses: { 200: json(ModelboxJobs, 'The jobs') },
  })
  api.openapi(list, async (c) => {
    const flows = await listFlows(db, { surface: SURFACE, ...ownOnly(c) })
    return c.json({ job_list: flows.map(toModelboxJob) }, 200)
  })

  const find = createRoute({
    method: 'get',
    path: '/job/{id}',
    operationId: 'modelbox.job.get',
    summary: 'The state of a job',
    request: { params },
    responses: { 200: json(ModelboxJob, 'Its state'), 404: error('There is no such job') },
  })
  api.openapi(find, async (c) => {
    const flow = await findFlow(db, { surface: SURFACE, name: c.req.valid('param').id })
    return flow ? c.json(toModelboxJob(flow), 200) : c.json(failureBody('MODELBOX_002'), 404)
  })
  for (const path of ['/job', '/job/'])
    api.get(path, (c) => c.json(failureBody('MODELBOX_002'), 404))
  api.get('/job/*', (c) => c.json(failureBody('MODELBOX_006'), 500))

  const remove = createRoute({
    method: 'delete',
    path: '/job/{id}',
    operationId: 'modelbox.job.delete',
    summary: 'Stops and forgets a job',
    request: { params },
    responses: { 204: { description: 'It is gone' }, 404: error('There is no such job') },
  })
  async function drop(c: Context<ApiEnv>): Promise<Response> {
    // Whatever stands before it, the last segment is the job.
    const name = pathText(c.req.path.slice(c.req.path.lastIndexOf('/') + 1))
    const flow = name === undefined ? undefined : await findFlow(db, { surface: SURFACE, name })
    if (!flow) return c.json(failureBody('MODELBOX_002'), 404)
    await deleteFlow(db, { id: flow.job.id, reason: REASON })
    return c.body(null, 204)
  }
  api.openapi(remove, drop as never)
  api.delete('/job', (c) => c.json(failureBody('MODELBOX_002'), 404))
  api.delete('/job/*', drop)
}

async function onlyTaken(
  c: Context<ApiEnv>,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  if (!TAKEN.has(c.req.method)) return c.body(null, 404)
  await next()
  return undefined
}
