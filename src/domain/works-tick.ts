/**
 * What happens to works by itself: failed runs are tried again, schedules fire, runs that wait for their work start.
 * Any number of processes may do it; each thing happens once.
 * @module
 */
import { fromJson } from '../db/json.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { startJobs } from './advance.ts'
import { databaseTime } from './clock.ts'
import { DomainError } from './error.ts'
import { appendEvents } from './event.ts'
import { dropSchedule, type Fire, fireDue } from './schedule.ts'
import { queueAlert } from './works-alert.ts'
import { liveEngines, type RunRequest, startWork, type Trigger } from './works-run.ts'
import { queueRuns } from './works-schedule.ts'
import { getWork, isUnderWay } from './works.ts'

/** Rows that one transaction works through, so that others are not kept from the database for long. */
const BATCH = 100
/** Before the first retry of a run, unless its work says otherwise. */
const BACKOFF_MS = 10_000
const LONGEST_BACKOFF_MS = 3_600_000

/** Does what is due at `at`, the database's own time without it. Answers how many runs were started or queued. */
export async function tickWorks(db: Db, time?: number): Promise<number> {
  const at = time ?? (await databaseTime(db))
  const retried = await settleRuns(db, at)
  // Read once for all that are due together: which runners are there does not change in between.
  let engines: Promise<ReadonlySet<string>> | undefined
  const starter: Starter = {
    at,
    engines: (trx) => (engines ??= liveEngines(trx)),
  }
  const fired = await fireDue(db, { at, fire: fireWork(starter), fired: startJobs })
  return retried + fired + (await startDue(db, starter))
}

/** What starts of one moment have in common. */
interface Starter {
  readonly at: number
  engines(trx: Db): Promise<ReadonlySet<string>>
}

/** Draws the consequences of runs that are over. */
async function settleRuns(db: Db, at: number): Promise<number> {
  if (!(await unsettled(db).limit(1).executeTakeFirst())) return 0
  return inTransaction(db, async (trx) => {
    const rows = await unsettled(trx).limit(BATCH).execute()
    let retries = 0
    for (const row of rows) {
      await trx
        .updateTable('work')
        .set({ settled_id: row.run_id })
        .where('id', '=', row.id)
        .execute()
      const { settings, deleted_at, state } = row
      if (state !== 'failed' || deleted_at !== null) continue
      const { attempt, dueAt } = fromJson(row.request) as RunRequest
      const { retries: most = 0, backoffMs = BACKOFF_MS } = fromJson(settings)
      if (attempt > most) {
        if (fromJson(settings).webhook !== undefined && row.run_id !== null)
          await queueAlert(trx, { workId: row.id, runId: row.run_id, at })
        continue
      }
      const wait = Math.min(backoffMs * 2 ** (attempt - 1), LONGEST_BACKOFF_MS)
      const run = { workId: row.id, cause: 'retry', at: at + wait, dueAt } as const
      await queueRuns(trx, [{ ...run, attempt: attempt + 1 }])
      retries += 1
    }
    return retries
  })
}

function unsettled(db: Db) {
  return db
    .selectFrom('work')
    .innerJoin('job', 'job.id', 'work.run_id')
    .select([
      'work.id',
      'work.run_id',
      'work.state',
      'work.settings',
      'work.deleted_at',
      'job.request',
    ])
    .whereRef('work.settled_id', 'is distinct from', 'work.run_id')
    .where('work.run_id', 'is not', null)
    .where('work.state', 'in', ['succeeded', 'failed', 'canceled'])
}

/** Starts a work whose schedule is due. One that still runs is left out, unless it is to catch up. */
function fireWork(starter: Starter): Fire {
  return async (trx, { id, dueAt, at, catchUp }) => {
    if (catchUp) {
      await queueRuns(trx, [{ workId: id, cause: 'schedule', at, attempt: 1, dueAt }])
      return
    }
    await tryStart(trx, { id, trigger: 'schedule', attempt: 1, dueAt }, starter)
  }
}

/** Starts the oldest of the runs that wait for each work that is free. */
async function startDue(db: Db, starter: Starter): Promise<number> {
  const { at } = starter
  if (!(await startable(db, at).limit(1).executeTakeFirst())) return 0
  return inTransaction(db, async (trx) => {
    const rows = await startable(trx, at).limit(BATCH).execute()
    let started = 0
    const seen = new Set<string>()
    for (const row of rows) {
      if (seen.has(row.work_id)) continue
      seen.add(row.work_id)
      await trx.deleteFrom('work_due').where('id', '=', row.id).execute()
      const { work_id: id, attempt } = row
      const trigger = row.cause as Trigger
      await tryStart(trx, { id, trigger, attempt, dueAt: row.due_at ?? undefined }, starter)
      started += 1
    }
    await startJobs(trx, at)
    return started
  })
}

function startable(db: Db, at: number) {
  return db
    .selectFrom('work_due')
    .innerJoin('work', 'work.id', 'work_due.work_id')
    .selectAll('work_due')
    .where('work_due.at', '<=', at)
    .where('work.deleted_at', 'is', null)
    .where('work.state', 'not in', ['waiting', 'running', 'suspended'])
    .orderBy('work_due.at')
    .orderBy('work_due.id')
}

async function tryStart(
  trx: Trx,
  start: {
    readonly id: string
    readonly trigger: Trigger
    readonly attempt: number
    readonly dueAt?: number | undefined
  },
  { at, engines }: Starter,
): Promise<void> {
  const { dueAt, ...rest } = start
  try {
    await startWork(
      trx,
      {
        ...rest,
        isHeld: true,
        engines: await engines(trx),
        ...(dueAt === undefined ? {} : { dueAt }),
      },
      at,
    )
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    if (error.kind === 'not_found') return dropSchedule(trx, start.id)
    const work = await getWork(trx, start.id)
    if (work.runId === null) return
    const when = dueAt === undefined ? '' : ` that was due at ${new Date(dueAt).toISOString()}`
    const why = isUnderWay(work) ? 'the one before it still runs' : error.message
    await appendEvents(trx, [
      {
        jobId: work.runId,
        at,
        type: 'work.skipped',
        level: 'warning',
        message: `The run${when} was left out: ${why}`,
      },
    ])
  }
}
