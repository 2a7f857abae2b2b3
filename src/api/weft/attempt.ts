/**
 * Routes for the tries at a task: who made them, how they ended, what they said.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { type AttemptDetail, getAttempt, getTask, listTaskAttempts } from '../../domain/attempt.ts'
import { listEvents } from '../../domain/event.ts'
import { listLog, quieterThan, tailLog } from '../../domain/log.ts'
import type { AppDeps } from '../deps.ts'
import { json } from '../json.ts'
import type { Api } from '../surface.ts'
import { WeftAttemptId, WeftAttempts, WeftLog, WeftLogQuery, WeftTaskId } from './record-schema.ts'
import { WeftError, WeftEventQuery, WeftEvents } from './schema.ts'

const missing = json(WeftError, 'There is no such job, task or attempt')

/** `/jobs/{id}/tasks/{task}/attempts` and what each leaves behind. */
export function attemptRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const list = createRoute({
    method: 'get',
    path: '/jobs/{id}/tasks/{task}/attempts',
    operationId: 'weft.attempt.list',
    summary: 'Every try at a task, oldest first, with what it was given and how it ended',
    request: { params: WeftTaskId },
    responses: { 200: json(WeftAttempts, 'The attempts'), 404: missing },
  })
  api.openapi(list, async (c) => {
    const { id, task } = c.req.valid('param')
    const { id: taskId } = await getTask(db, { jobId: id, taskId: task })
    const attempts = await listTaskAttempts(db, taskId)
    return c.json({ attempts: attempts.map(toWeftAttempt) }, 200)
  })

  const events = createRoute({
    method: 'get',
    path: '/jobs/{id}/tasks/{task}/attempts/{number}/events',
    operationId: 'weft.attempt.events',
    summary: 'What happened to one attempt, oldest first',
    request: { params: WeftAttemptId, query: WeftEventQuery },
    responses: {
      200: json(WeftEvents, 'At most 500 events unless more are asked for'),
      404: missing,
    },
  })
  api.openapi(events, async (c) => {
    const { jobId, attemptId } = await find(c.req.valid('param'))
    const found = await listEvents(db, { jobId, attemptId, ...c.req.valid('query') })
    return c.json({ events: found }, 200)
  })

  const log = createRoute({
    method: 'get',
    path: '/jobs/{id}/tasks/{task}/attempts/{number}/log',
    operationId: 'weft.attempt.log',
    summary: 'What one attempt logged, oldest first; paged in both directions',
    request: { params: WeftAttemptId, query: WeftLogQuery },
    responses: { 200: json(WeftLog, 'At most 200 lines unless more are asked for'), 404: missing },
  })
  api.openapi(log, async (c) => {
    const { jobId, attemptId } = await find(c.req.valid('param'))
    const { level = 'debug', limit = 200, ...rest } = c.req.valid('query')
    const query = { jobId, attemptId, limit, without: quieterThan(level), ...rest }
    const lines = rest.after === undefined ? await tailLog(db, query) : await listLog(db, query)
    return c.json({ lines: lines.map(({ taskId: _task, ...line }) => line) }, 200)
  })

  async function find(key: { id: string; task: string; number: number }) {
    const { id: taskId, jobId } = await getTask(db, { jobId: key.id, taskId: key.task })
    const { id: attemptId } = await getAttempt(db, { taskId, number: key.number })
    return { jobId, attemptId }
  }
}

function toWeftAttempt(attempt: AttemptDetail) {
  const { taskId: _task, runner, runnerId, ...rest } = attempt
  return { ...rest, runner: { id: runnerId, name: runner } }
}
