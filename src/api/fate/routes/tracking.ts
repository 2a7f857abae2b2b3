/**
 * `/tracking` and `/pipeline`: what a job's components were told, did and left behind.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'

import { listArtifacts } from '../../../domain/artifact.ts'
import { listMetrics } from '../../../domain/metric.ts'
import { listTasks } from '../../../domain/task.ts'
import type { AppDeps } from '../../deps.ts'
import { describeProblems, toProblems } from '../../issue.ts'
import { json, jsonBody } from '../../json.ts'
import { readJsonBody } from '../../read-json-body.ts'
import type { Api, ApiEnv } from '../../surface.ts'
import { tarGzipStream } from '../../tar.ts'
import { dialectOf } from '../dialect.ts'
import { failure, fateEnvelope, RETCODE, success } from '../envelope.ts'
import { outputEntries } from '../output-archive.ts'
import { findFateJob, getComponentPlace, getPlace } from '../place.ts'
import {
  FateAllMetrics,
  FateComponentAt,
  FateDataView,
  FateDependencies,
  FateJobAt,
  FateMetricAt,
  FateMetricData,
  FateMetricNames,
  FateNoOutput,
  FateOutputData,
  FateOutputDownload,
  FateOutputModel,
  FateParameters,
} from '../schema.ts'
import {
  dataView,
  dependencies,
  dependencyEdges,
  metricNames,
  metricsByName,
  modelOf,
  previewOf,
  sortPoints,
} from '../tracking.ts'

const NO_DATA = 'no data'

/** Adds the tracking routes and the dependency graph. */
export function trackingRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const view = createRoute({
    method: 'post',
    path: '/tracking/job/data_view',
    operationId: 'fate.job.view',
    summary: 'Partners and tables of a job',
    request: jsonBody(FateJobAt),
    responses: { 200: json(FateDataView, 'Partners, tables and roles') },
  })
  api.openapi(view, async (c) => {
    const place = await getPlace(db, c.req.valid('json'))
    return c.json(success({ data: dataView(place) }), 200)
  })

  const names = createRoute({
    method: 'post',
    path: '/tracking/component/metrics',
    operationId: 'fate.metric.list',
    summary: 'Names of the metrics of a component, by namespace',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateMetricNames, 'Names by namespace') },
  })
  api.openapi(names, async (c) => {
    const { job, task } = await getComponentPlace(db, c.req.valid('json'))
    const metrics = task ? await listMetrics(db, { jobId: job.id, taskId: task.id }) : []
    const retmsg = metrics.length === 0 ? NO_DATA : undefined
    return c.json(success({ data: metricNames(metrics), retmsg }), 200)
  })

  const all = createRoute({
    method: 'post',
    path: '/tracking/component/metric/all',
    operationId: 'fate.metric.all',
    summary: 'Every metric of a component with its points',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateAllMetrics, 'Points and meta by namespace and name') },
  })
  api.openapi(all, async (c) => {
    const { job, task } = await getComponentPlace(db, c.req.valid('json'))
    const metrics = task ? await listMetrics(db, { jobId: job.id, taskId: task.id }) : []
    const retmsg = metrics.length === 0 ? NO_DATA : undefined
    return c.json(success({ data: metricsByName(metrics), retmsg }), 200)
  })

  const data = createRoute({
    method: 'post',
    path: '/tracking/component/metric_data',
    operationId: 'fate.metric.get',
    summary: 'The points of one metric, by x',
    request: jsonBody(FateMetricAt),
    responses: { 200: json(FateMetricData, 'Points and meta') },
  })
  api.openapi(data, async (c) => {
    const query = c.req.valid('json')
    const name = query.metric_name ?? query.meric_name
    if (!name) {
      const retmsg = 'the following arguments are required: metric_name '
      return c.json(failure(RETCODE.exception, retmsg), 200)
    }
    const { job, task } = await getComponentPlace(db, query)
    const metrics = task ? await listMetrics(db, { jobId: job.id, taskId: task.id }) : []
    const metric = metrics.find(
      (one) => one.name === name && one.namespace === query.metric_namespace,
    )
    // An unknown metric is a success without points, as it was.
    const meta = { name: null, metric_type: null, ...metric?.meta }
    return c.json(success({ data: sortPoints(metric?.points ?? []), meta }), 200)
  })

  const parameters = createRoute({
    method: 'post',
    path: '/tracking/component/parameters',
    operationId: 'fate.component.parameters',
    summary: 'The parameters a component runs with at one party',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateParameters, 'The module and its parameters') },
  })
  api.openapi(parameters, async (c) => {
    const { task } = await getComponentPlace(db, c.req.valid('json'))
    if (task?.spec.type !== 'component') {
      return c.json(success({ retmsg: 'can not found this component parameters' }), 200)
    }
    const { module, params } = task.spec
    const name = deps.catalog.get(module)?.paramsName ?? `${module}Param`
    return c.json(success({ data: { module, [name]: params } }), 200)
  })

  const model = createRoute({
    method: 'post',
    path: '/tracking/component/output/model',
    operationId: 'fate.component.model',
    summary: 'What a component has learnt at one party',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateOutputModel, 'The model and its meta') },
  })
  api.openapi(model, async (c) => {
    const { job, task, role, party } = await getComponentPlace(db, c.req.valid('json'))
    const artifacts = task ? await listArtifacts(db, { jobId: job.id, taskId: task.id }) : []
    const found = modelOf(job, task, artifacts)
    if (!found) return c.json(success({ data: {}, retmsg: NO_DATA }), 200)
    const { data: learnt, meta } = found
    if (learnt) return c.json(success({ data: learnt, meta }), 200)
    const retmsg = `${role} ${party} keeps its model to itself: it is on its own runner`
    return c.json(success({ data: {}, meta, retmsg }), 200)
  })

  const table = createRoute({
    method: 'post',
    path: '/tracking/component/output/data',
    operationId: 'fate.component.data',
    summary: 'The first 100 rows of a component at one party',
    request: jsonBody(FateComponentAt),
    responses: { 200: json(FateOutputData, 'Rows and header') },
  })
  api.openapi(table, async (c) => {
    const { job, task, role, party } = await getComponentPlace(db, c.req.valid('json'))
    const artifacts = task ? await listArtifacts(db, { jobId: job.id, taskId: task.id }) : []
    const found = previewOf(artifacts)
    if (!found) return c.json(success({ data: [], retmsg: NO_DATA }), 200)
    const { rows, meta } = found
    if (rows) return c.json(success({ data: rows, meta }), 200)
    const retmsg = `${role} ${party} keeps its rows to itself: they are on its own runner`
    return c.json(success({ data: [], meta, retmsg }), 200)
  })

  downloadRoutes(api, deps)

  const dag = createRoute({
    method: 'post',
    path: '/pipeline/dag/dependency',
    operationId: 'fate.job.dependency',
    summary: 'The components of a job and what each depends on',
    request: jsonBody(FateJobAt),
    responses: { 200: json(FateDependencies, 'Components in topological order') },
  })
  api.openapi(dag, async (c) => {
    const query = c.req.valid('json')
    const job = await findFateJob(db, query.job_id)
    if (!job) return c.json(failure(RETCODE.exception, `query job ${query.job_id} failed`), 200)
    if (!dialectOf(c, deps).edges) return c.json(success({ data: dependencies(job) }), 200)
    const missing = (['role', 'party_id'] as const).filter((name) => !query[name])
    if (missing.length > 0) {
      const retmsg = `the following arguments are required: ${missing.join(',')} `
      return c.json(failure(RETCODE.exception, retmsg), 200)
    }
    const { role, party } = await getPlace(db, query)
    const tasks = await listTasks(db, job.id)
    const own = tasks.filter((task) => task.role === role && task.party === party)
    return c.json(success({ data: dependencyEdges(job, own) }), 200)
  })
}

