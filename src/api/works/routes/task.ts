/**
 * Runs of works: list, start, cancel, make up for, pause; and the versions of what is run.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { DomainError } from '../../../domain/error.ts'
import { cancelRun, getRun, listRuns, runsBegun, startWork } from '../../../domain/works-run.ts'
import { backfill, pauseSchedule, ruleOf } from '../../../domain/works-schedule.ts'
import { changeWork, getWork, listVersions } from '../../../domain/works.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import {
  answer,
  WorksDone,
  WorksError,
  WorksTask,
  WorksTaskId,
  WorksTaskQuery,
  WorksWorkId,
} from '../schema.ts'
import { toTime, toWireTask } from '../wire.ts'
import { taskDetailRoutes } from './task-detail.ts'

const ALL = 1000

const bad = json(WorksError, 'A field that cannot be, named')
const missing = json(WorksError, 'There is no such work or task')
const refused = json(WorksError, 'What the work is doing does not allow it')

const Moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

/** Adds the routes of tasks. */
export function taskRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const list = createRoute({
    method: 'get',
    path: '/{work_id}/tasks',
    operationId: 'works.tasks',
    summary: 'The tasks of a work, newest first; a body is not looked at',
    request: { params: WorksWorkId, query: WorksTaskQuery },
    responses: { 200: json(answer(z.array(WorksTask)), 'Its tasks'), 404: missing },
  })
  api.openapi(list, async (c) => {
    const { work_id: workId } = c.req.valid('param')
    const { limit = ALL, offset = 1 } = c.req.valid('query')
    await getWork(db, workId)
    const runs = await listRuns(db, { workId, limit, skip: (Math.max(offset, 1) - 1) * limit })
    const begun = await runsBegun(
      db,
      runs.map(({ id }) => id),
    )
    return c.json(success(runs.map((run) => toWireTask(run, begun.get(run.id) ?? null))), 200)
  })

  const cancel = createRoute({
    method: 'post',
    path: '/{work_id}/tasks/{task_id}/cancel',
    operationId: 'works.task.cancel',
    summary: 'Stops a task; the schedule of its work goes on',
    request: { params: WorksTaskId },
    responses: { 200: json(answer(WorksTask), 'The task'), 404: missing, 409: refused },
  })
  api.openapi(cancel, async (c) => {
    const { work_id: workId, task_id: id } = c.req.valid('param')
    await getWork(db, workId)
    return c.json(success(await wireRun(await cancelRun(db, { workId, id }))), 200)
  })

  const start = createRoute({
    method: 'post',
    path: '/{work_id}/tasks',
    operationId: 'works.task.start',
    summary: 'Runs a work now; its schedule stays as it is',
    request: {
      params: WorksWorkId,
      body: {
        content: {
          'application/json': {
            schema: z.object({ savepoint_path: z.string().min(1).max(4096).nullable().optional() }),
          },
        },
      },
    },
    responses: {
      200: json(answer(WorksTask), 'The task'),
      404: missing,
      409: refused,
      503: json(WorksError, 'No engine that could run it is there'),
    },
  })
  api.openapi(start, async (c) => {
    const { work_id: id } = c.req.valid('param')
    const savepoint = c.req.valid('json')?.savepoint_path
    const run = await startWork(
      db,
      { id, trigger: 'manual', ...(savepoint ? { savepoint } : {}) },
      deps.now(),
    )
    return c.json(success(await wireRun(run)), 200)
  })

  const makeUp = createRoute({
    method: 'post',
    path: '/{work_id}/backfill',
    operationId: 'works.backfill',
    summary: 'Runs a work for every time of its schedule that has passed, one after the other',
    request: {
      params: WorksWorkId,
      ...jsonBody(z.object({ from: Moment, to: Moment })),
    },
    responses: {
      200: json(answer(z.object({ due_at: z.array(z.string()) })), 'The times made up for'),
      400: bad,
      404: missing,
    },
  })
  api.openapi(makeUp, async (c) => {
    const times = await backfill(db, {
      id: c.req.valid('param').work_id,
      ...c.req.valid('json'),
      at: deps.now(),
    })
    return c.json(success({ due_at: times.map(toTime) }), 200)
  })

  for (const action of ['pause', 'resume'] as const) {
    const route = createRoute({
      method: 'post',
      path: `/{work_id}/${action}`,
      operationId: `works.${action}`,
      summary:
        action === 'pause'
          ? 'Sets the schedule of a work aside; a task that runs goes on'
          : 'Takes the schedule of a work up again, from now on',
      request: { params: WorksWorkId },
      responses: { 200: json(WorksDone, 'Done'), 404: missing, 409: refused },
    })
    api.openapi(route, async (c) => {
      const work = await getWork(db, c.req.valid('param').work_id)
      if (!ruleOf(work)) {
        throw new DomainError(
          'conflict',
          `Work ${work.id} has no schedule: set run_frequency or cron first`,
        )
      }
      await pauseSchedule(db, { id: work.id, paused: action === 'pause', at: deps.now() })
      return c.json(success(), 200)
    })
  }

  taskDetailRoutes(api, deps)
  versionRoutes(api, deps)

  async function wireRun(run: Awaited<ReturnType<typeof getRun>>) {
    return toWireTask(run, (await runsBegun(db, [run.id])).get(run.id) ?? null)
  }
}

const WorksVersion = z
  .object({
    version: z.int(),
    created_at: z.string(),
    script: z.string().nullable(),
    work_directory: z.string().nullable(),
    main_class_name: z.string().nullable(),
    extra_params: z.array(z.string()).nullable(),
    java_version: z.string().nullable(),
  })
  .openapi('WorksVersion')

function versionRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const versions = createRoute({
    method: 'get',
    path: '/{work_id}/versions',
    operationId: 'works.versions',
    summary: 'Every version of what a work runs, newest first',
    request: { params: WorksWorkId },
    responses: { 200: json(answer(z.array(WorksVersion)), 'Its versions'), 404: missing },
  })
  api.openapi(versions, async (c) => {
    const { id } = await getWork(db, c.req.valid('param').work_id)
    const all = await listVersions(db, id)
    return c.json(
      success(
        all.map(({ version, content, createdAt }) => ({
          version,
          created_at: toTime(createdAt),
          script: content.script,
          work_directory: content.workDirectory,
          main_class_name: content.mainClassName,
          extra_params: content.extraParams === null ? null : [...content.extraParams],
          java_version: content.javaVersion,
        })),
      ),
      200,
    )
  })

  const rollBack = createRoute({
    method: 'post',
    path: '/{work_id}/versions/{version}/restore',
    operationId: 'works.version.restore',
    summary: 'Has a work run what an earlier version ran; that is a new version',
    request: {
      params: z.object({ work_id: z.string(), version: z.string().regex(/^\d{1,9}$/) }),
    },
    responses: {
      200: json(answer(z.object({ version: z.int() })), 'The version that it now has'),
      404: missing,
    },
  })
  api.openapi(rollBack, async (c) => {
    const { work_id: id, version } = c.req.valid('param')
    await getWork(db, id)
    const found = (await listVersions(db, id)).find((one) => one.version === Number(version))
    if (!found) {
      throw new DomainError('not_found', `Work ${id} has no version ${version}`, {
        subject: 'version',
      })
    }
    const work = await changeWork(db, { id, change: found.content, at: deps.now() })
    return c.json(success({ version: work.version }), 200)
  })
}
