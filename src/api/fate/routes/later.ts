/**
 * Paths that the document of 1.0 does not have and clients of later versions call: they are served in every dialect.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { invalid } from '../../../domain/error.ts'
import { listJobs, placesInLine, stopJob } from '../../../domain/job.ts'
import { findMembers } from '../../../domain/member.ts'
import { findTable, listUploaded } from '../../../domain/table.ts'
import { findTasks, listRunningTasks } from '../../../domain/task.ts'
import { deployedDsl } from '../../../flow/parse/fate-deploy.ts'
import { parseFateDsl } from '../../../flow/parse/fate-dsl.ts'
import { inferenceDsl } from '../../../flow/parse/fate-pipeline.ts'
import { connectReaders } from '../../../flow/parse/fate-v2.ts'
import { ownOnly } from '../../access.ts'
import { baseUrl } from '../../base-url.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { deleteTable } from '../delete-rows.ts'
import { DIALECT_HEADER, dialectOf } from '../dialect.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { FateReply } from '../field.ts'
import { toMemberFilter, toTaskFilter } from '../filter.ts'
import {
  FateCleaned,
  FateComponents,
  FateDocument,
  FateDslQuery,
  FateHistory,
  FateHistoryQuery,
  FateJobList,
  FateListQuery,
  FateModelKey,
  FateTableDeleted,
  FateTableName,
  FateTaskList,
  FateVersion,
  FateVersionQuery,
} from '../later-schema.ts'
import { toFateJobs, toFateTask } from '../mapping.ts'
import { findFateJob, SURFACE } from '../place.ts'
import { findTrained } from '../predict.ts'
import { FateJobId } from '../schema.ts'

const MOST_JOBS = 300

/** Adds the paths of later versions. */
export function laterRoutes(api: Api, deps: AppDeps): void {
  jobRoutes(api, deps)
  listRoutes(api, deps)
  tableRoutes(api, deps)
  documentRoutes(api, deps)
}

function jobRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const cancel = createRoute({
    method: 'post',
    path: '/job/cancel',
    operationId: 'fate.job.cancel',
    summary: 'Cancel a job that still waits (1.1)',
    request: jsonBody(FateJobId),
    responses: { 200: json(FateReply, 'It is canceled') },
  })
  api.openapi(cancel, async (c) => {
    const { job_id: id } = c.req.valid('json')
    const job = await findFateJob(db, id)
    if (!job) return c.json(failure(RETCODE.notFound, `can not found job: ${id}`), 200)
    if (job.state !== 'waiting') {
      const retmsg = `cancel job failed: ${id} is ${job.state} and waits no more; stop it with job/stop`
      return c.json(failure(RETCODE.notFound, retmsg), 200)
    }
    await stopJob(db, { id, reason: 'Canceled by a client' })
    return c.json(success({ jobId: id, retmsg: 'cancel job success' }), 200)
  })

  const clean = createRoute({
    method: 'post',
    path: '/job/clean/queue',
    operationId: 'fate.job.clean.queue',
    summary: 'Cancel all jobs that wait in line (1.4)',
    responses: { 200: json(FateCleaned, 'A result code for each') },
  })
  api.openapi(clean, async (c) => {
    const query = { surface: SURFACE, state: 'waiting', limit: MOST_JOBS, ...ownOnly(c) }
    const { items } = await listJobs(db, query)
    const reason = 'The line was cleared by a client'
    for (const { id } of items) await stopJob(db, { id, reason })
    return c.json(success({ data: Object.fromEntries(items.map(({ id }) => [id, 0])) }), 200)
  })

  const components = createRoute({
    method: 'post',
    path: '/tracking/component/list',
    operationId: 'fate.component.list',
    summary: 'The components of a job in the order of its graph (1.5)',
    request: jsonBody(FateJobId),
    responses: { 200: json(FateComponents, 'Their names') },
  })
  api.openapi(components, async (c) => {
    const { job_id: id } = c.req.valid('json')
    const job = await findFateJob(db, id)
    if (!job) return c.json(failure(RETCODE.notFound, `can not found this job: ${id}`), 200)
    return c.json(success({ data: { components: job.graph.map(({ name }) => name) } }), 200)
  })
}

function listRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const jobs = createRoute({
    method: 'post',
    path: '/job/list/job',
    operationId: 'fate.job.list',
    summary: 'Jobs, newest first, also without a filter (1.5)',
    request: jsonBody(FateListQuery),
    responses: { 200: json(FateJobList, 'One row for each role and party') },
  })
  api.openapi(jobs, async (c) => {
    const { limit, ...filter } = c.req.valid('json')
    const host = hostOf(deps, c.req.url)
    const given = Object.values(filter).some((value) => value !== null && value !== undefined)
    const members = given ? toMemberFilter(filter, host) : {}
    const query = { ...members, ...ownOnly(c), surface: SURFACE, limit: limit ?? 20 }
    const found = members ? await findMembers(db, query) : []
    const running = await listRunningTasks(db, [...new Set(found.map(({ job }) => job.id))])
    const line = await placesInLine(
      db,
      found.filter(({ job }) => job.state === 'waiting').map(({ job }) => job.id),
    )
    const rows = toFateJobs(found, { host, running, line, dialect: dialectOf(c, deps) })
    return c.json(success({ data: { jobs: rows, count: rows.length } }), 200)
  })

  const tasks = createRoute({
    method: 'post',
    path: '/job/list/task',
    operationId: 'fate.task.list',
    summary: 'Tasks that have started, newest job first (1.5)',
    request: jsonBody(FateListQuery),
    responses: { 200: json(FateTaskList, 'The tasks') },
  })
  api.openapi(tasks, async (c) => {
    const { limit, ...filter } = c.req.valid('json')
    const host = hostOf(deps, c.req.url)
    const query = toTaskFilter(filter, host)
    const found = query
      ? await findTasks(db, { ...query, ...ownOnly(c), surface: SURFACE, limit: limit ?? 20 })
      : []
    const rows = found.map((task) => toFateTask(task, host))
    return c.json(success({ data: { tasks: rows, count: rows.length } }), 200)
  })
}

function tableRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const history = createRoute({
    method: 'post',
    path: '/data/upload/history',
    operationId: 'fate.data.upload.history',
    summary: 'What was uploaded, newest first (1.2)',
    request: jsonBody(FateHistoryQuery),
    responses: { 200: json(FateHistory, 'At most 300 uploads') },
  })
  api.openapi(history, async (c) => {
    const { job_id: jobId, limit } = c.req.valid('json')
    const tables = await listUploaded(db, {
      surface: SURFACE,
      limit: limit ?? MOST_JOBS,
      ...ownOnly(c),
      ...(jobId ? { jobId } : {}),
    })
    const data = tables.map((table) => ({
      [table.jobId]: {
        upload_info: {
          table_name: table.name,
          namespace: table.namespace,
          partition: table.partitions,
          upload_count: table.rows,
        },
        notes: '',
      },
    }))
    return c.json(success({ data }), 200)
  })

  const drop = createRoute({
    method: 'post',
    path: '/table/delete',
    operationId: 'fate.table.delete',
    summary: 'Delete an uploaded table with its rows (1.2)',
    request: jsonBody(FateTableName),
    responses: { 200: json(FateTableDeleted, 'It is gone') },
  })
  api.openapi(drop, async (c) => {
    const { namespace, table_name: name } = c.req.valid('json')
    const table = await findTable(db, { namespace, name })
    if (!table) return c.json(failure(RETCODE.notFound, 'no find table'), 200)
    const jobId = await deleteTable(deps, table)
    return c.json(success({ data: { namespace, table_name: name }, jobId }), 200)
  })
}

function documentRoutes(api: Api, deps: AppDeps): void {
  const version = createRoute({
    method: 'post',
    path: '/version/get',
    operationId: 'fate.version.get',
    summary: 'Whose words this server speaks (1.4)',
    request: jsonBody(FateVersionQuery),
    responses: { 200: json(FateVersion, 'The dialect of this request') },
  })
  api.openapi(version, (c) => {
    const { module } = c.req.valid('json')
    if (module !== 'FATE') return c.json(failure(RETCODE.notFound, `no version of ${module}`), 200)
    const name = c.req.header(DIALECT_HEADER) ?? deps.settings.fateDialect ?? '1.0'
    return c.json(success({ data: { FATE: name } }), 200)
  })

  const generate = createRoute({
    method: 'post',
    path: '/job/dsl/generate',
    operationId: 'fate.job.dsl.generate',
    summary: 'The inference DSL of a training DSL (1.5)',
    request: jsonBody(FateDslQuery),
    responses: { 200: json(FateDocument, 'The DSL') },
  })
  api.openapi(generate, (c) => {
    const { train_dsl: given, cpn_list: list, cpn_str: text } = c.req.valid('json')
    const dsl = typeof given === 'string' ? parseText(given) : given
    const components = parseFateDsl(connectReaders(dsl), deps.catalog)
    const whole = { ...inferenceDsl(components, deps.catalog) }
    const names = list ?? text?.replaceAll(/[[\]'"\s]/g, '').split(',')
    return c.json(success({ data: { ...(names ? deployedDsl(whole, names) : whole) } }), 200)
  })

  const dsl = createRoute({
    method: 'post',
    path: '/model/get/predict/dsl',
    operationId: 'fate.model.predict.dsl',
    summary: 'The inference DSL of a model (1.5)',
    request: jsonBody(FateModelKey),
    responses: { 200: json(FateDocument, 'The DSL') },
  })
  api.openapi(dsl, async (c) => {
    const { model_id: modelId, model_version: modelVersion } = c.req.valid('json')
    const trained = await findTrained(deps.db, { modelId, modelVersion })
    return c.json(success({ data: trained.dsl }), 200)
  })

  const conf = createRoute({
    method: 'post',
    path: '/model/get/predict/conf',
    operationId: 'fate.model.predict.conf',
    summary: 'A configuration to predict with a model, its tables to be filled in (1.5)',
    request: jsonBody(FateModelKey),
    responses: { 200: json(FateDocument, 'The configuration') },
  })
  api.openapi(conf, async (c) => {
    const { model_id, model_version } = c.req.valid('json')
    const key = { modelId: model_id, modelVersion: model_version }
    const { model, runtimeConf } = await findTrained(deps.db, key)
    const { arbiter: _, ...role } = model.members
    const table = { name: 'table name', namespace: 'table namespace' }
    const role_parameters = Object.fromEntries(
      Object.entries(role).map(([name, parties]) => [
        name,
        { args: { data: { eval_data: parties.map(() => table) } } },
      ]),
    )
    const data = {
      initiator: runtimeConf['initiator'] ?? {},
      job_parameters: { work_mode: 0, job_type: 'predict', model_id, model_version },
      role,
      role_parameters,
    }
    return c.json(success({ data }), 200)
  })
}

function hostOf(deps: AppDeps, url: string): string {
  return baseUrl(deps.settings, url).replace(/^\w+:\/\//, '')
}

function parseText(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below, as for any other text.
  }
  throw invalid('train_dsl: expected a DSL as JSON')
}
