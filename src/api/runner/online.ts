/**
 * Routes for online predictions: the calls that wait for a guest's task, and their answers.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { pause } from '../../domain/pause.ts'
import { answerCalls, waitingCalls } from '../../domain/serving-call.ts'
import type { ServingCall, ServingResult } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import type { Api } from '../surface.ts'
import { asCaller, checkRunner } from './caller.ts'
import { posts } from './route.ts'
import { Done } from './schema.ts'

/** How often to look while a runner waits: a call has milliseconds. */
const LOOK_MS = 2
const REMOTE_MS = 20

const Id = z.string().min(1).max(128)

const CallsBody = z.object({
  runnerId: Id,
  attemptId: Id,
  after: z.int().min(0),
  wait_ms: z.int().min(0).max(20_000).default(0),
})
const Calls = z
  .object({ calls: z.array(z.custom<ServingCall>().openapi({ type: 'object' })) })
  .openapi('RunnerCalls')
const AnswersBody = z.object({
  runnerId: Id,
  attemptId: Id,
  answers: z
    .array(
      z.object({
        id: z.int(),
        results: z.array(z.custom<ServingResult>(isResult).openapi({ type: 'object' })).max(1000),
      }),
    )
    .max(1000),
})

/** Fetching calls and answering them. */
export function onlineRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const post = posts(asCaller(deps))
  const pauseMs = deps.watchMs === undefined ? REMOTE_MS : LOOK_MS

  const calls = post('calls', {
    summary: 'Online calls behind a number that wait for a held attempt of a guest',
    body: CallsBody,
    answer: Calls,
  })
  api.openapi(calls, async (c) => {
    const { wait_ms, ...query } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), query.runnerId)
    const end = performance.now() + wait_ms
    for (;;) {
      const found = await waitingCalls(db, query)
      if (found.length > 0 || performance.now() >= end || c.req.raw.signal.aborted) {
        return c.json({ calls: found }, 200)
      }
      await pause(pauseMs)
    }
  })

  const answers = post('answers', {
    summary: 'Answers online calls; those that nobody waits for any more are dropped',
    body: AnswersBody,
    answer: Done,
  })
  api.openapi(answers, async (c) => {
    const body = c.req.valid('json')
    await checkRunner(db, c.get('caller'), body.runnerId)
    await answerCalls(db, body)
    return c.json({}, 200)
  })
}

function isResult(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { id, values, error } = value as Record<string, unknown>
  if (typeof id !== 'string') return false
  if (error === undefined) return typeof values === 'object' && values !== null
  const { code, message } = (error ?? {}) as Record<string, unknown>
  const known = code === 'invalid' || code === 'not_found' || code === 'unavailable'
  return known && typeof message === 'string'
}
