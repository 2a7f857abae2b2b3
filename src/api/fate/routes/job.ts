/**
 * `/job`: submit, query, stop, configuration, logs and tasks.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'

import { placesInLine, stopJob } from '../../../domain/job.ts'
import { findMembers } from '../../../domain/member.ts'
import { findTasks, listRunningTasks } from '../../../domain/task.ts'
import { depsFor, ownOnly } from '../../access.ts'
import { baseUrl } from '../../base-url.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import { readJsonBody } from '../../read-json-body.ts'
import type { Api, ApiEnv } from '../../surface.ts'
import { tarGzipStream } from '../../tar.ts'
import { dialectOf } from '../dialect.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { FateReply } from '../field.ts'
import { hasCurrent, toMemberFilter, toTaskFilter } from '../filter.ts'
import { logEntries } from '../log-archive.ts'
import { dslOf, jobStatus, runtimeConfOf, toFateJobs, toFateTask } from '../mapping.ts'
import { findFateJob, SURFACE } from '../place.ts'
import {
  FateConfig,
  FateJobFilter,
  FateJobId,
  FateJobs,
  FateSubmit,
  FateSubmitted,
  FateTaskFilter,
  FateTasks,
} from '../schema.ts'
import { submitFateJob } from '../submit.ts'

const NO_JOB = 'find job failed'

/** Adds the job routes. */
export function jobRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const submit = createRoute({
    method: 'post',
    path: '/job/submit',
    operationId: 'fate.job.submit',
    summary: 'Submit a job',
    request: jsonBody(FateSubmit),
    responses: { 200: json(FateSubmitted, 'The job that was entered') },
  })
  api.openapi(submit, async (c) => {
    const { job, warnings } = await submitFateJob(depsFor(c, deps), c.req.valid('json'))
    const base = baseUrl(deps.settings, c.req.url)
    const request = `${base}/api/weft/jobs/${job.id}/request`
    const data = {
      job_dsl_path: `${request}/job_dsl`,
      job_runtime_conf_path: `${request}/job_runtime_conf`,
      model_info: { model_id: job.modelId ?? '', model_version: job.modelVersion ?? '' },
      board_url: boardUrl(base, job),
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    }
    return c.json(success({ jobId: job.id, data }), 200)
  })

  const stop = createRoute({
    method: 'post',
    path: '/job/stop',
    operationId: 'fate.job.stop',
    summary: 'Stop a job; one that is over stays as it is',
    request: jsonBody(FateJobId),
    responses: { 200: json(FateReply, 'The job is stopped') },
  })
  api.openapi(stop, async (c) => {
    const { job_id: id } = c.req.valid('json')
    if (!(await findFateJob(db, id))) {
      return c.json(failure(RETCODE.exception, `can not found job: ${id}`), 200)
    }
    const dialect = dialectOf(c, deps)
    const stopped = await stopJob(db, { id, reason: 'Stopped by a client' })
    const word = jobStatus(stopped, dialect) === 'canceled' ? 'cancel' : 'kill'
    const retmsg = dialect.cancels ? `${word} job success` : undefined
    return c.json(success({ jobId: id, retmsg }), 200)
  })

  const query = createRoute({
    method: 'post',
    path: '/job/query',
    operationId: 'fate.job.query',
    summary: 'Find jobs: one row for each role and party, newest first, at most 300 jobs',
    request: jsonBody(FateJobFilter),
    responses: { 200: json(FateJobs, 'The jobs found') },
  })
  api.openapi(query, async (c) => {
    const filter = c.req.valid('json')
    const rows = await findRows(deps, filter, c)
    if (rows.length === 0) return c.json(failure(RETCODE.notFound, NO_JOB), 200)
    return c.json(success({ data: rows }), 200)
  })

  const config = createRoute({
    method: 'post',
    path: '/job/config',
    operationId: 'fate.job.config',
    summary: 'The DSL and configuration of the first job found',
    request: jsonBody(FateJobFilter),
    responses: { 200: json(FateConfig, 'What was submitted') },
  })
  api.openapi(config, async (c) => {
    const [first] = await findRows(deps, c.req.valid('json'), c)
    const job = first && (await findFateJob(db, first.f_job_id))
    if (!job) return c.json(failure(RETCODE.notFound, NO_JOB), 200)
    const model =
      job.modelId === null || job.modelVersion === null
        ? {}
        : { model_id: job.modelId, model_version: job.modelVersion }
    const data = {
      job_id: job.id,
      dsl: dslOf(job),
      runtime_conf: runtimeConfOf(job),
      train_runtime_conf: (job.request['train_runtime_conf'] ?? {}) as Record<string, unknown>,
      model_info: model,
    }
    return c.json(success({ data }), 200)
  })

  const tasks = createRoute({
    method: 'post',
    path: '/job/task/query',
    operationId: 'fate.task.query',
    summary: 'Find tasks that have started; without a filter all of them, at most 1000',
    request: jsonBody(FateTaskFilter),
    responses: { 200: json(FateTasks, 'The tasks found') },
  })
  api.openapi(tasks, async (c) => {
    const host = new URL(baseUrl(deps.settings, c.req.url)).host
    const filter = toTaskFilter(c.req.valid('json'), host)
    const found = filter ? await findTasks(db, { ...filter, ...ownOnly(c), surface: SURFACE }) : []
    if (found.length === 0) return c.json(failure(RETCODE.notFound, 'find task failed'), 200)
    return c.json(success({ data: found.map((task) => toFateTask(task, host)) }), 200)
  })

  logRoutes(api, deps)
}

