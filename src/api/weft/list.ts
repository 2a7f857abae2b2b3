/**
 * The list of jobs.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { listJobs } from '../../domain/job.ts'
import { ownOnly } from '../access.ts'
import type { AppDeps } from '../deps.ts'
import { json } from '../json.ts'
import type { Api } from '../surface.ts'
import { WeftJobQuery, WeftJobs } from './schema.ts'

/** `GET /jobs`. */
export function listRoutes(api: Api, deps: AppDeps): void {
  const list = createRoute({
    method: 'get',
    path: '/jobs',
    operationId: 'weft.job.list',
    summary: 'Jobs of every API, newest first',
    request: { query: WeftJobQuery },
    responses: { 200: json(WeftJobs, 'At most 50 jobs unless more are asked for') },
  })
  api.openapi(list, async (c) => {
    const { limit = 50, ...filter } = c.req.valid('query')
    const { items, next } = await listJobs(deps.db, { ...filter, ...ownOnly(c), limit })
    const jobs = items.map(({ request: _request, graph: _graph, ...job }) => job)
    return c.json({ jobs, next: next ?? null }, 200)
  })
}
