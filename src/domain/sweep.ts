/**
 * What happens to tasks that nobody looks after: leases of silent runners end, and what no runner serves fails.
 * @module
 */
import type { ExpressionBuilder } from 'kysely'

import type { Database } from '../db/schema.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { failTask } from './fail.ts'
import { GATHER_MS, NOBODY, restartGroup } from './group.ts'
import { LIVE_MS, listRunners, noRunner, serves } from './runner.ts'
import { explainWaiting } from './wait.ts'

/** How long a ready task may wait while no live runner serves its party, before its job fails. */
export const PLACEMENT_MS = 60_000
/** The same for a task that was begun and handed back: its runner has the checkpoint and may be down for the night. */
export const RETURN_MS = 24 * 3_600_000

/** How often the reasons of waiting tasks are looked at. */
const EXPLAIN_MS = 2_000
const explainedAt = new WeakMap<Db, number>()

/**
 * Takes back what silent runners hold, and fails what nobody can run. Called by every runner and by the app, as
 * often as they poll; does nothing when nothing is due.
 */
export async function sweep(db: Db, at?: number): Promise<void> {
  const now = at ?? (await databaseTime(db))
  const due = await db
    .selectFrom('lease')
    .select('task_id')
    .where('until', '<', now)
    .limit(1)
    .executeTakeFirst()
  const stuck = await db
    .selectFrom('task')
    .select('id')
    .where('state', '=', 'ready')
    .where(waitedTooLong(now))
    .limit(1)
    .executeTakeFirst()
  if (due) await inTransaction(db, (trx) => expireLeases(trx, now))
  if (stuck) await inTransaction(db, (trx) => failUnserved(trx, now))
  if (await missed(db, now).limit(1).executeTakeFirst()) {
    await inTransaction(db, (trx) => giveUpMissed(trx, now))
  }
  // Clocks are set back at times.
  if (Math.abs(now - (explainedAt.get(db) ?? 0)) < EXPLAIN_MS) return
  explainedAt.set(db, now)
  await explainWaiting(db, now)
}

async function expireLeases(trx: Trx, now: number): Promise<void> {
  const expired = await trx
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .leftJoin('runner', 'runner.id', 'lease.runner_id')
    .select([
      'lease.attempt_id',
      'task.id',
      'task.job_id',
      'task.name',
      'task.role',
      'task.party',
      'task.max_attempts',
      'runner.name as runner',
    ])
    .where('lease.until', '<', now)
    .execute()
  for (const row of expired) {
    const who = row.party === null ? row.name : `${row.role} ${row.party}`
    const reason = `${who} was lost in ${row.name}: its runner "${row.runner ?? 'unknown'}" stopped answering`
    // An earlier row of this sweep may have ended the job or restarted the group.
    const gone = await trx
      .deleteFrom('lease')
      .where('attempt_id', '=', row.attempt_id)
      .returning('task_id')
      .execute()
    if (gone.length === 0) continue
    await trx
      .updateTable('attempt')
      .set({ state: 'lost', reason, ended_at: now })
      .where('id', '=', row.attempt_id)
      .execute()
    const { lost } = await trx
      .selectFrom('attempt')
      .select((expression) => expression.fn.countAll<number>().as('lost'))
      .where('task_id', '=', row.id)
      .where('state', '=', 'lost')
      .executeTakeFirstOrThrow()
    if (lost < row.max_attempts) {
      await restartGroup(trx, { jobId: row.job_id, name: row.name, reason, at: now })
      continue
    }
    await failTask(trx, { taskId: row.id, jobId: row.job_id, reason, at: now })
  }
}

/** Members for which room was kept in vain: their runner is gone, or did not come for them. */
function missed(db: Db, now: number) {
  return db
    .selectFrom('reservation')
    .innerJoin('task', 'task.id', 'reservation.task_id')
    .leftJoin('runner', 'runner.id', 'reservation.runner_id')
    .select([
      'reservation.task_id',
      'reservation.until',
      'reservation.runner_id',
      'task.job_id',
      'task.name',
      'task.role',
      'task.party',
      'runner.name as runner',
    ])
    .where((is) =>
      is.or([
        is('reservation.until', '<', now),
        is.and([is('runner.id', 'is', null), is('reservation.runner_id', '!=', NOBODY)]),
        is('runner.state', '!=', 'active'),
        is('runner.seen_at', '<=', now - LIVE_MS),
      ]),
    )
}

/** Sends groups that did not come together back, so that others may have the room of those who waited. */
async function giveUpMissed(trx: Trx, now: number): Promise<void> {
  for (const row of await missed(trx, now).execute()) {
    // An earlier row may have sent the whole group back.
    const gone = await trx
      .deleteFrom('reservation')
      .where('task_id', '=', row.task_id)
      .returning('task_id')
      .execute()
    if (gone.length === 0 || row.runner_id === NOBODY) continue
    const late = row.until < now
    const who = row.party === null ? row.name : `${row.role} ${row.party}`
    const runner = `its runner "${row.runner ?? 'unknown'}"`
    const why = late ? `did not take it in ${GATHER_MS / 1000} s` : 'is gone'
    const reason = `${who} did not begin with the others of ${row.name}: ${runner} ${why}`
    const { job_id: jobId, name } = row
    await restartGroup(trx, { jobId, name, reason, at: now, pause: late })
  }
}

function waitedTooLong(now: number) {
  return ({ and, or, eb, exists, selectFrom }: ExpressionBuilder<Database, 'task'>) =>
    and([
      eb('ready_at', '<', now - PLACEMENT_MS),
      or([
        eb('attempts', '=', 0),
        eb('ready_at', '<', now - RETURN_MS),
        // Lost, not handed back: nobody has said that this runner comes again.
        exists(
          selectFrom('attempt')
            .select('attempt.id')
            .whereRef('attempt.task_id', '=', 'task.id')
            .whereRef('attempt.number', '=', 'task.attempts')
            .where('attempt.state', '=', 'lost'),
        ),
      ]),
    ])
}

async function failUnserved(trx: Trx, now: number): Promise<void> {
  // Somebody who was there within that time may only be starting again.
  const recent = (await listRunners(trx, now)).filter(
    (runner) => runner.seenAt > now - PLACEMENT_MS,
  )
  const stuck = await trx
    .selectFrom('task')
    .select(['id', 'job_id', 'name', 'role', 'party', 'site', 'ready_at'])
    .where('state', '=', 'ready')
    .where(waitedTooLong(now))
    .execute()
  for (const task of stuck) {
    const able = recent.filter((runner) => serves(runner, task.party))
    if (able.some((runner) => task.site === null || task.site === runner.site)) continue
    const why =
      able.length === 0
        ? noRunner(task.role, task.party)
        : `The data of ${task.role} ${task.party} lies in a data directory that no live runner has: start its runner again`
    const waited = Math.round((now - (task.ready_at ?? now)) / 1000)
    const reason = `${why} (${task.name} waited ${waited} s)`
    await failTask(trx, { taskId: task.id, jobId: task.job_id, reason, at: now })
  }
}
