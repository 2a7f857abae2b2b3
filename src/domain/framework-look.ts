/**
 * What an attempt at a job of task roles has come to.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Db, Trx } from '../db/type.ts'
import { EXIT } from './exit-spec.ts'
import { type Exit, exitOf } from './exit.ts'
import { type Completion, groupEnd, groupStart } from './framework-plan.ts'

/** The exit of the instance that decided the attempt. */
export async function triggerExit(
  trx: Trx,
  of: { jobId: string; attempt: number; completion: Completion },
): Promise<Exit> {
  const { completion } = of
  if (completion.succeeded) return { code: 0, own: 0, message: '' }
  const { trigger } = completion
  const row = await trx
    .selectFrom('task')
    .leftJoin('attempt', (join) =>
      join.onRef('attempt.task_id', '=', 'task.id').onRef('attempt.number', '=', 'task.attempts'),
    )
    .select([
      'task.state as stands',
      'task.reason as why',
      'attempt.state',
      'attempt.reason',
      'attempt.ending',
    ])
    .where('task.job_id', '=', of.jobId)
    .where('task.name', '>=', groupStart(of.attempt))
    .where('task.name', '<', groupEnd(of.attempt))
    .where('task.role', '=', trigger?.role ?? '')
    .where('task.position', '=', trigger?.index ?? -1)
    .executeTakeFirstOrThrow()
  // One that failed without a try of its own was waited for in vain.
  const { state } = row
  if (row.stands === 'ready' || state === null || state === 'running' || state === 'succeeded')
    return { code: EXIT.gangTimeout, own: null, message: row.why ?? '' }
  const ending = row.ending === null ? null : fromJson(row.ending)
  const exit = exitOf({ state, reason: row.reason, ending })
  return exit ?? { code: EXIT.notStarted, own: null, message: row.why ?? '' }
}

/** The instances of the attempt, as far as they have come. */
export async function membersOf(trx: Trx, jobId: string, attempt: number) {
  const rows = await trx
    .selectFrom('task')
    .select(['role', 'position', 'state', 'ended_at'])
    .where('job_id', '=', jobId)
    .where('name', '>=', groupStart(attempt))
    .where('name', '<', groupEnd(attempt))
    .execute()
  return rows.map((row) => ({
    role: row.role ?? '',
    index: row.position,
    state: row.state,
    endedAt: row.ended_at,
  }))
}

/** When the first instance of the attempt began; null where none did. */
export async function launchedAt(trx: Db, jobId: string, attempt: number): Promise<number | null> {
  const row = await trx
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .select(({ fn }) => fn.min<number | null>('attempt.started_at').as('at'))
    .where('task.job_id', '=', jobId)
    .where('task.name', '>=', groupStart(attempt))
    .where('task.name', '<', groupEnd(attempt))
    .executeTakeFirst()
  return row?.at ?? null
}
