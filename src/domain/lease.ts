/**
 * Leases: a runner takes ready tasks, keeps them by renewing, and loses them by silence.
 *
 * Tasks of one job and node form a group whose members talk to each other, so a runner takes all of the group
 * that it serves or none. Claims happen only inside a write transaction, and every later word of a runner about
 * a task counts only while it holds the lease.
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Database } from '../db/schema.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { databaseTime } from './clock.ts'
import { appendEvents } from './event.ts'
import { orderedId } from './id.ts'
import { clearMetrics } from './metric.ts'
import { listRunners, noRunner, serves } from './runner.ts'
import type { LeasedTask, TaskKind, TaskSpec } from './work.ts'

/** How long a lease lasts without renewal. */
export const LEASE_MS = 15_000
/** How long a ready task may wait while no live runner serves its party, before its job fails. */
export const PLACEMENT_MS = 60_000
/** The same for a task that was begun and handed back: its runner has the checkpoint and may be down for the night. */
export const RETURN_MS = 24 * 3_600_000

export interface ClaimRequest {
  readonly runnerId: string
  /** Most tasks to take. */
  readonly slots: number
  readonly leaseMs?: number
}

/**
 * Takes ready tasks, oldest job first, whole groups only. A group larger than the runner is taken when the runner
 * holds nothing else, as it would wait for ever.
 */
export async function claimTasks(
  db: Db,
  request: ClaimRequest,
  at?: number,
): Promise<LeasedTask[]> {
  // Most polls find nothing, and reading takes no lock.
  if (request.slots <= 0) return []
  const known = await findClaimer(db, request.runnerId)
  if (!known || !(await hasReadyTask(db, known))) return []
  return inTransaction(db, async (trx) => {
    const now = at ?? (await databaseTime(trx))
    const runner = await findClaimer(trx, request.runnerId)
    if (!runner) return []
    const taken: ReadyTask[] = []
    for (const jobId of await jobsInOrder(trx, runner)) {
      const groups = await readyGroups(trx, { jobId, runner, limit: request.slots - taken.length })
      for (const group of groups) {
        const fits = taken.length + group.length <= request.slots
        // Later groups wait behind one that does not fit, or it would never find enough room.
        if (!fits && (taken.length > 0 || (await holdsLease(trx, request.runnerId)))) {
          return lease(trx, { tasks: taken, runner, request, now })
        }
        taken.push(...group)
      }
      if (taken.length >= request.slots) break
    }
    return lease(trx, { tasks: taken, runner, request, now })
  })
}

/** Prolongs leases; answers those that are no longer held, with the reason. */
export async function renewLeases(
  db: Db,
  request: { runnerId: string; attemptIds: readonly string[]; leaseMs?: number },
  at?: number,
): Promise<{ attemptId: string; reason: string }[]> {
  if (request.attemptIds.length === 0) return []
  return inTransaction(db, async (trx) => {
    const now = at ?? (await databaseTime(trx))
    const held = await trx
      .updateTable('lease')
      .set({ until: now + (request.leaseMs ?? LEASE_MS) })
      .where('runner_id', '=', request.runnerId)
      .where('attempt_id', 'in', request.attemptIds)
      .returning('attempt_id')
      .execute()
    const kept = new Set(held.map((row) => row.attempt_id))
    const lost = request.attemptIds.filter((id) => !kept.has(id))
    if (lost.length === 0) return []
    const rows = await trx
      .selectFrom('attempt')
      .select(['id', 'reason'])
      .where('id', 'in', lost)
      .execute()
    const reasons = new Map(rows.map((row) => [row.id, row.reason]))
    return lost.map((attemptId) => ({
      attemptId,
      reason: reasons.get(attemptId) ?? 'The lease is no longer held',
    }))
  })
}

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
}

/**
 * Sends every member of a task's group back to ready, for another attempt together: also those that are done, as
 * the others need to hear all of it again.
 */
