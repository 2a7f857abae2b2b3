/**
 * What happens to tasks that nobody looks after: leases of silent runners end, and what no runner serves fails.
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'

import type { Database } from '../db/schema.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { tellAttempts } from './attempt-event.ts'
import { databaseTime } from './clock.ts'
import { takeDuty } from './duty.ts'
import { failTask } from './fail.ts'
import { advanceDueFrameworks } from './framework-due.ts'
import { preemptForWaiting } from './framework-preempt.ts'
import { GATHER_MS, NOBODY, restartGroup } from './group.ts'
import { type JobSeat, leaveJob } from './leave.ts'
import { listRunners, noRunner, type Runner, serves, SILENT_MS } from './runner.ts'
import { NO_SPOOL_READER, readsSpool, spoolOf } from './spool.ts'
import { explainWaiting, hasWaited } from './wait.ts'

/** How long a ready task may wait while no live runner serves its party, before its job fails. */
export const PLACEMENT_MS = 60_000
/** The same between two nodes of a job: everything may be starting again, and what is done was dear. */
export const BETWEEN_MS = 15 * 60_000
/** The same for a task that was begun and handed back: its runner has the checkpoint and may be down for the night. */
export const RETURN_MS = 24 * 3_600_000

/** How often the reasons of waiting tasks are looked at, by one of all who sweep. */
const EXPLAIN_MS = 2_000

/**
 * A sweep for a process that has just begun to watch: tasks that waited while nobody was there to see it, because
 * everything was down, have not waited in vain.
 */
export function createSweeper(db: Db): () => Promise<void> {
  let since: number | undefined
  return async () => {
    const now = await databaseTime(db)
    since ??= now
    await sweep(db, now, { since })
  }
}

/**
 * Takes back what silent runners hold, and fails what nobody can run. Called by every runner and by the app, as
 * often as they poll; does nothing when nothing is due. `since` is when the caller began to watch: time before that
 * counts for nothing.
 */
export async function sweep(
  db: Db,
  at?: number,
  options: { readonly since?: number } = {},
): Promise<void> {
  const now = at ?? (await databaseTime(db))
  const watched = now - (options.since ?? Number.NEGATIVE_INFINITY)
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
    .where(waitedTooLong(now, watched))
    .limit(1)
    .executeTakeFirst()
  if (due) await inTransaction(db, (trx) => expireLeases(trx, now))
  if (stuck) await inTransaction(db, (trx) => failUnserved(trx, now, watched))
  if (await missed(db, now).limit(1).executeTakeFirst()) {
    await inTransaction(db, (trx) => giveUpMissed(trx, now))
  }
  await advanceDueFrameworks(db, now)
  await preemptForWaiting(db, now)
  const reasons = { name: 'reasons', everyMs: EXPLAIN_MS, at: now }
  if ((await hasWaited(db, now)) && (await takeDuty(db, reasons))) await explainWaiting(db, now)
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
  for (const [jobId, rows] of Map.groupBy(expired, (row) => row.job_id)) {
    const lost = []
    for (const row of rows) lost.push({ ...row, times: await loseLease(trx, row, now) })
    const spent = lost.filter(({ times, max_attempts }) => times >= max_attempts)
    const reason = spent.map(lostWords).join('; ')
    if (
      spent.length > 0 &&
      (await leaveJob(trx, { jobId, seats: seatsOf(spent), reason, at: now }))
    ) {
      continue
    }
    for (const row of lost) {
      // An earlier row may have ended the job or restarted the group.
      if (!(await isRunning(trx, row.id))) continue
      const reason = lostWords(row)
      if (spent.includes(row)) {
        const attemptId = row.attempt_id
        await failTask(trx, { taskId: row.id, jobId, reason, at: now, attemptId })
        continue
      }
      await restartGroup(trx, { jobId, name: row.name, reason, at: now })
    }
  }
}

interface LostTask {
  readonly id: string
  readonly attempt_id: string
  readonly name: string
  readonly role: string | null
  readonly party: string | null
  readonly runner: string | null
}

