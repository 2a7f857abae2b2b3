/**
 * What the operator limits jobs of task roles to: how long they run, how long their devices may be idle, how long a
 * gang waits for its places. A job may say itself that it runs for less. Stopped ones say why.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { type Db, inTransaction } from '../db/type.ts'
import { takeDuty } from './duty.ts'
import { decideAttempt } from './framework-advance.ts'
import { membersOf } from './framework-look.ts'
import { groupEnd, groupName, groupStart } from './framework-plan.ts'
import { stopJob } from './job.ts'
import { listSamples, type TimedSample } from './runner-use.ts'

/** Null for no limit; milliseconds. */
export interface FrameworkLimits {
  /** From the first program of a job until it is over, retries included. */
  readonly runMs: number | null
  /** How long all its devices may do nothing. */
  readonly idleMs: number | null
  /** How long a gang waits for its places in one attempt. */
  readonly gangMs: number | null
}

/** A device is idle below this share of the time. */
export const IDLE_USE = 0.05
const EVERY_MS = 5000
/** Runners say how busy they are every few seconds, and what is older is kept by the minute. */
const GAP_MS = 150_000

/** Stops what is over a limit at `at`; one of all processes does it, every few seconds. */
export async function enforceLimits(db: Db, limits: FrameworkLimits, at: number): Promise<void> {
  const { runMs, idleMs, gangMs } = limits
  if (!(await takeDuty(db, { name: 'limits', everyMs: EVERY_MS, at }))) return
  await stopLong(db, runMs, at)
  if (idleMs !== null) await stopIdle(db, idleMs, at)
  if (gangMs !== null) await giveUpGangs(db, gangMs, at)
}

/** The limit of the job or of the server, whichever comes first. */
async function stopLong(db: Db, runMs: number | null, at: number): Promise<void> {
  const own = sql<number | null>`framework.plan ->> '$.runMs'`
  const limit = sql<number>`min(coalesce(${own}, ${runMs}), coalesce(${runMs}, ${own}))`
  const rows = await db
    .selectFrom('framework')
    .innerJoin('task', 'task.job_id', 'framework.job_id')
    .innerJoin('attempt', 'attempt.task_id', 'task.id')
    .select(['framework.job_id', limit.as('limit')])
    .where('framework.state', '=', 'active')
    // Null where there is neither.
    .where(limit, 'is not', null)
    .groupBy('framework.job_id')
    .having(({ fn }) => fn.min('attempt.started_at'), '<=', sql<number>`${at} - ${limit}`)
    .execute()
  for (const { job_id: id, limit: ms } of rows) {
    const whose =
      ms === runMs
        ? 'the limit of this server (WEFT_JOB_HOURS)'
        : 'its own limit (extras.weft.runMinutes)'
    const reason = `It has run for ${words(ms)}, which is ${whose}: make it shorter, or let it go on from what it has saved`
    await stopJob(db, { id, reason }, at)
  }
}

async function stopIdle(db: Db, idleMs: number, at: number): Promise<void> {
  const since = at - idleMs
  const rows = await db
    .selectFrom('framework')
    .innerJoin('task', 'task.job_id', 'framework.job_id')
    .innerJoin('lease', 'lease.task_id', 'task.id')
    .innerJoin('attempt', 'attempt.id', 'lease.attempt_id')
    .select(['framework.job_id', 'lease.runner_id', 'lease.allocation', 'attempt.started_at'])
    .where('framework.state', '=', 'active')
    .where('framework.total_gpus', '>', 0)
    .execute()
  const samples = await listSamples(db, {
    runnerIds: [...new Set(rows.map((row) => row.runner_id))],
    since,
  })
  for (const [id, own] of Map.groupBy(rows, (row) => row.job_id)) {
    const devices = own.flatMap((row) => {
      const gpus = row.allocation === null ? [] : fromJson(row.allocation).gpus
      return gpus.map((gpu) => ({ gpu, samples: samples.get(row.runner_id) ?? [] }))
    })
    const young = own.some((row) => row.started_at > since)
    const idle = devices.length > 0 && !young
    if (!idle || !devices.every((device) => isIdle(device, { since, at }))) continue
    const reason = `Its GPUs were idle for ${words(idleMs)}, which is the limit of this server (WEFT_GPU_IDLE_MINUTES): ask for no GPU, or let the program use it`
    await stopJob(db, { id, reason }, at)
  }
}

/** Whether the device is known to have done nothing in that time. */
function isIdle(
  { gpu, samples }: { gpu: string; samples: readonly TimedSample[] },
  { since, at }: { since: number; at: number },
): boolean {
  let last = since
  for (const sample of samples) {
    const use = sample.gpus.find(({ id }) => id === gpu)?.use ?? null
    if (use === null || use >= IDLE_USE || sample.at - last > GAP_MS) return false
    last = sample.at
  }
  return last > since && at - last <= GAP_MS
}

async function giveUpGangs(db: Db, gangMs: number, at: number): Promise<void> {
  const rows = await db
    .selectFrom('task')
    .innerJoin('framework', 'framework.job_id', 'task.job_id')
    .select(['task.job_id', 'task.name', 'framework.attempt'])
    .distinct()
    .where('task.state', '=', 'ready')
    .where('task.ready_at', '<=', at - gangMs)
    .where('framework.state', '=', 'active')
    .execute()
  for (const { job_id: jobId, name, attempt } of rows) {
    if (name !== groupName(attempt)) continue
    await inTransaction(db, async (trx) => {
      const members = await membersOf(trx, jobId, attempt)
      // It may have been placed since.
      if (!members.every(({ state }) => state === 'ready')) return
      const message = `Not all instances found their places within ${words(gangMs)} (WEFT_GANG_MINUTES)`
      await trx
        .updateTable('task')
        // The reason has been written by whoever looks at what waits.
        .set({ reason: sql`${`${message}: `} || coalesce(reason, 'they wait for their turn')` })
        .where('job_id', '=', jobId)
        .where('name', '>=', groupStart(attempt))
        .where('name', '<', groupEnd(attempt))
        .execute()
      const completion = { succeeded: false, trigger: members[0], message }
      await decideAttempt(trx, { jobId, at, completion })
    })
  }
}

function words(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return `${Math.round(ms / 1000)} s`
  if (minutes < 120) return `${minutes} minutes`
  return `${Math.round(minutes / 6) / 10} hours`
}
