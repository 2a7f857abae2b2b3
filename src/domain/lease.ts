/**
 * Leases: a runner takes ready tasks, and keeps them by renewing. `sweep.ts` takes them back from the silent.
 *
 * Tasks of one job and node form a group whose members talk to each other, so all of them are placed or none: a runner
 * takes its own, and room is kept for the others' where they run. Claims happen only inside a write transaction, and
 * every later word of a runner about a task counts only while it holds the lease.
 * @module
 */
import { sql } from 'kysely'

import { toJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Allocation } from '../db/table/job.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { assign } from './assign.ts'
import { tellLeased } from './attempt-event.ts'
import { databaseTime } from './clock.ts'
import { GATHER_MS } from './group.ts'
import { readHall } from './hall.ts'
import { inheritHandles } from './handle.ts'
import { orderedId } from './id.ts'
import { seatsLeft, withoutSeats } from './leave.ts'
import {
  type Claimer,
  findClaimer,
  holdsAnything,
  isTakeable,
  jobsInOrder,
  lookForWork,
  type ReadyQuery,
  readReserved,
  type ReadyTask,
  readyGroups,
} from './ready.ts'
import { claimedBefore } from './repeat.ts'
import type { LeasedTask, TaskKind, TaskSpec } from './work.ts'

/** How long a lease lasts without renewal. */
export const LEASE_MS = 15_000
/** How many tasks of a job are looked at when the room of others counts too. */
const WINDOW = 64

export interface ClaimRequest {
  readonly runnerId: string
  /** Most tasks to take. */
  readonly slots: number
  readonly leaseMs?: number
  /** Names this request: sent again, it gets what it got the first time, while the leases last. */
  readonly claim?: string
}

/**
 * Takes ready tasks by priority, then age, whole groups only. A group larger than the runner is taken when the runner
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
  if (!known) return []
  const work = await lookForWork(db, known)
  if (work === 'none') return []
  // What needs room or company often has to wait: whether it does is found out without a lock too.
  if (work === 'heavy' || known.parties !== null) {
    const now = at ?? (await databaseTime(db))
    if (isEmpty(await choose(db, { runner: known, slots: request.slots, now }))) return []
  }
  return inTransaction(db, async (trx) => {
    // The first answer may still be on its way from another process of the server.
    const meanwhile = await claimedBefore(trx, request)
    if (meanwhile.length > 0) return meanwhile
    const now = at ?? (await databaseTime(trx))
    const runner = await findClaimer(trx, request.runnerId)
    if (!runner) return []
    const choice = await choose(trx, { runner, slots: request.slots, now })
    await keep(trx, choice.kept, now)
    return lease(trx, { tasks: choice.taken, runner, request, now })
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

interface Taken {
  readonly task: ReadyTask
  readonly allocation: Allocation | null
}

/** What a claim comes to: tasks for the runner itself, and members of their groups for others. */
interface Choice {
  readonly taken: readonly Taken[]
  readonly kept: readonly (Taken & { readonly runnerId: string })[]
}

interface Claim {
  readonly runner: Claimer
  readonly slots: number
  readonly now: number
}

function isEmpty({ taken, kept }: Choice): boolean {
  return taken.length === 0 && kept.length === 0
}

async function choose(db: Db, claim: Claim): Promise<Choice> {
  const { runner, slots, now } = claim
  const { own, others } = await readReserved(db, runner)
  const without = [...own.map(({ task }) => task.id), ...others]
  const free = Math.max(0, slots - own.length)
  if (free === 0) return { taken: own, kept: [] }
  const query = { runner, without }
  const light = await chooseLight(db, query, { free, alone: own.length === 0 })
  if (light) return { taken: [...own, ...light], kept: [] }
  const { taken, kept } = await chooseInHall(db, query, { free, now })
  return { taken: [...own, ...taken], kept }
}

/** The choice where slots are all that counts; undefined where a group asks for more, or for another runner. */
async function chooseLight(
  db: Db,
  query: ReadyQuery & { readonly runner: Claimer },
  room: { readonly free: number; readonly alone: boolean },
): Promise<Taken[] | undefined> {
  const { runner } = query
  const taken: Taken[] = []
  for (const jobId of await jobsInOrder(db, query)) {
    // One more than fits: whether something waits behind.
    const limit = room.free - taken.length + 1
    for (const group of await readyGroups(db, { ...query, jobId, limit })) {
      if (group.some((task) => task.needs !== null || !isTakeable(task, runner))) return undefined
      const fits = taken.length + group.length <= room.free
      const alone = room.alone && taken.length === 0
      // Later groups wait behind one that does not fit, or it would never find enough room.
      if (!fits && (!alone || (await holdsAnything(db, runner.id)))) return taken
      for (const task of group) taken.push({ task, allocation: null })
    }
    if (taken.length >= room.free) break
  }
  return taken
}

