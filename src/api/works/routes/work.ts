/**
 * Works themselves: create, read, change, delete, list, search.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import type { Db } from '../../../db/type.ts'
import { findSchedule, findSchedules } from '../../../domain/schedule.ts'
import { enterWork, removeWork, reviseWork } from '../../../domain/works-change.ts'
import { listWorks } from '../../../domain/works-list.ts'
import { getWork, type Work } from '../../../domain/works.ts'
import { ownerIn, ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { CODES, success } from '../envelope.ts'
import {
  answer,
  listAnswer,
  NewWorksWork,
  WorksChange,
  WorksDone,
  WorksError,
  WorksQuery,
  WorksWork,
  WorksWorkId,
} from '../schema.ts'
import { SET_STATES, TASK_STATUSES, WORK_STATUSES, workStates } from '../status.ts'
import { fromChange, fromNew, toWire } from '../wire.ts'

const DEFAULT_LIMIT = 10

const bad = json(WorksError, 'A field that cannot be, named')
const missing = json(WorksError, 'There is no such work')
const refused = json(WorksError, 'What the work is doing does not allow it')

/** Adds the routes of works. */
export function workRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const create = createRoute({
    method: 'post',
    path: '/',
    operationId: 'works.create',
    summary: 'Enters a work; with status 2 it is started at once',
    request: jsonBody(NewWorksWork),
    responses: { 200: json(answer(WorksWork), 'The work'), 400: bad },
  })
  api.openapi(create, async (c) => {
    const now = deps.now()
    const work = await enterWork(
      db,
      { ...fromNew(c.req.valid('json'), now), owner: ownerIn(c) },
      now,
    )
    return c.json(success(await wire(db, work)), 200)
  })

  for (const search of [false, true]) {
    const list = createRoute({
      method: 'get',
      path: search ? '/search' : '/',
      operationId: search ? 'works.search' : 'works.list',
      summary: search
        ? 'Works whose name and description contain what is asked for, in any case'
        : 'Works whose fields are what is asked for, newest first',
      request: { query: WorksQuery },
      responses: { 200: json(listAnswer(WorksWork), 'A page of works'), 400: bad },
    })
    api.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const limit = query.limit ?? DEFAULT_LIMIT
      const { works, total } = await listWorks(db, {
        ...ownOnly(c),
        userId: query.user_id,
        name: query.name,
        description: query.description,
        states: query.status?.flatMap(workStates),
        frequency: query.run_frequency,
        text: query.q,
        deleted: query.include_deleted === 'true',
        search,
        skip: query.skip ?? (Math.max(query.offset ?? 1, 1) - 1) * limit,
        limit,
        order: query.order?.column === 'status' ? 'state' : (query.order?.column ?? 'created_at'),
        descending: query.order?.descending ?? true,
      })
      c.header('X-Total-Count', String(total))
      return c.json({ ...success(await wireAll(db, works)), total }, 200)
    })
  }

  const statuses = createRoute({
    method: 'get',
    path: '/statuses',
    operationId: 'works.statuses',
    summary: 'What the numbers of statuses and codes mean',
    responses: {
      200: json(
        answer(
          z.object({
            work: z.record(z.string(), z.string()),
            task: z.record(z.string(), z.string()),
            codes: z.record(z.string(), z.string()),
          }),
        ),
        'Words by number',
      ),
    },
  })
  api.openapi(statuses, (c) =>
    c.json(
      success({ work: byNumber(WORK_STATUSES), task: byNumber(TASK_STATUSES), codes: CODES }),
      200,
    ),
  )

  const get = createRoute({
    method: 'get',
    path: '/{work_id}',
    operationId: 'works.get',
    summary: 'A work',
    request: { params: WorksWorkId },
    responses: { 200: json(answer(WorksWork), 'The work'), 404: missing },
  })
  api.openapi(get, async (c) => {
    const work = await getWork(db, c.req.valid('param').work_id)
    return c.json(success(await wire(db, work)), 200)
  })

  const change = createRoute({
    method: 'patch',
    path: '/{work_id}',
    operationId: 'works.change',
    summary: 'Changes a work; status 2 starts it, 5 and 6 stop it and its schedule',
    request: { params: WorksWorkId, ...jsonBody(WorksChange) },
    responses: {
      200: json(answer(WorksWork), 'The work as it is now'),
      400: bad,
      404: missing,
      409: refused,
      503: json(WorksError, 'No engine that could run it is there'),
    },
  })
  api.openapi(change, async (c) => {
    const { work_id: id } = c.req.valid('param')
    const body = c.req.valid('json')
    const { settings } = await getWork(db, id)
    const { status } = body
    const state = typeof status === 'number' ? SET_STATES[status] : undefined
    const work = await reviseWork(db, {
      id,
      change: { ...fromChange(body, settings), ...(state === undefined ? {} : { state }) },
      at: deps.now(),
    })
    return c.json(success(await wire(db, work)), 200)
  })

  const remove = createRoute({
    method: 'delete',
    path: '/{work_id}',
    operationId: 'works.delete',
    summary: 'Takes a work out of every list, and stops it',
    request: { params: WorksWorkId },
    responses: { 200: json(WorksDone, 'Done'), 404: missing },
  })
  api.openapi(remove, async (c) => {
    await removeWork(db, { id: c.req.valid('param').work_id, at: deps.now() })
    return c.json(success(), 200)
  })
}

async function wire(db: Db, work: Work) {
  return toWire(work, await findSchedule(db, work.id))
}

async function wireAll(db: Db, works: readonly Work[]) {
  const schedules = await findSchedules(
    db,
    works.map(({ id }) => id),
  )
  const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]))
  return works.map((work) => toWire(work, byId.get(work.id)))
}

function byNumber(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word, number) => [String(number), word]))
}