/** GET with a JSON body as in version 1.0, with a query string for those who cannot send one, and POST. */
function downloadRoutes(api: Api, deps: AppDeps): void {
  const path = '/tracking/component/output/data/download'
  const summary = 'All rows of a component at one party as an archive'
  const responses = {
    200: {
      description: 'A gzipped tar with `output_data.csv` and `output_data_meta.json`',
      content: { 'application/gzip': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    500: json(FateNoOutput, 'There are no rows, or they are out of reach'),
  }
  api.openAPIRegistry.registerPath({
    method: 'get',
    path,
    operationId: 'fate.component.data.download',
    summary,
    description: 'On Node the fields may also stand in a JSON body',
    request: { query: FateOutputDownload },
    responses,
  })
  api.openAPIRegistry.registerPath({
    method: 'post',
    path,
    operationId: 'fate.component.data.download.post',
    summary,
    request: jsonBody(FateOutputDownload),
    responses,
  })
  const serve = async (c: Context<ApiEnv>): Promise<Response> => {
    const query = c.req.query()
    const given = Object.keys(query).length > 0 ? query : await readJsonBody(c)
    const parsed = FateOutputDownload.safeParse(given ?? {})
    if (!parsed.success) {
      const problems = toProblems(parsed.error, given)
      const { status, body } = fateEnvelope({
        kind: 'invalid',
        message: describeProblems(problems),
        problems,
        requestId: c.get('requestId'),
      })
      return c.json(body, status)
    }
    const place = await getComponentPlace(deps.db, parsed.data)
    const limit = parsed.data.limit ?? -1
    const found = await outputEntries(deps, place, {
      limit: limit < 0 ? undefined : limit,
      heading: dialectOf(c, deps).heading && parsed.data.head !== false,
      signal: c.req.raw.signal,
    })
    // The one failure that the original told with a status of its own.
    if ('refusal' in found) return c.json({ retmsg: found.refusal, retcode: 500 }, 500)
    const { job, role, party } = place
    const name = `job_${job.id}_${parsed.data.component_name}_${role}_${party}_output_data.tar.gz`
    return c.body(tarGzipStream(found.entries), 200, {
      'Content-Type': 'application/gzip',
      'Content-Disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`,
    })
  }
  api.get(path, serve)
  api.post(path, serve)
}