export async function restartGroup(
  trx: Trx,
  restart: { jobId: string; name: string; reason: string; at: number },
): Promise<void> {
  const members = await trx
    .selectFrom('task')
    .select(['id', 'state', 'attempts'])
    .where('job_id', '=', restart.jobId)
    .where('name', '=', restart.name)
    .where('state', 'in', ['ready', 'running', 'succeeded'])
    .execute()
  if (members.length === 0) return
  const ids = members.map((member) => member.id)
  await trx
    .updateTable('attempt')
    .set({ state: 'released', reason: restart.reason, ended_at: restart.at })
    .where('task_id', 'in', ids)
    .where('state', '=', 'running')
    .execute()
  await trx.deleteFrom('lease').where('task_id', 'in', ids).execute()
  await trx
    .updateTable('task')
    // The same count for all members: it names the session in which they find each other.
    .set({
      state: 'ready',
      reason: restart.reason,
      progress: 0,
      ready_at: restart.at,
      ended_at: null,
      updated_at: restart.at,
      attempts: Math.max(...members.map((member) => member.attempts)),
    })
    .where('id', 'in', ids)
    .execute()
  // The next attempt tells its series from the beginning.
  await clearMetrics(trx, ids)
  await appendEvents(trx, [
    {
      jobId: restart.jobId,
      at: restart.at,
      type: 'task.restarted',
      level: 'warning',
      message: `${restart.name} starts again: ${restart.reason}`,
    },
  ])
}

interface ReadyTask {
  readonly id: string
  readonly job_id: string
  readonly name: string
  readonly kind: string
  readonly role: string | null
  readonly party: string | null
  readonly position: number
  readonly spec: string
  readonly attempts: number
}

/** What decides which tasks a runner may take. */
interface Claimer {
  readonly site: string
  readonly parties: readonly string[] | null
}

