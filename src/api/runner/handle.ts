/**
 * Routes for the handles of processes that outlive their runner.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { briefMember } from '../../domain/briefing.ts'
import { clearLeftovers, holdHandle, listLeftovers } from '../../domain/handle.ts'
import type { AppDeps } from '../deps.ts'
import type { Api } from '../surface.ts'
import { asCaller, checkRunner } from './caller.ts'
import { posts } from './route.ts'
import { Done } from './schema.ts'

const Id = z.string().min(1).max(128)
const Handle = z.string().min(1).max(512)

const HoldBody = z.object({ runnerId: Id, attemptId: Id, handle: Handle })
const Held = z
  .object({
    held: z.boolean().openapi({ description: 'False: the lease is gone, start nothing' }),
  })
  .openapi('RunnerHeld')
const BriefBody = z.object({ runnerId: Id, attemptId: Id })
const Briefed = z
  .object({
    briefing: z
      .object({
        places: z
          .array(
            z.object({
              role: z.string(),
              index: z.int(),
              host: z.string(),
              ports: z.array(z.int()).readonly(),
              engine: z.string().optional(),
            }),
          )
          .readonly(),
        secrets: z.record(z.string(), z.unknown()),
        taskAttempt: z.int(),
      })
      .nullable(),
  })
  .openapi('RunnerBriefing')
const LeftoversBody = z.object({ runnerId: Id })
const Leftovers = z.object({ handles: z.array(z.string()) }).openapi('RunnerLeftovers')
const ClearBody = z.object({ runnerId: Id, handles: z.array(Handle).max(100) })

/** Keeping handles, and clearing what is left of attempts that are over. */
export function handleRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const post = posts(asCaller(deps))

  const hold = post('hold', {
    summary: 'Keeps by which an engine finds the process of a held attempt again',
    body: HoldBody,
    answer: Held,
  })
  api.openapi(hold, async (c) => {
    const body = c.req.valid('json')
    await checkRunner(db, c.get('caller'), body.runnerId)
    return c.json({ held: await holdHandle(db, body) }, 200)
  })

  const brief = post('brief', {
    summary: 'Tells where the others of an ensemble are; null while they are not complete',
    body: BriefBody,
    answer: Briefed,
  })
  api.openapi(brief, async (c) => {
    const body = c.req.valid('json')
    await checkRunner(db, c.get('caller'), body.runnerId)
    return c.json({ briefing: await briefMember(db, body) }, 200)
  })

  const leftovers = post('leftovers', {
    summary: 'Handles of processes that are over or that nobody will follow',
    body: LeftoversBody,
    answer: Leftovers,
  })
  api.openapi(leftovers, async (c) => {
    const { runnerId } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    return c.json({ handles: await listLeftovers(db, runnerId) }, 200)
  })

  const clear = post('clear', {
    summary: 'Forgets leftovers of which nothing is left',
    body: ClearBody,
    answer: Done,
  })
  api.openapi(clear, async (c) => {
    const body = c.req.valid('json')
    await checkRunner(db, c.get('caller'), body.runnerId)
    await clearLeftovers(db, body)
    return c.json({}, 200)
  })
}