/** Takes a lease from a runner that says no more; answers how often its task has been lost. */
async function loseLease(trx: Trx, row: LostTask, now: number): Promise<number> {
  const { attempt_id: attemptId, runner } = row
  await trx.deleteFrom('lease').where('attempt_id', '=', attemptId).execute()
  await trx
    .updateTable('attempt')
    .set({ state: 'lost', reason: lostWords(row), ended_at: now })
    .where('id', '=', attemptId)
    .execute()
  await tellAttempts(trx, {
    attemptIds: [attemptId],
    at: now,
    type: 'task.lost',
    level: 'warning',
    word: 'was lost',
    reason: `its runner "${runner ?? 'unknown'}" stopped answering`,
  })
  const { lost } = await trx
    .selectFrom('attempt')
    .select((expression) => expression.fn.countAll<number>().as('lost'))
    .where('task_id', '=', row.id)
    .where('state', '=', 'lost')
    .executeTakeFirstOrThrow()
  return lost
}

function lostWords({ name, role, party, runner }: LostTask): string {
  const who = party === null ? name : `${role} ${party}`
  return `${who} was lost in ${name}: its runner "${runner ?? 'unknown'}" stopped answering`
}

function seatsOf(tasks: readonly Pick<LostTask, 'role' | 'party'>[]): JobSeat[] {
  const seats = tasks.flatMap(({ role, party }) =>
    role === null || party === null ? [] : [{ role, party }],
  )
  return [...new Map(seats.map((seat) => [`${seat.role} ${seat.party}`, seat])).values()]
}

async function isRunning(trx: Trx, id: string): Promise<boolean> {
  const task = await trx
    .selectFrom('task')
    .select('state')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return task.state === 'running'
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
        is('runner.seen_at', '<=', sql<number>`${now} - ${SILENT_MS}`),
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

/** Ready tasks whose time is up, as far as `watched` milliseconds of watching can tell. */
function waitedTooLong(now: number, watched: number) {
  return ({ and, or, not, eb, exists, lit, selectFrom }: ExpressionBuilder<Database, 'task'>) => {
    const waited = (ms: number) =>
      watched > ms ? eb('ready_at', '<', now - ms) : lit<boolean>(false)
    const begun = exists(
      selectFrom('task as other')
        .select('other.id')
        .whereRef('other.job_id', '=', 'task.job_id')
        .where('other.state', '=', 'succeeded'),
    )
    // Lost, not handed back: nobody has said that this runner comes again.
    const lost = exists(
      selectFrom('attempt')
        .select('attempt.id')
        .whereRef('attempt.task_id', '=', 'task.id')
        .whereRef('attempt.number', '=', 'task.attempts')
        .where('attempt.state', '=', 'lost'),
    )
    return and([
      // A service is wanted again whenever its runner comes back.
      eb('kind', 'not in', ['serving', 'flow']),
      waited(PLACEMENT_MS),
      or([
        and([eb('attempts', '=', 0), not(begun)]),
        and([eb('attempts', '=', 0), waited(BETWEEN_MS)]),
        waited(RETURN_MS),
        lost,
      ]),
    ])
  }
}

async function failUnserved(trx: Trx, now: number, watched: number): Promise<void> {
  // Somebody who was there within that time may only be starting again.
  const recent = (await listRunners(trx, now)).filter(
    (runner) => runner.seenAt > now - PLACEMENT_MS,
  )
  const stuck = await trx
    .selectFrom('task')
    .select(['id', 'job_id', 'name', 'role', 'party', 'site', 'spec', 'ready_at'])
    .where('state', '=', 'ready')
    .where(waitedTooLong(now, watched))
    .execute()
  for (const task of stuck) {
    const able = recent.filter((runner) => serves(runner, task.party))
    const here = able.filter((runner) => task.site === null || task.site === runner.site)
    const source = spoolOf(task.spec)
    if (here.some((runner) => readsSpool(runner, source))) continue
    const waited = Math.round((now - (task.ready_at ?? now)) / 1000)
    const reason = `${whyNobody(task, { able, here })} (${task.name} waited ${waited} s)`
    const seats = seatsOf([task])
    if (await leaveJob(trx, { jobId: task.job_id, seats, reason, at: now })) continue
    await failTask(trx, { taskId: task.id, jobId: task.job_id, reason, at: now })
  }
}

function whyNobody(
  task: { readonly role: string | null; readonly party: string | null },
  found: { readonly able: readonly Runner[]; readonly here: readonly Runner[] },
): string {
  if (found.able.length === 0) return noRunner(task.role, task.party)
  if (found.here.length > 0) return NO_SPOOL_READER
  return `The data of ${task.role} ${task.party} lies in a data directory that no live runner has: start its runner again`
}
