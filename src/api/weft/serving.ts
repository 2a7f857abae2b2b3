/**
 * Online predictions: models under names, and single rows answered by them.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { DomainError } from '../../domain/error.ts'
import { createServingDesk } from '../../domain/serving-desk.ts'
import {
  bindService,
  dropService,
  getService,
  listServices,
  requireOnline,
  type Service,
  untilOnline,
} from '../../domain/serving.ts'
import type { ServingResult } from '../../domain/work.ts'
import { ownerIn, ownOnly } from '../access.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import type { LoadModel } from '../model-loader.ts'
import type { Api } from '../surface.ts'
import { WeftError } from './schema.ts'
import {
  WeftAnswer,
  WeftBinding,
  WeftQuestion,
  WeftService,
  WeftServiceName,
  WeftServices,
} from './serving-schema.ts'

/** How long a binding waits for the parties to load the model. */
const LOAD_MS = 10_000

const missing = json(WeftError, 'There is no such service, or no row of that id')
const offline = json(WeftError, 'It cannot answer now; the message says why')
const wrong = json(WeftError, 'A field is missing or wrong')

/** `/serving`. */
export function servingRoutes(api: Api, deps: AppDeps, load: LoadModel): void {
  const { db } = deps
  const desk = createServingDesk(db, deps.watchMs !== undefined)

  const list = createRoute({
    method: 'get',
    path: '/serving',
    operationId: 'weft.serving.list',
    summary: 'The names under which models answer',
    responses: { 200: json(WeftServices, 'Services by name') },
  })
  api.openapi(list, async (c) => {
    return c.json({ services: (await listServices(db, ownOnly(c))).map(toWeftService) }, 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/serving/{service}',
    operationId: 'weft.serving.get',
    summary: 'A service and whether it can answer',
    request: { params: WeftServiceName },
    responses: { 200: json(WeftService, 'The service'), 404: missing },
  })
  api.openapi(get, async (c) => {
    const { service } = c.req.valid('param')
    return c.json(toWeftService(await getService(db, service)), 200)
  })

  const bind = createRoute({
    method: 'put',
    path: '/serving/{service}',
    operationId: 'weft.serving.bind',
    summary: 'Puts a model online under a name; the one that had it before is taken offline',
    request: { params: WeftServiceName, ...jsonBody(WeftBinding) },
    responses: {
      200: json(WeftService, 'The service; a model that takes long to load is not online yet'),
      404: json(WeftError, 'There is no such model, or table'),
      422: wrong,
      503: json(WeftError, 'Some party has lost its part, or has no live runner'),
    },
  })
  api.openapi(bind, async (c) => {
    const { service } = c.req.valid('param')
    const job = await load(c.req.valid('json'), ownerIn(c))
    await bindService(db, { name: service, jobId: job.id })
    await untilOnline(db, job, LOAD_MS)
    return c.json(toWeftService(await getService(db, service)), 200)
  })

  const drop = createRoute({
    method: 'delete',
    path: '/serving/{service}',
    operationId: 'weft.serving.drop',
    summary: 'Takes a name away; a model without any is taken offline',
    request: { params: WeftServiceName },
    responses: { 204: { description: 'It is gone' }, 404: missing },
  })
  api.openapi(drop, async (c) => {
    await dropService(db, c.req.valid('param').service)
    return c.body(null, 204)
  })

  const ask = createRoute({
    method: 'post',
    path: '/serving/{service}',
    operationId: 'weft.serving.ask',
    summary: 'Predicts a row, or some, with the model that is online under the name',
    request: { params: WeftServiceName, ...jsonBody(WeftQuestion) },
    responses: {
      200: json(WeftAnswer, 'The prediction, or one for each row'),
      404: missing,
      422: wrong,
      503: offline,
    },
  })
  api.openapi(ask, async (c) => {
    const { service } = c.req.valid('param')
    const { id, features, rows, timeoutMs } = c.req.valid('json')
    const jobId = await requireOnline(db, service)
    const asked = rows ?? [{ id: id ?? '', features }]
    const results = await desk.ask({ jobId, rows: asked, ms: timeoutMs })
    if (rows) return c.json({ rows: results.map(toRow) }, 200)
    const [result] = results
    if ('error' in result) {
      const { code, message } = result.error
      throw new DomainError(code, message)
    }
    return c.json(toRow(result), 200)
  })
}

function toRow(result: ServingResult): { id: string } & Record<string, unknown> {
  const { id } = result
  return 'error' in result ? { id, error: result.error } : { ...result.values, id }
}

function toWeftService({ name, job, tasks, trouble }: Service): z.output<typeof WeftService> {
  return {
    name,
    online: trouble === undefined,
    trouble: trouble ?? null,
    modelId: job.modelId ?? '',
    modelVersion: job.modelVersion ?? '',
    jobId: job.id,
    parties: tasks.map(({ role, party, state, reason, progress, spec }) => ({
      role,
      party,
      state,
      reason,
      online: state === 'running' && progress === 1,
      table: spec.type === 'serving' ? spec.table : null,
    })),
  }
}
