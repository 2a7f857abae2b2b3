/**
 * Leases: a runner takes ready tasks, and keeps them by renewing. `sweep.ts` takes them back from the silent.
 *
 * Tasks of one job and node form a group whose members talk to each other, so a runner takes all of the group
 * that it serves or none. Claims happen only inside a write transaction, and every later word of a runner about
 * a task counts only while it holds the lease.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { tellLeased } from './attempt-event.ts'
import { databaseTime } from './clock.ts'
import { inheritHandles } from './handle.ts'
import { orderedId } from './id.ts'
import { claimedBefore } from './repeat.ts'
import { SPOOL_FACT } from './spool.ts'
import type { LeasedTask, TaskKind, TaskSpec } from './work.ts'

/** How long a lease lasts without renewal. */
export const LEASE_MS = 15_000
export interface ClaimRequest {
  readonly runnerId: string
  /** Most tasks to take. */
  readonly slots: number
  readonly leaseMs?: number
  /** Names this request: sent again, it gets what it got the first time, while the leases last. */
  readonly claim?: string
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
  const again = await claimedBefore(db, request)
  if (again.length > 0 || request.slots <= 0) return again
  const known = await findClaimer(db, request.runnerId)
  if (!known || !(await hasReadyTask(db, known))) return []
  return inTransaction(db, async (trx) => {
    // The first answer may still be on its way from another process of the server.
    const meanwhile = await claimedBefore(trx, request)
    if (meanwhile.length > 0) return meanwhile
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
  /** Whether it fetches uploads from the app. */
  readonly fetches: boolean
}

/** The runner of that id while it takes work. */
async function findClaimer(db: Db, runnerId: string): Promise<Claimer | undefined> {
  const row = await db
    .selectFrom('runner')
    .select([
      'site',
      'parties',
      sql<number | null>`facts ->> ${sql.lit(`$.${SPOOL_FACT}`)}`.as('fetches'),
    ])
    .where('id', '=', runnerId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return (
    row && {
      site: row.site,
      parties: row.parties === null ? null : fromJson(row.parties),
      fetches: row.fetches === 1,
    }
  )
}

/** The ready tasks that the runner may take. */
function takeable(db: Db, { site, parties, fetches }: Claimer) {
  return (
    db
      .selectFrom('task')
      .where('task.state', '=', sql.lit('ready'))
      .where((is) => is.or([is('task.site', 'is', null), is('task.site', '=', site)]))
      // An uploaded file lies in one data directory; others have to be able to fetch it.
      .$if(!fetches, (query) =>
        query.where((is) =>
          is.or([
            is('task.kind', '!=', sql.lit('upload')),
            is(sql<string>`coalesce(task.spec ->> '$.source.site', ${site})`, '=', site),
          ]),
        ),
      )
      .$if(parties !== null, (query) => query.where('task.party', 'in', inList(parties ?? [])))
  )
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
    allocation: null,
    handle: null,
  }))
  const { runnerId, leaseMs = LEASE_MS } = request
  const rows = JSON.stringify(leased.map((one) => [one.attemptId, one.taskId, one.attempt]))
  const value = (at: number) => sql`json_extract(value, ${sql.lit(`$[${at}]`)})`
  await sql`
    insert into attempt (id, task_id, number, runner_id, state, started_at)
    select ${value(0)}, ${value(1)}, ${value(2)}, ${runnerId}, 'running', ${now}
    from json_each(${rows})`.execute(trx)
  await sql`
    insert into lease (task_id, attempt_id, runner_id, until, claim)
    select ${value(1)}, ${value(0)}, ${runnerId}, ${now + leaseMs}, ${request.claim ?? null}
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
  await tellLeased(trx, { attempts: leased, runnerId, at: now })
  const seats = new Map(
    tasks.map((task) => [JSON.stringify([task.job_id, task.role, task.party]), task]),
  )
  for (const { job_id, role, party, kind } of seats.values()) {
    if (party === null || role === null || kind === 'process') continue
    // What this party computes stays in this data directory, so its later tasks have to come here.
    await trx
      .updateTable('task')
      .set({ site: runner.site })
      .where('job_id', '=', job_id)
      .where('role', '=', role)
      .where('party', '=', party)
      .execute()
  }
  const handles = await inheritHandles(trx, leased)
  return leased.map((one) => ({ ...one, handle: handles.get(one.taskId) ?? null }))
}
