/**
 * The tasks of one job and node: they talk to each other, so they are taken back and begin again together.
 * @module
 */
import type { Trx } from '../db/type.ts'
import { tellAttempts } from './attempt-event.ts'
import { appendEvents } from './event.ts'
import { clearMetrics } from './metric.ts'

/** States of the members that a withdrawal concerns: also the done ones, as the others need to hear all of it again. */
export const WITHDRAWN_STATES = ['ready', 'running', 'succeeded'] as const

/** How long the runners of a group have to begin their members, once the first has begun. */
export const GATHER_MS = 30_000
/** For whom a task is kept that nobody may take yet. */
export const NOBODY = ''
/** How long a group that did not come together lets others go before it; twice as long each further time. */
export const PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 300_000

export interface GroupMember {
  readonly id: string
  readonly attempts: number
}

/**
 * Takes the leases of a group away without counting them as lost. All members get one attempt count: it names the
 * session in which they find each other.
 */
export async function withdrawGroup(
  trx: Trx,
  members: readonly GroupMember[],
  why: { reason: string; at: number },
): Promise<string[]> {
  const ids = members.map((member) => member.id)
  const withdrawn = await trx
    .updateTable('attempt')
    .set({ state: 'released', reason: why.reason, ended_at: why.at })
    .where('task_id', 'in', ids)
    .where('state', '=', 'running')
    .returning('id')
    .execute()
  await tellAttempts(trx, {
    attemptIds: withdrawn.map((attempt) => attempt.id),
    at: why.at,
    type: 'task.withdrawn',
    level: 'warning',
    word: 'was taken back',
    reason: why.reason,
  })
  await trx.deleteFrom('lease').where('task_id', 'in', ids).execute()
  await trx.deleteFrom('reservation').where('task_id', 'in', ids).execute()
  await trx
    .updateTable('task')
    .set({
      ended_at: null,
      updated_at: why.at,
      attempts: Math.max(...members.map((member) => member.attempts)),
    })
    .where('id', 'in', ids)
    .execute()
  return ids
}

/** Sends every member of a group back to ready, for another attempt together; after a while where `pause` says so. */
export async function restartGroup(
  trx: Trx,
  restart: { jobId: string; name: string; reason: string; at: number; pause?: boolean },
): Promise<void> {
  const { jobId, name, reason, at, pause = false } = restart
  const members = await trx
    .selectFrom('task')
    .select(['id', 'attempts'])
    .where('job_id', '=', jobId)
    .where('name', '=', name)
    .where('state', 'in', WITHDRAWN_STATES)
    .execute()
  if (members.length === 0) return
  const ids = await withdrawGroup(trx, members, { reason, at })
  await trx
    .updateTable('task')
    .set({
      state: 'ready',
      reason,
      progress: 0,
      ready_at: at,
    })
    .where('id', 'in', ids)
    .execute()
  if (pause) {
    const until = at + pauseOf(members)
    await trx
      .insertInto('reservation')
      .values(ids.map((id) => ({ task_id: id, runner_id: NOBODY, until, allocation: null })))
      .execute()
  }
  // The next attempt tells its series from the beginning.
  await clearMetrics(trx, ids)
  await appendEvents(trx, [
    {
      jobId,
      at,
      type: 'task.restarted',
      level: 'warning',
      message: `${name} starts again: ${reason}`,
    },
  ])
}

function pauseOf(members: readonly GroupMember[]): number {
  const tries = Math.max(...members.map(({ attempts }) => attempts))
  return Math.min(PAUSE_MS * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE_MS)
}