/** The document says POST, version 1.0 serves GET with a JSON body: both, and a query string too. */
function logRoutes(api: Api, deps: AppDeps): void {
  const response = {
    200: {
      description: 'A gzipped tar with `<role>/<party>/…` in it; empty for an unknown job',
      content: { 'application/gzip': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  }
  api.openAPIRegistry.registerPath({
    method: 'post',
    path: '/job/log',
    operationId: 'fate.job.log',
    summary: 'The logs of a job as an archive',
    request: jsonBody(FateJobId),
    responses: response,
  })
  api.openAPIRegistry.registerPath({
    method: 'post',
    path: '/job/log/download',
    operationId: 'fate.job.log.download',
    summary: 'The same, where versions from 1.7 on look for it',
    request: jsonBody(FateJobId),
    responses: response,
  })
  api.openAPIRegistry.registerPath({
    method: 'get',
    path: '/job/log',
    operationId: 'fate.job.log.get',
    summary: 'The logs of a job as an archive',
    description: 'On Node the job id may also stand in a JSON body',
    request: { query: FateJobId },
    responses: response,
  })
  const serve = async (c: Context<ApiEnv>): Promise<Response> => {
    const query = c.req.query('job_id')
    const given = query === undefined ? await readJsonBody(c) : { job_id: query }
    const parsed = FateJobId.safeParse(given)
    if (!parsed.success) {
      const retmsg = 'the following arguments are required: job_id '
      return c.json(failure(RETCODE.exception, retmsg), 200)
    }
    const id = parsed.data.job_id
    const job = await findFateJob(deps.db, id)
    return c.body(tarGzipStream(job ? logEntries(deps.db, job) : []), 200, {
      'Content-Type': 'application/gzip',
      'Content-Disposition': `attachment; filename="job_${id.replaceAll(/[^\w.-]/g, '_')}_log.tar.gz"`,
    })
  }
  for (const path of ['/job/log', '/job/log/download']) {
    api.get(path, serve)
    api.post(path, serve)
  }
}

async function findRows(
  deps: AppDeps,
  filter: z.output<typeof FateJobFilter>,
  c: Context<ApiEnv>,
): Promise<ReturnType<typeof toFateJobs>> {
  const host = baseUrl(deps.settings, c.req.url).replace(/^\w+:\/\//, '')
  const members = toMemberFilter(filter, host)
  if (!members) return []
  const found = await findMembers(deps.db, { ...members, ...ownOnly(c), surface: SURFACE })
  const busy = new Set(found.filter(({ job }) => job.state === 'running').map(({ job }) => job.id))
  const running = await listRunningTasks(deps.db, [...busy])
  const waiting = found.filter(({ job }) => job.state === 'waiting').map(({ job }) => job.id)
  const line = await placesInLine(deps.db, waiting)
  return toFateJobs(found, { host, running, line, dialect: dialectOf(c, deps) }).filter((row) =>
    hasCurrent(row, filter),
  )
}

/** The console's page of a job, with the parameters that the original's dashboard has. */
export function boardUrl(
  base: string,
  job: { id: string; initiator: { role: string; party: string } | null },
): string {
  const query = new URLSearchParams({
    job_id: job.id,
    ...(job.initiator ? { role: job.initiator.role, party_id: job.initiator.party } : {}),
  })
  return `${base}/jobs/${job.id}?${query}`
}
