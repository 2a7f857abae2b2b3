/**
 * What is done with many works at once, each by itself; and a work made like another.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { DomainError } from '../../../domain/error.ts'
import { findSchedule } from '../../../domain/schedule.ts'
import { enterWork, reviseWork } from '../../../domain/works-change.ts'
import { getWork } from '../../../domain/works.ts'
import { ownerIn } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success, worksEnvelope } from '../envelope.ts'
import { answer, WorksError, WorksWork, WorksWorkId } from '../schema.ts'
import { toWire } from '../wire.ts'

/** Works that one request starts or stops. */
const MOST = 1000

const Several = z.object({
  work_ids: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(MOST)
    .refine((ids) => new Set(ids).size === ids.length, 'expected each work once'),
})

const Done = z
  .object({
    work_id: z.string(),
    code: z.int().openapi({ description: '0, or why it was refused' }),
    msg: z.string().nullable(),
    status: z.int().nullable(),
    task_id: z.string().nullable(),
  })
  .openapi('WorksDoneEach')

/** Adds the routes for many works. Before those of one, whose paths they look like. */
export function severalRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  for (const [action, state] of [
    ['start', 'running'],
    ['stop', 'canceled'],
  ] as const) {
    const route = createRoute({
      method: 'post',
      path: `/${action}`,
      operationId: `works.${action}.several`,
      summary: `Does for each of the works what status ${action === 'start' ? 2 : 6} does; one that cannot be does not keep the others back`,
      request: jsonBody(Several),
      responses: {
        200: json(answer(z.array(Done)), 'What became of each, in the order of the request'),
        400: json(WorksError, 'A field that cannot be, named'),
      },
    })
    api.openapi(route, async (c) => {
      const done: z.infer<typeof Done>[] = []
      for (const id of c.req.valid('json').work_ids) {
        done.push(await one(id, state))
      }
      return c.json(success(done), 200)
    })
  }

  async function one(id: string, state: 'running' | 'canceled'): Promise<z.infer<typeof Done>> {
    try {
      const work = await reviseWork(db, { id, change: { state }, at: deps.now() })
      const { status } = toWire(work, undefined)
      return { work_id: id, code: 0, msg: null, status, task_id: work.runId }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const { kind, message, subject } = error
      const { body } = worksEnvelope({
        kind,
        message,
        requestId: '',
        ...(subject ? { subject } : {}),
      })
      const { code } = body as { code: number }
      return { work_id: id, code, msg: message, status: null, task_id: null }
    }
  }

  const copy = createRoute({
    method: 'post',
    path: '/{work_id}/copy',
    operationId: 'works.copy',
    summary: 'Enters a work that runs the same; its schedule begins when it is started',
    request: {
      params: WorksWorkId,
      body: {
        content: {
          'application/json': {
            schema: z.object({ name: z.string().min(1).max(255).nullable().optional() }),
          },
        },
      },
    },
    responses: {
      200: json(answer(WorksWork), 'The new work'),
      404: json(WorksError, 'There is no such work'),
    },
  })
  api.openapi(copy, async (c) => {
    const from = await getWork(db, c.req.valid('param').work_id)
    const name = c.req.valid('json')?.name ?? from.name
    const now = deps.now()
    const work = await enterWork(
      db,
      {
        ...from,
        name,
        state: 'created',
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
        owner: ownerIn(c),
      },
      now,
    )
    return c.json(success(toWire(work, await findSchedule(db, work.id))), 200)
  })
}
