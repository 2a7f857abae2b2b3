/**
 * When works are due: the schedule of a work follows what the work says; times that have passed can be made up for.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { invalid } from './error.ts'
import {
  dropSchedule,
  findSchedule,
  keepSchedule,
  nextTime,
  type Rule,
  timesBetween,
} from './schedule.ts'
import { WORKS } from './works-run.ts'
import { type Frequency, getWork, type Work } from './works.ts'

const CRON: Readonly<Record<Exclude<Frequency, 'once'>, string>> = {
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * 0',
}

/** The rule by which a work is run, or null where it is run on demand only. */
export function ruleOf(work: Pick<Work, 'frequency' | 'settings'>): Rule | null {
  const { frequency, settings } = work
  const cron =
    settings.cron ?? (frequency === null || frequency === 'once' ? null : CRON[frequency])
  return cron === null ? null : { cron, timezone: settings.timezone ?? 'UTC' }
}

/** Has the schedule of a work follow what the work now says. A rule that is new is not fired before it is started. */
export async function followWork(db: Db, work: Work, at: number): Promise<void> {
  const rule = ruleOf(work)
  if (!rule || work.deletedAt !== null) return dropSchedule(db, work.id)
  if (work.type === 'STREAMING')
    throw invalid(
      'run_frequency: a STREAMING work runs until it is stopped: leave it out, or set it to once',
    )
  const kept = await findSchedule(db, work.id)
  await keepSchedule(
    db,
    {
      ...rule,
      id: work.id,
      surface: WORKS.surface,
      name: work.name,
      catchUp: work.settings.catchUp ?? false,
      paused: kept?.paused ?? true,
      nextAt: nextTime(rule, at),
    },
    at,
  )
}

/** Pauses a work's schedule, or takes it up again from now on. */
export async function pauseSchedule(
  db: Db,
  change: { id: string; paused: boolean; at: number },
): Promise<void> {
  const schedule = await findSchedule(db, change.id)
  if (!schedule || schedule.paused === change.paused) return
  await db
    .updateTable('schedule')
    .set({
      paused: change.paused ? 1 : 0,
      next_at: nextTime(schedule, change.at),
      updated_at: change.at,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Most runs that one request makes up for. */
const MOST_BACKFILLED = 1000

/** Has a work run for every time of its schedule from `from` to before `to`, one after the other. Answers those times. */
export async function backfill(
  db: Db,
  query: { readonly id: string; readonly from: number; readonly to: number; readonly at: number },
): Promise<number[]> {
  return inTransaction(db, async (trx) => {
    const work = await getWork(trx, query.id)
    const rule = ruleOf(work)
    if (!rule) throw invalid(`Work ${work.id} has no schedule: set run_frequency or cron first`)
    const { from } = query
    const to = Math.min(query.to, query.at)
    const times = timesBetween(rule, { from, to, limit: MOST_BACKFILLED + 1 })
    if (times.length > MOST_BACKFILLED)
      throw invalid(
        `More than ${MOST_BACKFILLED} runs fall between "from" and "to": ask for a shorter time`,
      )
    await queueRuns(
      trx,
      times.map((dueAt) => ({
        workId: work.id,
        cause: 'backfill',
        at: query.at,
        attempt: 1,
        dueAt,
      })),
    )
    return times
  })
}

/** Enters runs that are to be started as soon as their time has come and their work is free. */
export async function queueRuns(
  db: Db,
  runs: readonly {
    readonly workId: string
    readonly cause: 'schedule' | 'retry' | 'backfill'
    readonly at: number
    readonly attempt: number
    readonly dueAt: number | null
  }[],
): Promise<void> {
  for (const { workId, dueAt, ...rest } of runs) {
    await db
      .insertInto('work_due')
      .values({ ...rest, work_id: workId, due_at: dueAt })
      .execute()
  }
}
