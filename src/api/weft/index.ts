/**
 * What Weft adds to the documented APIs: jobs with the reasons of their tasks, what crossed between their parties,
 * what happened, and what was measured.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { notFound } from '../../domain/error.ts'
import { listEvents } from '../../domain/event.ts'
import { explainJob, getJob, type Job, stopJob } from '../../domain/job.ts'
import { listLedger } from '../../domain/ledger.ts'
import { listMetrics } from '../../domain/metric.ts'
import { resumeJob, suspendJob } from '../../domain/suspend.ts'
import { listTasks, type Task } from '../../domain/task.ts'
import type { AppDeps } from '../deps.ts'
import { errorEnvelope } from '../error-envelope.ts'
import { json } from '../json.ts'
import type { LoadModel } from '../model-loader.ts'
import { type Api, surface } from '../surface.ts'
import { attemptRoutes } from './attempt.ts'
import { flowRoutes } from './flow.ts'
import { listRoutes } from './list.ts'
import { processRoutes } from './process.ts'
import { runnerRoutes } from './runner.ts'
import {
  WeftError,
  WeftEventQuery,
  WeftEvents,
  WeftJob,
  WeftJobId,
  WeftLedger,
  WeftMetrics,
  WeftRequestPart,
  type WeftTask,
} from './schema.ts'
import { servingRoutes } from './serving.ts'

/** Weft's own surface; its place is `/api/weft`. `load` puts models of other surfaces to work. */
export function weftSurface(deps: AppDeps, load: LoadModel): Api {
  return surface(
    {
      base: '/api/weft',
      title: 'Weft',
      version: deps.settings.version,
      description: 'What this server adds to the documented APIs.',
      envelope: errorEnvelope,
      routes: (api) => routes(api, deps, load),
    },
    deps,
  )
}

const missing = json(WeftError, 'There is no such job')
const ended = json(WeftError, 'The job is over')

function routes(api: Api, deps: AppDeps, load: LoadModel): void {
  const { db } = deps

  listRoutes(api, deps)

  const job = createRoute({
    method: 'get',
    path: '/jobs/{id}',
    operationId: 'weft.job.get',
    summary: 'A job and its tasks, each with its reason',
    request: { params: WeftJobId },
    responses: { 200: json(WeftJob, 'The job'), 404: missing },
  })
  api.openapi(job, async (c) => {
    return c.json(await toWeftJob(deps, await getJob(db, c.req.valid('param').id)), 200)
  })

  const suspend = createRoute({
    method: 'post',
    path: '/jobs/{id}/suspend',
    operationId: 'weft.job.suspend',
    summary: 'Sets a job aside; what its trainings have reached stays with their parties',
    request: { params: WeftJobId },
    responses: { 200: json(WeftJob, 'The job, suspended'), 404: missing, 409: ended },
  })
  api.openapi(suspend, async (c) => {
    const { id } = c.req.valid('param')
    const reason = 'Suspended: resume it to go on'
    return c.json(await toWeftJob(deps, await suspendJob(db, { id, reason })), 200)
  })

  const resume = createRoute({
    method: 'post',
    path: '/jobs/{id}/resume',
    operationId: 'weft.job.resume',
    summary: 'Takes up a suspended job where it was; it waits in line like any other',
    request: { params: WeftJobId },
    responses: { 200: json(WeftJob, 'The job, waiting or running'), 404: missing, 409: ended },
  })
  api.openapi(resume, async (c) => {
    const { id } = c.req.valid('param')
    const reason = 'The job was resumed'
    return c.json(await toWeftJob(deps, await resumeJob(db, { id, reason })), 200)
  })

  const stop = createRoute({
    method: 'post',
    path: '/jobs/{id}/stop',
    operationId: 'weft.job.stop',
    summary: 'Ends a job for good; one that is over stays as it is',
    request: { params: WeftJobId },
    responses: { 200: json(WeftJob, 'The job'), 404: missing },
  })
  api.openapi(stop, async (c) => {
    const { id } = c.req.valid('param')
    return c.json(await toWeftJob(deps, await stopJob(db, { id, reason: 'Stopped' })), 200)
  })

  const ledger = createRoute({
    method: 'get',
    path: '/jobs/{id}/ledger',
    operationId: 'weft.job.ledger',
    summary:
      'The disclosure ledger: what crossed between the parties, of which kind, and what it reveals',
    request: { params: WeftJobId },
    responses: {
      200: json(WeftLedger, 'One line for each sender, receiver and tag'),
      404: missing,
    },
  })
  api.openapi(ledger, async (c) => {
    const { id } = await getJob(db, c.req.valid('param').id)
    return c.json({ lines: await listLedger(db, id) }, 200)
  })

  const events = createRoute({
    method: 'get',
    path: '/jobs/{id}/events',
    operationId: 'weft.job.events',
    summary: 'What happened, oldest first',
    request: { params: WeftJobId, query: WeftEventQuery },
    responses: {
      200: json(WeftEvents, 'At most 500 events unless more are asked for'),
      404: missing,
    },
  })
  api.openapi(events, async (c) => {
    const { id } = await getJob(db, c.req.valid('param').id)
    return c.json({ events: await listEvents(db, { jobId: id, ...c.req.valid('query') }) }, 200)
  })

  const metrics = createRoute({
    method: 'get',
    path: '/jobs/{id}/metrics',
    operationId: 'weft.job.metrics',
    summary: 'Every metric of every task with its points',
    request: { params: WeftJobId },
    responses: { 200: json(WeftMetrics, 'Metrics in the order in which they began'), 404: missing },
  })
  api.openapi(metrics, async (c) => {
    const { id } = await getJob(db, c.req.valid('param').id)
    const found = await listMetrics(db, { jobId: id })
    const metricList = found.map((metric) => ({
      ...metric,
      points: metric.points.map(([x, y]): [number | string, number] => [x, y]),
    }))
    return c.json({ metrics: metricList }, 200)
  })

  attemptRoutes(api, deps)
  runnerRoutes(api, deps)
  servingRoutes(api, deps, load)
  flowRoutes(api, deps)

  const request = createRoute({
    method: 'get',
    path: '/jobs/{id}/request/{key}',
    operationId: 'weft.job.request',
    summary: 'One part of what the client sent, such as job_dsl',
    request: { params: WeftRequestPart },
    responses: { 200: json(z.unknown(), 'The part, as it was sent'), 404: missing },
  })
  api.openapi(request, async (c) => {
    const { id, key } = c.req.valid('param')
    const { request: sent } = await getJob(db, id)
    if (!Object.hasOwn(sent, key)) {
      const parts = Object.keys(sent).join(', ')
      throw notFound(`The request of job ${id} has no part "${key}": it has ${parts}`)
    }
    return c.json(sent[key] as object, 200)
  })

  processRoutes(api, deps, (found) => toWeftJob(deps, found))
}

async function toWeftJob({ db }: AppDeps, job: Job): Promise<z.output<typeof WeftJob>> {
  const { request: _request, graph, ...rest } = job
  const reason = job.reason ?? (await explainJob(db, job))
  const tasks = await listTasks(db, job.id)
  return { ...rest, reason, graph: [...graph], tasks: tasks.map(toWeftTask) }
}

function toWeftTask(task: Task): z.output<typeof WeftTask> {
  const { id, name, kind, role, party, state, reason, progress, attempts } = task
  const { createdAt, startedAt, endedAt } = task
  return {
    id,
    name,
    kind,
    role,
    party,
    state,
    reason,
    progress,
    attempts,
    createdAt,
    startedAt,
    endedAt,
  }
}