/** The runner of that id while it takes work. */
async function findClaimer(db: Db, runnerId: string): Promise<Claimer | undefined> {
  const row = await db
    .selectFrom('runner')
    .select(['site', 'parties'])
    .where('id', '=', runnerId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row && { site: row.site, parties: row.parties === null ? null : fromJson(row.parties) }
}

/** The ready tasks that the runner may take. */
function takeable(db: Db, { site, parties }: Claimer) {
  return db
    .selectFrom('task')
    .where('task.state', '=', sql.lit('ready'))
    .where((is) => is.or([is('task.site', 'is', null), is('task.site', '=', site)]))
    .$if(parties !== null, (query) => query.where('task.party', 'in', inList(parties ?? [])))
}

async function hasReadyTask(db: Db, runner: Claimer): Promise<boolean> {
  const row = await takeable(db, runner).select('task.id').limit(1).executeTakeFirst()
  return row !== undefined
}

/** The jobs of which the runner may take tasks, in the order in which they are served. */
async function jobsInOrder(trx: Trx, runner: Claimer): Promise<string[]> {
  const rows = await trx
    .selectFrom('job')
    .select('job.id')
    .where('job.state', '=', 'running')
    .where(({ exists }) =>
      exists(
        takeable(trx, runner)
          .select('task.id')
          .where('task.job_id', '=', sql.ref<string>('job.id')),
      ),
    )
    .orderBy('job.priority', 'desc')
    .orderBy('job.created_at')
    .orderBy('job.id')
    .execute()
  return rows.map((row) => row.id)
}

/** Whole groups of a job, oldest first: as many as `limit` tasks can belong to, and one more. */
async function readyGroups(
  trx: Trx,
  query: { jobId: string; runner: Claimer; limit: number },
): Promise<ReadyTask[][]> {
  const own = takeable(trx, query.runner).where('task.job_id', '=', query.jobId)
  const first = await own
    .select('task.name')
    .orderBy('task.ready_at')
    .orderBy('task.id')
    .limit(query.limit + 1)
    .execute()
  const names = [...new Set(first.map((row) => row.name))]
  const rows = await own
    .select([
      'task.id',
      'task.job_id',
      'task.name',
      'task.kind',
      'task.role',
      'task.party',
      'task.position',
      'task.spec',
      'task.attempts',
    ])
    .where('task.name', 'in', inList(names))
    .orderBy('task.id')
    .execute()
  const groups = Map.groupBy(rows, (row) => row.name)
  return names.map((name) => groups.get(name) ?? [])
}

async function holdsLease(trx: Trx, runnerId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('lease')
    .select('task_id')
    .where('runner_id', '=', runnerId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Gives tasks to a runner: a handful of statements, however many tasks. */
async function lease(
  trx: Trx,
  claim: { tasks: readonly ReadyTask[]; runner: Claimer; request: ClaimRequest; now: number },
): Promise<LeasedTask[]> {
  const { tasks, runner, request, now } = claim
  if (tasks.length === 0) return []
  const leased = tasks.map((task) => ({
    taskId: task.id,
    attemptId: orderedId(now),
    attempt: task.attempts + 1,
    jobId: task.job_id,
    name: task.name,
    kind: task.kind as TaskKind,
    role: task.role,
    party: task.party,
    position: task.position,
    spec: JSON.parse(task.spec) as TaskSpec,
  }))
  const { runnerId, leaseMs = LEASE_MS } = request
  const rows = JSON.stringify(leased.map((one) => [one.attemptId, one.taskId, one.attempt]))
  const value = (at: number) => sql`json_extract(value, ${sql.lit(`$[${at}]`)})`
  await sql`
    insert into attempt (id, task_id, number, runner_id, state, started_at)
    select ${value(0)}, ${value(1)}, ${value(2)}, ${runnerId}, 'running', ${now}
    from json_each(${rows})`.execute(trx)
  await sql`
    insert into lease (task_id, attempt_id, runner_id, until)
    select ${value(1)}, ${value(0)}, ${runnerId}, ${now + leaseMs}
    from json_each(${rows})`.execute(trx)
  await trx
    .updateTable('task')
    .set(({ eb }) => ({
      state: 'running',
      reason: null,
      attempts: eb('attempts', '+', 1),
      started_at: now,
      updated_at: now,
    }))
    .where('id', 'in', inList(leased.map((one) => one.taskId)))
    .execute()
  const seats = new Map(
    tasks.map((task) => [JSON.stringify([task.job_id, task.role, task.party]), task]),
  )
  for (const { job_id, role, party } of seats.values()) {
    if (party === null || role === null) continue
    // What this party computes stays in this data directory, so its later tasks have to come here.
    await trx
      .updateTable('task')
      .set({ site: runner.site })
      .where('job_id', '=', job_id)
      .where('role', '=', role)
      .where('party', '=', party)
      .execute()
  }
  return leased
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
    await trx
      .updateTable('task')
      .set({ state: 'failed', reason, ended_at: now, updated_at: now })
      .where('id', '=', row.id)
      .execute()
    await appendEvents(trx, [
      {
        jobId: row.job_id,
        taskId: row.id,
        at: now,
        type: 'task.failed',
        level: 'error',
        message: reason,
      },
    ])
    await advanceJob(trx, row.job_id, now)
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
    const { numUpdatedRows } = await trx
      .updateTable('task')
      .set({ state: 'failed', reason, ended_at: now, updated_at: now })
      .where('id', '=', task.id)
      .where('state', '=', 'ready')
      .executeTakeFirstOrThrow()
    // An earlier one of the same job has ended them all.
    if (numUpdatedRows === 0n) continue
    await appendEvents(trx, [
      {
        jobId: task.job_id,
        taskId: task.id,
        at: now,
        type: 'task.failed',
        level: 'error',
        message: reason,
      },
    ])
    await advanceJob(trx, task.job_id, now)
  }
}
