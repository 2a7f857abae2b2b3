/**
 * What a runner asked before and asks again because the answer was lost: on the way, or with the server that sent it.
 * The database remembers, so it does not matter who answers.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Db, Trx } from '../db/type.ts'
import type { LeasedTask, Outcome, TaskKind, TaskSpec } from './work.ts'

/** The tasks that a runner was given in the request of this name and still holds. */
export async function claimedBefore(
  db: Db,
  request: { readonly runnerId: string; readonly claim?: string },
): Promise<LeasedTask[]> {
  if (request.claim === undefined) return []
  const rows = await db
    .selectFrom('lease')
    .innerJoin('attempt', 'attempt.id', 'lease.attempt_id')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .select([
      'task.id',
      'attempt.id as attempt_id',
      'attempt.number',
      'attempt.handle',
      'task.job_id',
      'task.name',
      'task.kind',
      'task.role',
      'task.party',
      'task.position',
      'task.spec',
      'lease.allocation',
    ])
    .where('lease.runner_id', '=', request.runnerId)
    .where('lease.claim', '=', request.claim)
    // In the order in which they were given.
    .orderBy(sql`attempt.rowid`)
    .execute()
  return rows.map((row) => ({
    taskId: row.id,
    attemptId: row.attempt_id,
    attempt: row.number,
    jobId: row.job_id,
    name: row.name,
    kind: row.kind as TaskKind,
    role: row.role,
    party: row.party,
    position: row.position,
    spec: JSON.parse(row.spec) as TaskSpec,
    allocation: row.allocation === null ? null : fromJson(row.allocation),
    handle: row.handle,
  }))
}

/** Of the settlements that found no lease, the attempts that this runner has ended with the same outcome before. */
export async function settledBefore(
  trx: Trx,
  end: {
    readonly runnerId: string
    readonly settlements: readonly { readonly attemptId: string; readonly outcome: Outcome }[]
  },
): Promise<string[]> {
  if (end.settlements.length === 0) return []
  const rows = await trx
    .selectFrom('attempt')
    .select(['id', 'state', 'reason'])
    .where('id', 'in', inList(end.settlements.map((one) => one.attemptId)))
    .where('runner_id', '=', end.runnerId)
    .execute()
  const known = new Map(rows.map((row) => [row.id, row]))
  return end.settlements.flatMap(({ attemptId, outcome }) => {
    const row = known.get(attemptId)
    const reason = outcome.state === 'succeeded' ? null : outcome.reason
    return row?.state === outcome.state && row.reason === reason ? [attemptId] : []
  })
}

/** Notes that a batch of reports is taken in; false when that had happened before. */
export async function isNewReport(
  trx: Trx,
  report: { readonly runnerId: string; readonly batch: string | undefined },
): Promise<boolean> {
  const { runnerId, batch } = report
  if (batch === undefined) return true
  const { numUpdatedRows } = await trx
    .updateTable('runner')
    .set({ last_report: batch })
    .where('id', '=', runnerId)
    .where((is) => is.or([is('last_report', 'is', null), is('last_report', '!=', batch)]))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
