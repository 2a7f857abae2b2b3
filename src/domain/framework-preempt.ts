/**
 * Opportunistic jobs give way: where a job of a higher priority waits for what they hold, as few of them as it needs
 * are taken back, the youngest first. It costs their owners no retry.
 * @module
 */
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { type Hall, placeGroup } from './assign.ts'
import { tellAttempts } from './attempt-event.ts'
import { takeDuty } from './duty.ts'
import { decideAttempt } from './framework-advance.ts'
import { membersOf } from './framework-look.ts'
import { groupName } from './framework-plan.ts'
import { PRIORITIES } from './framework.ts'
import { restartGroup } from './group.ts'
import { readHall } from './hall.ts'
import { jobsInOrder, readyGroups, type ReadyTask } from './ready.ts'

/** What has waited less may be taken by the next claim. */
const PATIENCE_MS = 1000
const EVERY_MS = 1000
/** How many of the youngest are looked at. */
const MOST_UNITS = 32
/** How many tasks of a waiting job are looked at. */
const WINDOW = 64

/** What is taken back together: a gang, or one instance of a job without one. */
interface Unit {
  readonly jobId: string
  readonly name: string
  readonly attempt: number
  readonly taskIds: readonly string[]
}

/** Takes back what the first waiting group needs; one of all who sweep does it. */
export async function preemptForWaiting(db: Db, at: number): Promise<void> {
  if (!(await holders(db).limit(1).executeTakeFirst())) return
  if (!(await waiters(db, at).limit(1).executeTakeFirst())) return
  if (!(await takeDuty(db, { name: 'preempt', everyMs: EVERY_MS, at }))) return
  const choice = await choose(db, at)
  if (choice === undefined) return
  const { job, units } = choice
  const reason = `It made room for job "${job}", which has a higher priority`
  for (const unit of units) {
    await inTransaction(db, (trx) => takeBack(trx, { unit, reason, at }))
  }
}

/** The running instances of opportunistic jobs, youngest first. */
function holders(db: Db) {
  return db
    .selectFrom('framework')
    .innerJoin('task', 'task.job_id', 'framework.job_id')
    .innerJoin('lease', 'lease.task_id', 'task.id')
    .select(['task.id', 'task.job_id', 'task.name', 'framework.attempt'])
    .where('framework.state', '=', 'active')
    .where('framework.priority', '=', 'oppo')
    .orderBy('framework.submitted_at', 'desc')
    .orderBy('task.id', 'desc')
}

function waiters(db: Db, at: number) {
  return db
    .selectFrom('task')
    .innerJoin('job', 'job.id', 'task.job_id')
    .select(['job.id', 'job.name'])
    .distinct()
    .where('task.state', '=', 'ready')
    .where('task.ready_at', '<=', at - PATIENCE_MS)
    .where('job.state', '=', 'running')
    .where('job.priority', '>', PRIORITIES.oppo)
}

async function choose(
  db: Db,
  at: number,
): Promise<{ job: string; units: readonly Unit[] } | undefined> {
  const names = new Map((await waiters(db, at).execute()).map(({ id, name }) => [id, name]))
  const kept = await db.selectFrom('reservation').select('task_id').execute()
  const without = kept.map((row) => row.task_id)
  const units = await readUnits(db)
  const now = await readHall(db, at)
  const free = await readHall(db, at, undefined, taskIds(units))
  let { rooms } = now
  for (const jobId of (await jobsInOrder(db, { without })).filter((id) => names.has(id))) {
    for (const group of await readyGroups(db, { without, jobId, limit: WINDOW })) {
      const plan = placeGroup(group, rooms)
      // Its runner is on the way; those behind it get what is left.
      if (plan) rooms = plan.rooms
      else if (placeGroup(group, free.rooms))
        return { job: names.get(jobId) ?? jobId, units: await fewest(db, { group, units, at }) }
    }
  }
  return undefined
}

/** Those without which there is room, and no more than that: the oldest are spared first. */
async function fewest(
  db: Db,
  of: { group: readonly ReadyTask[]; units: readonly Unit[]; at: number },
): Promise<readonly Unit[]> {
  let chosen = of.units
  for (const unit of of.units.toReversed()) {
    const fewer = chosen.filter((one) => one !== unit)
    const hall: Hall = await readHall(db, of.at, undefined, taskIds(fewer))
    if (placeGroup(of.group, hall.rooms)) chosen = fewer
  }
  return chosen
}

async function readUnits(db: Db): Promise<Unit[]> {
  const rows = await holders(db).execute()
  const units = Map.groupBy(rows, ({ job_id, name }) => `${job_id} ${name}`)
  return [...units.values()].slice(0, MOST_UNITS).map((own) => ({
    jobId: own[0].job_id,
    name: own[0].name,
    attempt: own[0].attempt,
    taskIds: own.map(({ id }) => id),
  }))
}

function taskIds(units: readonly Unit[]): string[] {
  return units.flatMap((unit) => unit.taskIds)
}

async function takeBack(
  trx: Trx,
  { unit, reason, at }: { unit: Unit; reason: string; at: number },
): Promise<void> {
  const { jobId, name, attempt } = unit
  // It may have ended since it was looked at.
  const left = await holders(trx)
    .where('task.job_id', '=', jobId)
    .where('task.name', '=', name)
    .where('framework.attempt', '=', attempt)
    .execute()
  if (left.length === 0) return
  if (name !== groupName(attempt)) return restartGroup(trx, { jobId, name, reason, at })
  const ended = await trx
    .updateTable('attempt')
    .set({ state: 'released', reason, ended_at: at })
    .where('task_id', 'in', inList(left.map(({ id }) => id)))
    .where('state', '=', 'running')
    .returning(['id', 'task_id'])
    .execute()
  await tellAttempts(trx, {
    attemptIds: ended.map(({ id }) => id),
    at,
    type: 'task.withdrawn',
    level: 'warning',
    word: 'was taken back',
    reason,
  })
  const members = await membersOf(trx, jobId, attempt)
  const trigger = members.find(({ state }) => state === 'running') ?? null
  await decideAttempt(trx, {
    jobId,
    at,
    completion: { succeeded: false, trigger, message: reason },
  })
}
