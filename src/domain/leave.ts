/**
 * Parties that are lost for good: whether their job goes on without them, and how.
 *
 * A party leaves a job as a whole. It may where each of its tasks that is not over says so in its `quorum`, and enough of
 * those stay that the quorum counts. The others of its groups begin again from their last checkpoints, without it.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Trx } from '../db/type.ts'
import { advanceJob } from './advance.ts'
import { appendEvents } from './event.ts'
import { restartGroup } from './group.ts'
import { isTaskOver } from './task-state.ts'
import type { ComponentSpec, Quorum } from './work.ts'

/** A party in its role. */
export interface JobSeat {
  readonly role: string
  readonly party: string
}

/** Whether a job goes on without parties of it; if so, they have left it afterwards. */
export async function leaveJob(
  trx: Trx,
  leave: { jobId: string; seats: readonly JobSeat[]; reason: string; at: number },
): Promise<boolean> {
  const { jobId, seats, reason, at } = leave
  const tasks = await tasksOf(trx, jobId)
  const leavers = new Set(seats.map(keyOf))
  const gone = new Set([...tasks.filter(({ state }) => state === 'left'), ...seats].map(keyOf))
  const open = [...Map.groupBy(tasks, ({ name }) => name).values()].filter((group) =>
    group.some(({ state }) => !isTaskOver(state)),
  )
  const left = open.flat().filter((task) => task.state !== 'left' && leavers.has(keyOf(task)))
  if (left.length === 0 || !left.every((task) => mayLeave(task, gone))) return false
  await trx
    .updateTable('task')
    .set({ state: 'left', reason, ended_at: at, updated_at: at })
    .where('id', 'in', inList(left.map(({ id }) => id)))
    .execute()
  await trx
    .deleteFrom('reservation')
    .where('task_id', 'in', inList(left.map(({ id }) => id)))
    .execute()
  const names = seats.map(({ role, party }) => `${role} ${party}`).join(' and ')
  await appendEvents(trx, [
    {
      jobId,
      at,
      type: 'job.left',
      level: 'warning',
      message: `The job goes on without ${names}: ${reason}`,
    },
  ])
  for (const name of new Set(left.map((task) => task.name))) {
    const others = tasks.filter((task) => task.name === name && !left.includes(task))
    // Where all others are done they need nobody any more; where none has begun there is nothing to take back.
    if (!others.some(({ state }) => state === 'running' || state === 'ready')) continue
    await restartGroup(trx, { jobId, name, reason, at })
  }
  await advanceJob(trx, jobId, at)
  return true
}

/** The parties that have left a job, in the order in which it names them. */
export async function seatsLeft(trx: Trx, jobId: string): Promise<JobSeat[]> {
  const rows = await trx
    .selectFrom('task')
    .select(['role', 'party'])
    .distinct()
    .where('job_id', '=', jobId)
    .where('state', '=', 'left')
    .orderBy('role')
    .orderBy('position')
    .execute()
  return rows.flatMap(({ role, party }) =>
    role === null || party === null ? [] : [{ role, party }],
  )
}

/** A component's work as it is after some of its parties have left. */
export function withoutSeats(spec: ComponentSpec, seats: readonly JobSeat[]): ComponentSpec {
  if (seats.length === 0) return spec
  const gone = new Set(seats.map(keyOf))
  const members = Object.fromEntries(
    Object.entries(spec.members).map(([role, parties]) => [
      role,
      parties.filter((party) => !gone.has(keyOf({ role, party }))),
    ]),
  )
  return { ...spec, members }
}

interface Task {
  readonly id: string
  readonly name: string
  readonly role: string | null
  readonly party: string | null
  readonly state: string
  readonly quorum: string | null
  readonly members: string | null
}

function tasksOf(trx: Trx, jobId: string): Promise<Task[]> {
  return trx
    .selectFrom('task')
    .select(['id', 'name', 'role', 'party', 'state'])
    .select([
      sql<string | null>`task.spec -> '$.quorum'`.as('quorum'),
      sql<string | null>`task.spec -> '$.members'`.as('members'),
    ])
    .where('job_id', '=', jobId)
    .orderBy('id')
    .execute()
}

function mayLeave(task: Task, gone: ReadonlySet<string>): boolean {
  if (task.quorum === null || task.members === null || task.role === null) return false
  const { leaves, of, least } = JSON.parse(task.quorum) as Quorum
  const members = JSON.parse(task.members) as ComponentSpec['members']
  const staying = of
    .flatMap((role) => (members[role] ?? []).map((party) => keyOf({ role, party })))
    .filter((key) => !gone.has(key))
  return leaves.includes(task.role) && staying.length >= least
}

function keyOf({ role, party }: { role: string | null; party: string | null }): string {
  return JSON.stringify([role, party])
}
