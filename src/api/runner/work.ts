/**
 * Routes for what a runner does all day: register, claim, renew, report, settle.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { type ClaimRequest, claimTasks, renewLeases } from '../../domain/lease.ts'
import { createReadyMark } from '../../domain/ready-mark.ts'
import { applyReports } from '../../domain/report.ts'
import { endedJobs, registerChecked } from '../../domain/runner-scope.ts'
import { beatRunner, findPeers } from '../../domain/runner.ts'
import { settleTasks } from '../../domain/settle.ts'
import { SPOOL_FACT } from '../../domain/spool.ts'
import { createSweeper } from '../../domain/sweep.ts'
import type { LeasedTask } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import type { Api } from '../surface.ts'
import { asCaller, checkProfile, checkRunner, membersFor, OWNER_FACT } from './caller.ts'
import { RunnerProfileBody } from './profile-schema.ts'
import { ReportBody } from './report-schema.ts'
import { posts } from './route.ts'
import {
  BeatBody,
  Beaten,
  ClaimBody,
  Done,
  Ended,
  EndedBody,
  LeasedTasks,
  LostLeases,
  Peers,
  PeersBody,
  RenewBody,
  SettleBody,
  Settled,
} from './schema.ts'
import { createWake, type Wake } from './wake.ts'

/** Registering, claiming, and everything about the tasks that a runner holds. */
export function workRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const claims = {
    deps,
    wake: createWake(createReadyMark(db), deps.watchMs),
    sweep: everySecond(db),
  }
  const post = posts(asCaller(deps))

  const register = post('register', {
    summary: 'Enters a runner, or enters it again after a restart',
    body: RunnerProfileBody,
    answer: Done,
  })
  api.openapi(register, async (c) => {
    const caller = c.get('caller')
    const profile = c.req.valid('json')
    const { [OWNER_FACT]: _claimed, ...facts } = profile.facts
    const owner = caller.owner === null ? {} : { [OWNER_FACT]: caller.owner }
    // It can do nothing else than fetch them.
    const owned = { ...facts, ...owner, [SPOOL_FACT]: true }
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
    const { runnerId, slots, wait_ms, claim: name } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    const tasks = await claimWithin(claims, {
      runnerId,
      slots,
      waitMs: wait_ms,
      signal: c.req.raw.signal,
      ...(name === undefined ? {} : { claim: name }),
    })
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
    const { runnerId, reports, batch } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    await applyReports(db, runnerId, reports, { batch })
    return c.json({}, 200)
  })

  const settle = post('settle', {
    summary: 'Ends leases with the outcomes of their tasks, in order',
    body: SettleBody,
    answer: Settled,
  })
  api.openapi(settle, async (c) => {
    const { runnerId, settlements } = c.req.valid('json')
    await checkRunner(db, c.get('caller'), runnerId)
    const counted = await settleTasks(db, { runnerId, settlements })
    claims.wake.now()
    return c.json({ counted: [...counted] }, 200)
  })

  const ended = post('ended', {
    summary: 'Which jobs are over, so that nothing has to be kept for going on with them',
    body: EndedBody,
    answer: Ended,
  })
  api.openapi(ended, async (c) => {
    const { parties } = c.get('caller')
    const { jobIds, forMs } = c.req.valid('json')
    return c.json({ ended: await endedJobs(db, { jobIds, forMs, parties }) }, 200)
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

interface Claims {
  readonly deps: AppDeps
  readonly wake: Wake
  sweep(): Promise<void>
}

async function claimWithin(
  { deps, wake, sweep }: Claims,
  claim: ClaimRequest & { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<LeasedTask[]> {
  const { waitMs, signal, ...request } = claim
  const end = deps.now() + waitMs
  await sweep()
  for (;;) {
    const mark = wake.mark()
    // Whoever has hung up would only learn of what it was given when it asks again.
    if (signal.aborted) return []
    const tasks = await claimTasks(deps.db, request)
    const left = end - deps.now()
    if (tasks.length > 0 || request.slots === 0 || left <= 0) return tasks
    await wake.after(mark, { ms: left, signal })
  }
}

/** However many runners ask. */
function everySecond(db: Db): () => Promise<void> {
  const sweep = createSweeper(db)
  let sweptAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - sweptAt < 1000) return
    sweptAt = performance.now()
    await sweep()
  }
}
