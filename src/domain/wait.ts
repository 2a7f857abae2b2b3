/**
 * Keeps the reasons of waiting tasks current, for whoever looks at them.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'
import { type Hall, placeGroup, targetsOf } from './assign.ts'
import { keepBack, mayGo, type Rooms } from './fit.ts'
import { NOBODY } from './group.ts'
import { readHall } from './hall.ts'
import { jobsInOrder, readyGroups, type ReadyTask } from './ready.ts'
import { whyNot } from './shortage.ts'

/** What has waited less is not worth a reason: its runner is on the way. */
const SETTLED_MS = 2_000
/** How many of the tasks that are next get their reason written down. */
const MOST_TASKS = 200

/** Whether a task has waited long enough to have a reason. */
export async function hasWaited(db: Db, at: number): Promise<boolean> {
  const waiting = await db
    .selectFrom('task')
    .select('id')
    .where('state', '=', sql.lit('ready'))
    .where('ready_at', '<', at - SETTLED_MS)
    .limit(1)
    .executeTakeFirst()
  return waiting !== undefined
}

/** Writes down why ready tasks wait, where that has changed. */
export async function explainWaiting(db: Db, at: number): Promise<void> {
  const kept = await db
    .selectFrom('reservation')
    .leftJoin('runner', 'runner.id', 'reservation.runner_id')
    .select(['reservation.task_id', 'reservation.runner_id', 'runner.name'])
    .execute()
  const groups: ReadyTask[][] = []
  const query = { without: kept.map((row) => row.task_id) }
  let tasks = 0
  for (const jobId of await jobsInOrder(db, query)) {
    if (tasks >= MOST_TASKS) break
    const found = await readyGroups(db, { ...query, jobId, limit: MOST_TASKS - tasks })
    tasks += found.reduce((sum, group) => sum + group.length, 0)
    groups.push(...found)
  }
  const reasons = new Map(
    // A group that lets others go first has its reason.
    kept
      .filter((row) => row.runner_id !== NOBODY)
      .map((row) => [
        row.task_id,
        `The other members of its group have begun; runner "${row.name ?? 'unknown'}" is to take it`,
      ]),
  )
  for (const [id, reason] of whyTheyWait(groups, await readHall(db, at))) reasons.set(id, reason)
  await write(db, reasons, at)
}

/** A reason for every task of these groups, which are in the order in which they are served. */
function whyTheyWait(groups: readonly ReadyTask[][], hall: Hall): Map<string, string> {
  const reasons = new Map<string, string>()
  const before: ReadyTask[] = []
  let { rooms } = hall
  for (const group of groups) {
    const plan = placeGroup(group, rooms)
    for (const task of group) {
      const ahead = plan ? 0 : countAhead(task, before, hall.whole)
      reasons.set(task.id, whyNot(task, { group, hall, ahead }))
    }
    rooms = plan ? plan.rooms : claimed(group, { ...hall, rooms })
    before.push(...group)
  }
  return reasons
}

/** How many of the tasks before it may go to a runner to which this one may go. */
function countAhead(task: ReadyTask, before: readonly ReadyTask[], whole: Rooms): number {
  const able = [...whole.values()].filter((room) => mayGo(task, room))
  return before.filter((other) => able.some((room) => mayGo(other, room))).length
}

/** The rooms without what a waiting group would take. */
function claimed(group: readonly ReadyTask[], hall: Hall): Rooms {
  const rooms = new Map(hall.rooms)
  for (const { member, runnerId } of targetsOf(group, hall) ?? []) {
    const room = rooms.get(runnerId)
    if (room) rooms.set(runnerId, keepBack(member.needs, room).room)
  }
  return rooms
}

async function write(db: Db, reasons: ReadonlyMap<string, string>, at: number): Promise<void> {
  const now = await db
    .selectFrom('task')
    .select(['id', 'reason'])
    .where('id', 'in', inList([...reasons.keys()]))
    .where('state', '=', sql.lit('ready'))
    .where('ready_at', '<', at - SETTLED_MS)
    .execute()
  const changed = now.flatMap(({ id, reason }) => {
    const current = reasons.get(id)
    return current === undefined || current === reason ? [] : [[id, current]]
  })
  if (changed.length === 0) return
  // A task that has begun in the meantime speaks for itself.
  await sql`
    update task set reason = json_extract(found.value, '$[1]')
    from json_each(${JSON.stringify(changed)}) as found
    where task.id = json_extract(found.value, '$[0]') and task.state = 'ready'`.execute(db)
}
