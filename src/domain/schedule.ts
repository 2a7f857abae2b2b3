/**
 * Schedules: when something is due again, and that each time is fired once, by whichever process comes first.
 * @module
 */
import { Cron } from 'croner'

import { fromJson, toJson } from '../db/json.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { invalid } from './error.ts'

export interface Rule {
  /** Five or six fields, seconds first where there are six. */
  readonly cron: string
  /** As in the IANA database. */
  readonly timezone: string
}

export interface Schedule extends Rule {
  readonly id: string
  readonly surface: string
  readonly paused: boolean
  /** Fire every time that was missed, not only the last one. */
  readonly catchUp: boolean
  /** Null: never again. */
  readonly nextAt: number | null
}

/** The first time after `after`, or null where there is none. Throws a DomainError for a rule that cannot be. */
export function nextTime(rule: Rule, after: number): number | null {
  return parse(rule).nextRun(new Date(after))?.getTime() ?? null
}

/** The times from `from` to before `to`, at most `limit` of them. */
export function timesBetween(
  rule: Rule,
  { from, to, limit }: { from: number; to: number; limit: number },
): number[] {
  const cron = parse(rule)
  const times: number[] = []
  let time = cron.nextRun(new Date(from - 1))
  while (time && time.getTime() < to && times.length < limit) {
    times.push(time.getTime())
    time = cron.nextRun(time)
  }
  return times
}

function parse({ cron, timezone }: Rule): Cron {
  // A year or a lone nickname would make it mean something else than it says.
  const fields = cron.trim().split(/\s+/).length
  if (fields !== 5 && fields !== 6)
    throw invalid(`cron is "${cron}", expected five fields, or six with seconds first`)
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    throw invalid(`timezone is "${timezone}", expected a name such as UTC or Asia/Shanghai`)
  }
  try {
    return new Cron(cron, { timezone, paused: true })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw invalid(`cron is "${cron}": ${why}`)
  }
}

/** Keeps a schedule under its id, in place of the one that was there. */
export async function keepSchedule(
  db: Db,
  schedule: Schedule & { readonly name: string },
  at: number,
): Promise<void> {
  const row = {
    surface: schedule.surface,
    name: schedule.name,
    rule: schedule.cron,
    request: toJson({ timezone: schedule.timezone, catchUp: schedule.catchUp }),
    paused: schedule.paused ? 1 : 0,
    next_at: schedule.nextAt,
    updated_at: at,
  }
  await db
    .insertInto('schedule')
    .values({ id: schedule.id, ...row, created_at: at })
    .onConflict((clash) => clash.column('id').doUpdateSet(row))
    .execute()
}

/** The schedule of that id, or undefined. */
export async function findSchedule(db: Db, id: string): Promise<Schedule | undefined> {
  const [found] = await findSchedules(db, [id])
  return found
}

/** Those of the schedules that there are. */
export async function findSchedules(db: Db, ids: readonly string[]): Promise<Schedule[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('schedule')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute()
  return rows.map((row) => {
    const { timezone, catchUp } = fromJson(row.request) as { timezone: string; catchUp: boolean }
    return {
      id: row.id,
      surface: row.surface,
      cron: row.rule,
      timezone,
      catchUp,
      paused: row.paused === 1,
      nextAt: row.next_at,
    }
  })
}

/** Ends a schedule. */
export async function dropSchedule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('schedule').where('id', '=', id).execute()
}

/** What is done when a schedule is due; within the transaction that moves it on. */
export type Fire = (
  trx: Trx,
  due: {
    readonly id: string
    readonly dueAt: number
    readonly at: number
    readonly catchUp: boolean
  },
) => Promise<void>

/** Schedules that one transaction fires, so that others are not kept from the database for long. */
const BATCH = 100

/**
 * Fires what is due, each once, whoever else does the same. Of times that were missed only the last one is fired,
 * unless the schedule catches up. `fired` ends each transaction. Answers how many were fired.
 */
export async function fireDue(
  db: Db,
  options: { at: number; fire: Fire; fired?: (trx: Trx, at: number) => Promise<void> },
): Promise<number> {
  const { at, fire, fired: done } = options
  let fired = 0
  for (;;) {
    const due = await dueSchedules(db, at).limit(1).executeTakeFirst()
    if (!due) return fired
    const count = await inTransaction(db, async (trx) => {
      // Read again: within a write transaction nobody else moves them on.
      const rows = await dueSchedules(trx, at).limit(BATCH).execute()
      const schedules = await findSchedules(
        trx,
        rows.map(({ id }) => id),
      )
      for (const schedule of schedules) await fireOne(trx, schedule, options)
      await done?.(trx, at)
      return schedules.length
    })
    fired += count
    if (count === 0) return fired
  }

  async function fireOne(trx: Trx, schedule: Schedule, { at }: { at: number }): Promise<void> {
    const dueAt = schedule.nextAt ?? at
    // A rule that catches up is due again at once until it has.
    const nextAt = nextTime(schedule, schedule.catchUp ? dueAt : at)
    await trx
      .updateTable('schedule')
      .set({ next_at: nextAt, updated_at: at })
      .where('id', '=', schedule.id)
      .execute()
    await fire(trx, { id: schedule.id, dueAt, at, catchUp: schedule.catchUp })
  }
}

function dueSchedules(db: Db, at: number) {
  return db
    .selectFrom('schedule')
    .select('id')
    .where('paused', '=', 0)
    .where('next_at', '<=', at)
    .orderBy('next_at')
}
