/**
 * Routes for what a runner does all day: register, claim, renew, report, settle.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { claimTasks, renewLeases } from '../../domain/lease.ts'
import { applyReports } from '../../domain/report.ts'
import { registerChecked } from '../../domain/runner-scope.ts'
import { beatRunner, findPeers } from '../../domain/runner.ts'
import { settleTask } from '../../domain/settle.ts'
import { sweep } from '../../domain/sweep.ts'
import type { LeasedTask } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import type { Api } from '../surface.ts'
import { asCaller, checkProfile, checkRunner, membersFor, OWNER_FACT } from './caller.ts'
import { createOnce } from './once.ts'
import { refused, security } from './route.ts'
import {
  BeatBody,
  Beaten,
  ClaimBody,
  Done,
  LeasedTasks,
  LostLeases,
  Peers,
  PeersBody,
  RenewBody,
  ReportBody,
  RunnerProfileBody,
  SettleBody,
  Settled,
} from './schema.ts'

/** Registering, claiming, and everything about the tasks that a runner holds. */
export function workRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const once = createOnce(deps.now)
  const middleware = asCaller(deps)

  function post<B extends z.ZodType, A extends z.ZodType>(
    verb: string,
    route: { summary: string; body: B; answer: A },
  ) {
    return createRoute({
      method: 'post',
      path: `/${verb}`,
      operationId: `runner.${verb}`,
      summary: route.summary,
      security,
      middleware,
      request: jsonBody(route.body),
      responses: { 200: json(route.answer, 'Done'), ...refused },
    })
  }

  const register = post('register', {
    summary: 'Enters a runner, or enters it again after a restart',
    body: RunnerProfileBody,
    answer: Done,
  })
  api.openapi(register, async (c) => {
    const caller = c.get('caller')
    const profile = c.req.valid('json')
    const { [OWNER_FACT]: _claimed, ...facts } = profile.facts
    const owned = caller.owner === null ? facts : { ...facts, [OWNER_FACT]: caller.owner }
    await registerChecked(db, { ...profile, facts: owned }, (known) =>
      checkProfile(caller, profile, known),
    )
    return c.json({}, 200)
  })

  const beat = post('beat', {
    summary: 'Says that a runner is alive and how busy; answers what is wanted of it',
    body: BeatBody,
    answer: Beaten,
  })
  api.openapi(beat, async (c) => {
    const { runnerId, state, sample } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    return c.json({ state: await beatRunner(db, { id: runnerId, state, sample }) }, 200)
  })

  const claim = post('claim', {
    summary: 'Takes ready tasks of the runner’s parties, each under a lease',
    body: ClaimBody,
    answer: LeasedTasks,
  })
  api.openapi(claim, async (c) => {
    const { runnerId, slots, wait_ms } = c.req.valid('json')
    const caller = c.get('caller')
    await checkRunner(db, caller, runnerId)
    const tasks = await once(keyOf(runnerId, c.req.header('idempotency-key')), () =>
      claimWithin(deps, { runnerId, slots, waitMs: wait_ms, signal: c.req.raw.signal }),
    )
    return c.json({ tasks }, 200)
  })

  const renew = post('renew', {
    summary: 'Prolongs leases; answers those that are lost, with the reason',
    body: RenewBody,
    answer: LostLeases,
  })
  api.openapi(renew, async (c) => {
    const body = c.req.valid('json')
    await checkRunner(db, c.get('caller'), body.runnerId)
    return c.json({ lost: await renewLeases(db, body) }, 200)
  })

  const report = post('report', {
    summary: 'Logs, events, metrics and results of tasks, in order',
    body: ReportBody,
    answer: Done,
  })
  api.openapi(report, async (c) => {
    const { runnerId, reports } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    await once(keyOf(runnerId, c.req.header('idempotency-key')), () =>
      applyReports(db, runnerId, reports),
    )
    return c.json({}, 200)
  })

  const settle = post('settle', {
    summary: 'Ends a lease with the outcome of its task',
    body: SettleBody,
    answer: Settled,
  })
  api.openapi(settle, async (c) => {
    const settlement = c.req.valid('json')
    const { runnerId } = settlement
    await checkRunner(db, c.get('caller'), runnerId)
    const held = await once(keyOf(runnerId, c.req.header('idempotency-key')), () =>
      settleTask(db, settlement),
    )
    return c.json({ held }, 200)
  })

  const peers = post('peers', {
    summary: 'Where the members of one component of a job run now',
    body: PeersBody,
    answer: Peers,
  })
  api.openapi(peers, async (c) => {
    const query = c.req.valid('json')
    await membersFor(db, c.get('caller'), query.jobId)
    return c.json({ peers: await findPeers(db, query) }, 200)
  })
}

/** How often a waiting claim looks again. */
const LOOK_MS = 250

function keyOf(runnerId: string, key: string | undefined): string | undefined {
  return key === undefined ? undefined : JSON.stringify([runnerId, key])
}

async function claimWithin(
  deps: AppDeps,
  claim: { runnerId: string; slots: number; waitMs: number; signal: AbortSignal },
): Promise<LeasedTask[]> {
  const { db } = deps
  const { runnerId, slots, signal } = claim
  const end = deps.now() + claim.waitMs
  await sweep(db)
  for (;;) {
    const tasks = await claimTasks(db, { runnerId, slots })
    const left = end - deps.now()
    // Whoever has hung up would never learn of what it was given.
    if (tasks.length > 0 || slots === 0 || left <= 0 || signal.aborted) return tasks
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)))
    if (signal.aborted) return []
  }
}
