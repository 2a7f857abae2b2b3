/**
 * The room that live runners have now: what they registered minus what is leased and kept.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'
import type { Hall } from './assign.ts'
import { emptyRoom, keepApart, occupy, type Room, runsElsewhere, withoutNamed } from './fit.ts'
import { FETCHES } from './ready.ts'
import { SILENT_MS } from './runner.ts'

/** Where a runner says that it is; one that came through the gateway shares hosts only with others of its token. */
const HOST = sql<string | null>`
  json_extract(runner.facts, '$.host')
  || coalesce(' of ' || json_extract(runner.facts, '$.gateway'), '')`

/** Reads the rooms of all runners that take work, those heard of last first. */
export async function readHall(
  db: Db,
  at: number,
  /** Takes work, whether or not it has been heard of lately; knows best how many slots it has. */
  claimer?: { readonly id: string; readonly slots: number },
  /** Tasks that are taken to hold nothing. */
  without: readonly string[] = [],
): Promise<Hall> {
  const runners = await db
    .selectFrom('runner')
    .select(['id', 'name', 'site', 'parties', 'slots', 'capacity', 'state'])
    .select([HOST.as('host'), FETCHES.as('fetches')])
    .where((is) => is.or([is('state', '=', 'active'), is('held_back', '=', 1)]))
    .where('state', 'in', ['active', 'draining'])
    .where((is) =>
      is.or([
        is('seen_at', '>', sql<number>`${at} - ${SILENT_MS}`),
        is('id', '=', claimer?.id ?? ''),
      ]),
    )
    .orderBy('seen_at', 'desc')
    .orderBy('id')
    .limit(1000)
    .execute()
  const roomsOf = (rows: typeof runners): Map<string, Room> =>
    new Map(
      rows.map((row) => {
        const parties = row.parties === null ? null : fromJson(row.parties)
        return [
          row.id,
          emptyRoom({
            ...row,
            parties,
            capacity: fromJson(row.capacity),
            fetches: row.fetches === 1,
          }),
        ] as const
      }),
    )
  const whole = roomsOf(runners.filter(({ state }) => state === 'active'))
  const drained = roomsOf(runners.filter(({ state }) => state !== 'active'))
  const rooms = new Map<string, Room>(whole)
  for (const held of await readHeld(db, without)) {
    const allocation = held.allocation === null ? null : fromJson(held.allocation)
    const needs = held.needs === null ? null : fromJson(held.needs)
    const elsewhere = runsElsewhere(needs)
    const room = rooms.get(held.runner_id)
    if (room) {
      const after = occupy(room, { allocation, elsewhere })
      rooms.set(held.runner_id, { ...after, slots: Math.max(0, room.slots - held.tasks) })
    }
    // What is there already is none that a wait could end.
    for (const some of [rooms, whole]) keepApart(some, held.runner_id, needs)
    if (allocation === null || elsewhere) continue
    // Also what a silent runner of the host was given: its processes may live on until its lease ends.
    const host = held.host === null ? `runner ${held.runner_id}` : `host ${held.host}`
    for (const [id, other] of rooms) {
      if (other.host === host) rooms.set(id, withoutNamed(other, allocation))
    }
  }
  for (const { runner_id, allocation } of await readLeft(db)) {
    const room = rooms.get(runner_id)
    if (room && allocation !== null)
      rooms.set(runner_id, withoutNamed(room, { gpus: [], ports: fromJson(allocation).ports }))
  }
  const own = claimer && rooms.get(claimer.id)
  if (own) rooms.set(own.runnerId, { ...own, slots: claimer.slots })
  return { rooms, whole, drained }
}

/** What is held, light tasks of one runner as one row. */
function readHeld(db: Db, without: readonly string[]) {
  return db
    .selectFrom(
      db
        .selectFrom('lease')
        .select(['task_id', 'runner_id', 'allocation'])
        .unionAll(db.selectFrom('reservation').select(['task_id', 'runner_id', 'allocation']))
        .as('held'),
    )
    .innerJoin('task', 'task.id', 'held.task_id')
    .leftJoin('runner', 'runner.id', 'held.runner_id')
    .select(['held.runner_id', 'held.allocation', 'task.needs'])
    .select((expression) => expression.fn.countAll<number>().as('tasks'))
    .select(HOST.as('host'))
    .$if(without.length > 0, (query) => query.where('held.task_id', 'not in', inList(without)))
    .groupBy(['held.runner_id', sql`iif(held.allocation is null, '', held.task_id)`])
    .execute()
}

/** Attempts that are over and whose programs may still run in a cluster: their ports are nobody else's until then. */
function readLeft(db: Db) {
  return db
    .selectFrom('attempt')
    .select(['runner_id', 'allocation'])
    .where('handle', 'is not', null)
    .where('state', '!=', 'running')
    .unionAll(
      db
        .selectFrom('attempt')
        .select(['runner_id', 'allocation'])
        .where('id', 'in', (is) =>
          is
            .selectFrom('leftover')
            .select(sql<string>`substr(leftover.handle, instr(leftover.handle, ':') + 1)`.as('id')),
        ),
    )
    .execute()
}
