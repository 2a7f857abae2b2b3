/**
 * Jobs: list, submit, read, stop, tag.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { listEvents } from '../../../domain/event.ts'
import { listFrameworkAttempts } from '../../../domain/framework-record.ts'
import { setExecution, setTag } from '../../../domain/framework.ts'
import type { Principal } from '../../../domain/principal.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { requireOwner } from '../caller.ts'
import { noJob, PaiFault } from '../fault.ts'
import { factsOf, findJob, jobName, versionOf } from '../find.ts'
import { jobDetail } from '../job-detail.ts'
import { answerList, LIST_QUERY } from '../job-list.ts'
import type { PaiLimits } from '../limits.ts'
import { checkFields, type PaiContext, paiRoutes, readFields } from '../route.ts'
import { submitDocument } from '../submission.ts'

const MOST_EVENTS = 10_000

/** Routes of jobs. */
export function jobRoutes(api: Api, deps: AppDeps, limits: PaiLimits): void {
  const { db } = deps
  const route = paiRoutes(api, deps)

  route(
    'get',
    '/jobs',
    { id: 'job.list', summary: 'Lists jobs', query: LIST_QUERY },
    (c, caller) => {
      limits.list(c, caller)
      return answerList(c, deps)
    },
  )
  route(
    'get',
    '/user/:user/jobs',
    { id: 'job.listOfUser', summary: 'Lists jobs of a user' },
    (c, caller) => {
      limits.list(c, caller)
      return answerList(c, deps, c.req.param('user'))
    },
  )

  route(
    'post',
    '/jobs',
    { id: 'job.submit', summary: 'Submits a job: YAML of the job protocol, version 2' },
    async (c, caller) => {
      limits.submit(c, caller)
      const job = await submitDocument(deps, caller, await c.req.text())
      const message = `Update job ${job.name} for user ${job.owner} successfully.`
      return c.json({ status: 202, message }, 202)
    },
  )

  route(
    'get',
    '/jobs/:name',
    { id: 'job.get', summary: 'One job', also: ['/user/:user/jobs/:name'], query: ['version'] },
    async (c, caller) => {
      const framework = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
      const facts = await factsOf(deps, c, { framework })
      if (!facts) throw noJob(jobName(c))
      return c.json(jobDetail(facts))
    },
  )

  route(
    'get',
    '/jobs/:name/config',
    {
      id: 'job.config',
      summary: 'What was submitted, its secrets hidden',
      also: ['/user/:user/jobs/:name/config'],
      query: ['version'],
    },
    async (c, caller) => {
      const job = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
      return c.text(job.config, 200, { 'content-type': 'text/yaml; charset=utf-8' })
    },
  )

  route(
    'put',
    '/jobs/:name/executionType',
    {
      id: 'job.execute',
      summary: 'Stops a job',
      also: ['/user/:user/jobs/:name/executionType'],
    },
    async (c, caller) => {
      const { value } = checkFields(
        z.object({ value: z.enum(['START', 'STOP']) }),
        await readFields(c),
      )
      const job = await findJob(deps, caller, { name: jobName(c) })
      requireOwner(caller, job.owner)
      await setExecution(db, { jobId: job.jobId, execution: value, by: caller.name })
      const message = `Execute job ${job.owner}~${job.name} successfully.`
      return c.json({ status: 202, message }, 202)
    },
  )

  const tag = (on: boolean) => async (c: PaiContext, caller: Principal) => {
    const { value } = checkFields(z.object({ value: z.string() }), await readFields(c))
    const job = await findJob(deps, caller, { name: jobName(c) })
    requireOwner(caller, job.owner)
    if (!(await setTag(db, { jobId: job.jobId, tag: value, on })))
      throw new PaiFault(404, 'NoTagError', `Tag ${value} is not found.`)
    const done = on ? 'Add' : 'Delete'
    return c.json({
      status: 200,
      message: `${done} tag ${value} for job ${job.name} successfully.`,
    })
  }
  route('put', '/jobs/:name/tag', { id: 'job.tag', summary: 'Adds a tag' }, tag(true))
  route('delete', '/jobs/:name/tag', { id: 'job.untag', summary: 'Takes a tag away' }, tag(false))

  route(
    'get',
    '/jobs/:name/events',
    { id: 'job.events', summary: 'What happened, newest first', query: ['type', 'version'] },
    async (c, caller) => {
      const job = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
      const type = c.req.query('type')
      const events = await listEvents(db, { jobId: job.jobId, limit: MOST_EVENTS })
      const data = events.toReversed().map((event) => ({
        uid: String(event.id),
        frameworkName: `${job.owner}~${job.name}`,
        podUid: event.attemptId,
        ...seatOf(event.taskId, job.jobId),
        type: event.level === 'info' ? 'Normal' : 'Warning',
        reason: event.type,
        message: event.message,
        firstTimestamp: new Date(event.at).toISOString(),
        lastTimestamp: new Date(event.at).toISOString(),
        count: 1,
        sourceComponent: 'weft',
        sourceHost: null,
      }))
      const wanted = data.filter((event) => type === undefined || event.type === type)
      return c.json({ totalCount: wanted.length, data: wanted })
    },
  )

  route(
    'get',
    '/jobs/:name/ssh',
    { id: 'job.ssh', summary: 'How to log in to its tasks', also: ['/user/:user/jobs/:name/ssh'] },
    async (c, caller) => {
      const job = await findJob(deps, caller, { name: jobName(c) })
      throw new PaiFault(
        404,
        'NoJobSshInfoError',
        `SSH info of job ${job.owner}~${job.name} is not found.`,
      )
    },
  )

  route(
    'get',
    '/jobs/:name/job-attempts/healthz',
    { id: 'job.attemptsHealth', summary: 'Whether past attempts can be read' },
    (c) => c.json({ status: 200, message: 'ok' }),
  )
  route(
    'get',
    '/jobs/:name/job-attempts',
    { id: 'job.attempts', summary: 'All attempts at a job, newest first', query: ['version'] },
    async (c, caller) => {
      const job = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
      const attempts = await listFrameworkAttempts(db, job.jobId)
      const common = {
        jobName: job.name,
        frameworkName: `${job.owner}~${job.name}`,
        uid: job.jobId,
        userName: job.owner,
        totalGpuNumber: job.totalGpus,
        totalTaskNumber: job.totalTasks,
        totalTaskRoleNumber: job.totalRoles,
      }
      return c.json(
        attempts.toReversed().map((one) => ({
          ...common,
          attemptIndex: one.number,
          jobStartedTime: job.submittedAt,
          attemptStartedTime: one.createdAt,
          attemptLaunchedTime: one.launchedAt,
          attemptCompletedTime: one.completedAt,
          exitCode: one.exitCode,
          exitDiagnostics: one.diagnostics,
          appExitTriggerMessage: one.triggerMessage,
          appExitTriggerTaskRoleName: one.trigger?.role ?? null,
          appExitTriggerTaskIndex: one.trigger?.index ?? null,
          retryDelayTime: one.delayMs === 0 ? null : Math.round(one.delayMs / 1000),
          isLatest: one.number === job.attempt,
        })),
      )
    },
  )
  route(
    'get',
    '/jobs/:name/attempts/:attempt',
    {
      id: 'job.attempt',
      summary: 'A job as one of its attempts was',
      also: ['/jobs/:name/job-attempts/:attempt'],
      query: ['version'],
    },
    async (c, caller) => {
      const framework = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
      const facts = await factsOf(deps, c, { framework, attempt: c.req.param('attempt') })
      if (!facts) throw noJob(jobName(c))
      return c.json(jobDetail(facts))
    },
  )
}

/** The instance whose task has that id: `<job>_attempt-<n>:…_<role>_<index>`. */
function seatOf(taskId: string | null, jobId: string) {
  const match = taskId === null ? null : /_([A-Za-z_]\w*?)_(\d+)$/.exec(taskId.slice(jobId.length))
  return {
    taskroleName: match?.[1] ?? null,
    taskName: taskId,
    taskIndex: match === null ? null : Number(match[2]),
  }
}