/** The choice where the room of every runner counts. */
async function chooseInHall(
  db: Db,
  query: ReadyQuery & { readonly runner: Claimer },
  room: { readonly free: number; readonly now: number },
): Promise<Choice> {
  const { runner, ...all } = query
  const hall = await readHall(db, room.now, { id: runner.id, slots: room.free })
  const groups: ReadyTask[][] = []
  // Also what others run: it may be their turn at a runner that a group of this one needs too.
  for (const jobId of await jobsInOrder(db, all)) {
    groups.push(...(await readyGroups(db, { ...all, jobId, limit: WINDOW })))
  }
  const { placed } = assign(groups, hall, runner.id)
  const choice = placed.map(({ member, ...place }) => ({ ...place, task: member }))
  return {
    taken: choice.filter(({ runnerId }) => runnerId === runner.id),
    kept: choice.filter(({ runnerId }) => runnerId !== runner.id),
  }
}

/** Keeps room at other runners, which take it with their next claim. */
async function keep(trx: Trx, kept: Choice['kept'], now: number): Promise<void> {
  if (kept.length === 0) return
  await trx
    .insertInto('reservation')
    .values(
      kept.map(({ task, runnerId, allocation }) => ({
        task_id: task.id,
        runner_id: runnerId,
        until: now + GATHER_MS,
        allocation: allocation === null ? null : toJson(allocation),
      })),
    )
    .execute()
}

/** Gives tasks to a runner: a handful of statements, however many tasks. */
async function lease(
  trx: Trx,
  claim: { tasks: readonly Taken[]; runner: Claimer; request: ClaimRequest; now: number },
): Promise<LeasedTask[]> {
  const { tasks, runner, request, now } = claim
  if (tasks.length === 0) return []
  const specs = await specsOf(trx, tasks)
  const leased = tasks.map(({ task, allocation }, at) => ({
    taskId: task.id,
    attemptId: orderedId(now),
    attempt: task.attempts + 1,
    jobId: task.jobId,
    name: task.name,
    kind: task.kind as TaskKind,
    role: task.role,
    party: task.party,
    ...specs[at],
    allocation,
  }))
  const { runnerId, leaseMs = LEASE_MS } = request
  const rows = JSON.stringify(
    leased.map(({ attemptId, taskId, attempt, allocation }) => [
      attemptId,
      taskId,
      attempt,
      allocation && toJson(allocation),
    ]),
  )
  const value = (at: number) => sql`json_extract(value, ${sql.lit(`$[${at}]`)})`
  await sql`
    insert into attempt (id, task_id, number, runner_id, state, allocation, started_at)
    select ${value(0)}, ${value(1)}, ${value(2)}, ${runnerId}, 'running', ${value(3)}, ${now}
    from json_each(${rows})`.execute(trx)
  await sql`
    insert into lease (task_id, attempt_id, runner_id, until, allocation, claim)
    select ${value(1)}, ${value(0)}, ${runnerId}, ${now + leaseMs}, ${value(3)}, ${request.claim ?? null}
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
  await tellLeased(trx, { attempts: leased, runner: runner.name, at: now })
  if (runner.reservations) {
    await trx
      .deleteFrom('reservation')
      .where('task_id', 'in', inList(leased.map((one) => one.taskId)))
      .execute()
  }
  const seats = new Map(
    tasks.map(({ task }) => [JSON.stringify([task.jobId, task.role, task.party]), task]),
  )
  for (const { jobId, role, party, kind } of seats.values()) {
    if (party === null || role === null || kind === 'process') continue
    // What this party computes stays in this data directory, so its later tasks have to come here.
    await trx
      .updateTable('task')
      .set({ site: runner.site })
      .where('job_id', '=', jobId)
      .where('role', '=', role)
      .where('party', '=', party)
      .execute()
  }
  const handles = await inheritHandles(trx, leased)
  return leased.map((one) => ({ ...one, handle: handles.get(one.taskId) ?? null }))
}

/** What the tasks are to do, and the place of their party in its role: among those that have not left their job. */
async function specsOf(
  trx: Trx,
  tasks: readonly Taken[],
): Promise<{ readonly spec: TaskSpec; readonly position: number }[]> {
  const found = []
  for (const { task } of tasks) {
    const { role, party, position } = task
    const spec = JSON.parse(task.spec) as TaskSpec
    // Nobody leaves a job whose tasks have no quorum.
    if (spec.type !== 'component' || spec.quorum === undefined || role === null || party === null) {
      found.push({ spec, position })
      continue
    }
    const own = withoutSeats(spec, await seatsLeft(trx, task.jobId))
    found.push({ spec: own, position: own.members[role]?.indexOf(party) ?? position })
  }
  return found
}
