/**
 * What a run told of itself: statements, rows, log, savepoints.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { conflict, DomainError } from '../../../domain/error.ts'
import { listEvents } from '../../../domain/event.ts'
import { listFacts, orderOf } from '../../../domain/fact.ts'
import { isJobOver } from '../../../domain/job-state.ts'
import { tailLog } from '../../../domain/log.ts'
import { getRun, runsBegun } from '../../../domain/works-run.ts'
import { getWork } from '../../../domain/works.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import {
  answer,
  WorksDone,
  WorksError,
  WorksLogQuery,
  WorksResult,
  WorksResultQuery,
  WorksTaskDetail,
  WorksTaskId,
} from '../schema.ts'
import { csvOf, resultOf, toDetail } from '../task-detail.ts'
import { toWireTask } from '../wire.ts'

const PAGE = 100
const LINES = 1000

const missing = json(WorksError, 'There is no such work or task')
const refused = json(WorksError, 'What the task is doing does not allow it')

/** Adds the routes of one task. */
export function taskDetailRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  async function find({ work_id: workId, task_id: id }: { work_id: string; task_id: string }) {
    await getWork(db, workId)
    return getRun(db, { workId, id })
  }

  const get = createRoute({
    method: 'get',
    path: '/{work_id}/tasks/{task_id}',
    operationId: 'works.task',
    summary: 'A task, with its statements and what its engine told',
    request: { params: WorksTaskId },
    responses: { 200: json(answer(WorksTaskDetail), 'The task'), 404: missing },
  })
  api.openapi(get, async (c) => {
    const run = await find(c.req.valid('param'))
    const begun = (await runsBegun(db, [run.id])).get(run.id) ?? null
    const events = await listEvents(db, { jobId: run.id })
    const notes = events.filter(({ level }) => level === 'warning').map(({ message }) => message)
    const facts = await listFacts(db, run.id)
    return c.json(success({ ...toWireTask(run, begun), ...toDetail(run, facts), notes }), 200)
  })

  const logs = createRoute({
    method: 'get',
    path: '/{work_id}/tasks/{task_id}/logs',
    operationId: 'works.task.logs',
    summary: 'The end of a task’s log',
    request: { params: WorksTaskId, query: WorksLogQuery },
    responses: {
      200: json(
        answer(
          z.object({
            lines: z.array(z.object({ at: z.string(), level: z.string(), text: z.string() })),
          }),
        ),
        'Its lines, oldest first',
      ),
      404: missing,
    },
  })
  api.openapi(logs, async (c) => {
    const run = await find(c.req.valid('param'))
    const { tail = LINES } = c.req.valid('query')
    const lines = await tailLog(db, { jobId: run.id, limit: tail })
    return c.json(
      success({
        lines: lines.map(({ at, level, text }) => ({
          at: new Date(at).toISOString(),
          level,
          text,
        })),
      }),
      200,
    )
  })

  const result = createRoute({
    method: 'get',
    path: '/{work_id}/tasks/{task_id}/result',
    operationId: 'works.task.result',
    summary: 'The rows that a statement answered with, as a page or as CSV',
    request: { params: WorksTaskId, query: WorksResultQuery },
    responses: {
      200: {
        description: 'Its rows',
        content: {
          'application/json': { schema: answer(WorksResult) },
          'text/csv': { schema: z.string() },
        },
      },
      404: missing,
    },
  })
  api.openapi(result, async (c) => {
    const run = await find(c.req.valid('param'))
    const { statement, page = 1, limit = PAGE, format } = c.req.valid('query')
    const found = resultOf(await listFacts(db, run.id), statement)
    if (!found) {
      const what = statement === undefined ? 'no statement' : `no statement ${statement}`
      throw new DomainError('not_found', `Task ${run.id} has ${what} with rows`, {
        subject: 'task',
      })
    }
    if (format === 'csv') {
      c.header('Content-Disposition', `attachment; filename="${run.id}-${found.index}.csv"`)
      return c.body(csvOf(found), 200, { 'Content-Type': 'text/csv; charset=utf-8' })
    }
    const rows = found.rows.slice((page - 1) * limit, page * limit)
    const { columns, total } = found
    return c.json(success({ columns, rows, total, page, limit }), 200)
  })

  const savepoint = createRoute({
    method: 'post',
    path: '/{work_id}/tasks/{task_id}/savepoints',
    operationId: 'works.task.savepoint',
    summary: 'Has the engine write a savepoint of a task; with `stop` the task ends with it',
    request: {
      params: WorksTaskId,
      ...jsonBody(
        z.object({
          target_directory: z.string().min(1).max(4096).nullable().optional(),
          stop: z.boolean().optional(),
          drain: z.boolean().optional(),
        }),
      ),
    },
    responses: { 200: json(WorksDone, 'It was asked for'), 404: missing, 409: refused },
  })
  api.openapi(savepoint, async (c) => {
    const run = await find(c.req.valid('param'))
    if (isJobOver(run.state)) throw conflict(`Task ${run.id} is ${run.state}: it runs no more`)
    if (run.request['engine'] !== 'flink')
      throw conflict(`Task ${run.id} runs on the built-in engine, which has no savepoints`)
    const { target_directory: target, stop, drain } = c.req.valid('json')
    await orderOf(db, {
      jobId: run.id,
      type: 'savepoint',
      body: { target: target ?? null, stop: stop ?? false, drain: drain ?? false },
      at: deps.now(),
    })
    return c.json(success(), 200)
  })
}
