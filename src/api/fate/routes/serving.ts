/**
 * `/model/load`, `/model/online`, `/model/bind`: trained models at work.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'

import { invalid } from '../../../domain/error.ts'
import type { Job } from '../../../domain/job.ts'
import { requireOwnService } from '../../../domain/owner.ts'
import { bindService, untilOnline } from '../../../domain/serving.ts'
import type { Task } from '../../../domain/task.ts'
import { parseFateConf, tableArguments } from '../../../flow/parse/fate-conf.ts'
import { depsFor, ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { BoundFeatures } from '../../model-loader.ts'
import type { Api } from '../../surface.ts'
import { dialectOf } from '../dialect.ts'
import { failure, type Reply, RETCODE, success } from '../envelope.ts'
import { FateReply } from '../field.ts'
import { modelOfVersion } from '../model-name.ts'
import { FateLoad, FateLoaded, FateOnline } from '../model-schema.ts'
import { loadServing } from '../serving.ts'

/** How long an answer waits for the parties to load the model. */
const LOAD_MS = 15_000

/** Adds the routes of models that are put to work. */
export function servingRoutes(api: Api, deps: AppDeps): void {
  const load = createRoute({
    method: 'post',
    path: '/model/load',
    operationId: 'fate.model.load',
    summary: 'Load a trained model at its parties, ready to be published',
    request: jsonBody(FateLoad),
    responses: { 200: json(FateLoaded, 'A result code for each party') },
  })
  api.openapi(load, async (c) => {
    const { job, tasks, trouble } = await loadModel(depsFor(c, deps), c.req.valid('json'))
    const data = {
      ...codesOf(tasks, ({ code }) => code),
      ...(dialectOf(c, deps).heading
        ? { detail: codesOf(tasks, ({ code, text }) => ({ retcode: code, retmsg: text })) }
        : {}),
    } as NonNullable<z.output<typeof FateLoaded>['data']>
    if (trouble === undefined) return c.json(success({ jobId: job.id, data }), 200)
    const retmsg = `failed: ${trouble}`
    return c.json({ ...failure(RETCODE.notFound, retmsg), data, jobId: job.id }, 200)
  })

  const online = createRoute({
    method: 'post',
    path: '/model/online',
    operationId: 'fate.model.online',
    summary: "Publish a model under its guest's party id, or under service_id",
    description: 'Versions 1.0 and 1.1; it then answers POST /api/weft/serving/<name>',
    request: jsonBody(FateOnline),
    responses: { 200: json(FateReply, 'It answers') },
  })
  api.openapi(online, async (c) => {
    const body = c.req.valid('json')
    return c.json(await publish(c, deps, body), 200)
  })

  const bind = createRoute({
    method: 'post',
    path: '/model/bind',
    operationId: 'fate.model.bind',
    summary: 'Publish a model under service_id',
    description: 'From version 1.2 on, instead of model/online',
    request: jsonBody(FateOnline),
    responses: { 200: json(FateReply, 'It answers') },
  })
  api.openapi(bind, async (c) => {
    const body = c.req.valid('json')
    if (!body.service_id) return c.json(failure(RETCODE.notFound, 'no service id'), 200)
    return c.json(await publish(c, deps, body), 200)
  })
}

async function publish(
  c: Context,
  deps: AppDeps,
  body: z.output<typeof FateOnline>,
): Promise<Reply<null, null>> {
  const { job, trouble } = await loadModel(depsFor(c, deps), body)
  const name = body.service_id ?? body.local?.party_id ?? job.initiator?.party ?? ''
  if (!/^[\w.:@#~-]{1,256}$/.test(name)) {
    throw invalid(`service_id "${name}": expected letters, digits and . : @ # ~ _ -`)
  }
  const { owner } = ownOnly(c)
  if (owner !== undefined) await requireOwnService(deps.db, owner, name)
  await bindService(deps.db, { name, jobId: job.id })
  const reply =
    trouble === undefined ? success({}) : failure(RETCODE.notFound, `failed: ${trouble}`)
  return { ...reply, jobId: job.id }
}

async function loadModel(
  deps: AppDeps,
  body: z.output<typeof FateLoad>,
): Promise<{ job: Job; tasks: readonly Task[]; trouble: string | undefined }> {
  const { modelId, modelVersion } = body.job_id ? await namedByJob(deps, body.job_id) : nameOf(body)
  const tables = tablesOf(body)
  const job = await loadServing(deps, { modelId, modelVersion, tables })
  return { job, ...(await untilOnline(deps.db, job, LOAD_MS)) }
}

async function namedByJob(
  { db }: AppDeps,
  version: string,
): Promise<{ modelId: string; modelVersion: string }> {
  const { modelId } = await modelOfVersion(db, { version })
  return { modelId, modelVersion: version }
}

function nameOf({ job_parameters: parameters, model }: z.output<typeof FateLoad>): {
  modelId: string
  modelVersion: string
} {
  const given = { ...nested(model), ...parameters }
  const { model_id: modelId, model_version: modelVersion } = given
  if (typeof modelId === 'string' && typeof modelVersion === 'string') {
    return { modelId: withoutParty(modelId), modelVersion }
  }
  const missing = ['model_id', 'model_version'].filter((key) => typeof given[key] !== 'string')
  throw invalid(`the following arguments are required: ${missing.join(',')} `)
}

/** The document's `model`: the name itself, or by role and party, `{"guest": {"9999": {"model_id": …}}}`. */
function nested(model: unknown): Record<string, unknown> {
  let at = model
  for (let depth = 0; depth < 3; depth++) {
    if (typeof at !== 'object' || at === null) return {}
    const own = at as Record<string, unknown>
    if (typeof own['model_id'] === 'string') return own
    at = Object.values(own)[0]
  }
  return {}
}

/** A party's own name of a model is `<role>#<party>#<model id>`. */
function withoutParty(modelId: string): string {
  const [, own] = /^(?:guest|host|arbiter|local)#\d+#(.+#model)$/.exec(modelId) ?? []
  return own ?? modelId
}

function tablesOf(body: z.output<typeof FateLoad>): BoundFeatures[] {
  const { role, initiator, role_parameters } = body
  if (!role_parameters) return []
  const [party = '0'] = role?.['guest'] ?? []
  const conf = parseFateConf({
    initiator: initiator ?? { role: 'guest', party_id: party },
    job_parameters: { work_mode: 0 },
    role: role ?? {},
    role_parameters,
  })
  return tableArguments(conf).map(({ role: at, party: id, namespace, name }) => {
    return { role: at, party: id, namespace, name }
  })
}

/** Something for each party that has a part, by role. */
function codesOf<T>(
  tasks: readonly Task[],
  of: (result: { code: number; text: string }) => T,
): Record<string, Record<string, T>> {
  const roles: Record<string, Record<string, T>> = {}
  for (const { role, party, state, progress, reason } of tasks) {
    if (role === null || party === null) continue
    const loaded = state === 'running' && progress === 1
    const own = (roles[role] ??= {})
    own[party] = of(
      loaded ? { code: 0, text: 'success' } : { code: 100, text: reason ?? 'It is not loaded yet' },
    )
  }
  return roles
}
