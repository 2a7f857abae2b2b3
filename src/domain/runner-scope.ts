/**
 * What a runner that is not trusted may touch: its own rows, the jobs of its parties, the uploads it was given.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import { type Db, inTransaction } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { isJobOver } from './job-state.ts'
import { registerRunner } from './runner.ts'
import type { RunnerProfile } from './work.ts'

/** Who a runner is, whether or not it lives. */
export interface RunnerRecord {
  /** Null for every party. */
  readonly parties: readonly string[] | null
  readonly facts: Record<string, unknown>
}

/** The runner of that id, or undefined. */
export async function findRunner(db: Db, id: string): Promise<RunnerRecord | undefined> {
  const row = await db
    .selectFrom('runner')
    .select(['parties', 'facts'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  const parties = row.parties === null ? null : fromJson(row.parties)
  return { parties, facts: fromJson(row.facts) }
}

/** Enters a runner unless `check` throws; it sees the one that has the id so far. */
export async function registerChecked(
  db: Db,
  profile: RunnerProfile,
  check: (known: RunnerRecord | undefined) => void,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    check(await findRunner(trx, profile.id))
    await registerRunner(trx, profile)
  })
}

/** The members of a job as `role:party`, or undefined when there is no such job or it is over. */
export async function activeMembers(db: Db, jobId: string): Promise<string[] | undefined> {
  const job = await db.selectFrom('job').select('state').where('id', '=', jobId).executeTakeFirst()
  if (!job || isJobOver(job.state)) return undefined
  const members = await db
    .selectFrom('job_member')
    .select(['role', 'party'])
    .where('job_id', '=', jobId)
    .execute()
  return members.map(({ role, party }) => `${role}:${party}`)
}

/**
 * Of these jobs, those that are over, for `forMs` at least, and in which one of the parties took part; null is every
 * party.
 */
export async function endedJobs(
  db: Db,
  query: {
    readonly jobIds: readonly string[]
    readonly parties: readonly string[] | null
    readonly forMs?: number
  },
  at?: number,
): Promise<string[]> {
  const { jobIds, parties, forMs = 0 } = query
  const now = at ?? (await databaseTime(db))
  const rows = await db
    .selectFrom('job')
    .select(['job.id', 'job.state'])
    .where('job.id', 'in', inList(jobIds))
    .$if(forMs > 0, (old) => old.where('job.ended_at', '<=', now - forMs))
    .$if(parties !== null, (own) =>
      own.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('job_member')
            .select('job_member.job_id')
            .whereRef('job_member.job_id', '=', 'job.id')
            .where('job_member.party', 'in', inList(parties ?? [])),
        ),
      ),
    )
    .execute()
  return rows.filter((row) => isJobOver(row.state)).map((row) => row.id)
}

/** Whether a runner holds the lease of the task that reads a spooled upload. */
export function holdsSpool(db: Db, query: { runnerId: string; spoolId: string }): Promise<boolean> {
  return leasesSpool(db, { ...query, kind: 'upload', path: '$.source.id' })
}

/** Whether a runner holds the lease of the task that sends rows into that place of the spool. */
export function fillsSpool(db: Db, query: { runnerId: string; spoolId: string }): Promise<boolean> {
  return leasesSpool(db, { ...query, kind: 'download', path: '$.spool' })
}

/** Whether a runner holds the lease of a task of that kind that names the place of the spool there in its order. */
async function leasesSpool(
  db: Db,
  query: { runnerId: string; spoolId: string; kind: 'upload' | 'download'; path: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .select('task.id')
    .where('lease.runner_id', '=', query.runnerId)
    .where('task.kind', '=', query.kind)
    .where(sql`json_extract(task.spec, ${query.path})`, '=', query.spoolId)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a runner has ended the task that reads a spooled upload, so that nobody needs the upload again. */
export async function endedSpool(
  db: Db,
  query: { runnerId: string; spoolId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .select('task.id')
    .where('attempt.runner_id', '=', query.runnerId)
    .where('attempt.state', 'in', ['succeeded', 'failed'])
    .where('task.kind', '=', 'upload')
    .where(sql`json_extract(task.spec, '$.source.id')`, '=', query.spoolId)
    .executeTakeFirst()
  return row !== undefined
}
