/**
 * Jobs by their members: FATE-Flow answers one row for each role and party of a job, and its clients filter by them.
 * @module
 */
import { type ExpressionBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/sqlite'

import { fromJson, type Json, toJson } from '../db/json.ts'
import type { Database } from '../db/schema.ts'
import type { Members } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { type Job, toJob } from './job.ts'

/** What a job and a place in it must have. */
export interface MemberFilter {
  readonly jobId?: string
  readonly role?: string
  readonly party?: string
  readonly initiatorParty?: string
  readonly initiatorRole?: string
  readonly name?: string
  readonly description?: string
  readonly tag?: string
  readonly states?: readonly string[]
  readonly progress?: number
  readonly createdAt?: number
  readonly updatedAt?: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** Milliseconds from start to end. */
  readonly elapsed?: number
  /** Whether the role and party are those that started the job. */
  readonly isInitiator?: boolean
  /** All parties by role, in the order in which the job lists them. */
  readonly members?: Members
  /** Values of top-level keys of what the client sent. */
  readonly request?: Readonly<Record<string, unknown>>
  readonly limit?: number
  /** The account whose the jobs are; everybody's without it. */
  readonly owner?: string
}

/**
 * Jobs of one surface with the role and party they were found by, newest first, each job with all of its places
 * that fit. Uploads are found by their id only.
 */
export async function findMembers(
  db: Db,
  query: MemberFilter & { surface: string },
): Promise<{ job: Job; role: string; party: string }[]> {
  const wide = db
    .selectFrom('job')
    .selectAll('job')
    // One row a job: with a join, the DSL of a job would come once for each of its parties.
    .select((expression) => jsonArrayFrom(placesOf(expression, query)).as('places'))
  const chosen =
    query.jobId === undefined
      ? // Sorted by id and time alone: a sort of whole rows, each with its DSL, took a second for 100,000 jobs.
        wide.where(
          'job.id',
          'in',
          filterJobs(db.selectFrom('job').select('job.id'), query)
            .orderBy('job.created_at', 'desc')
            .orderBy('job.id', 'desc')
            .limit(query.limit ?? 300),
        )
      : filterJobs(wide, query)
  const rows = await chosen.orderBy('job.created_at', 'desc').orderBy('job.id', 'desc').execute()
  return rows.flatMap((row) => {
    const job = toJob(row)
    const places = fromJson(row.places as unknown as Json<{ role: string; party: string }[]>)
    return places.map((place) => ({ job, ...place }))
  })
}

function filterJobs<O>(
  all: SelectQueryBuilder<Database, 'job', O>,
  query: MemberFilter & { surface: string },
): SelectQueryBuilder<Database, 'job', O> {
  let builder = all.where('job.surface', '=', query.surface)
  if (query.jobId === undefined) builder = builder.where('job.kind', '!=', 'upload')
  const equal = [
    ['job.id', query.jobId],
    ['job.owner', query.owner],
    ['job.initiator_party', query.initiatorParty],
    ['job.initiator_role', query.initiatorRole],
    ['job.name', query.name],
    ['job.description', query.description],
    ['job.tag', query.tag],
    ['job.progress', query.progress],
    ['job.created_at', query.createdAt],
    ['job.updated_at', query.updatedAt],
    ['job.started_at', query.startedAt],
    ['job.ended_at', query.endedAt],
    ['job.members', query.members && toJson(query.members)],
  ] as const
  for (const [column, value] of equal) {
    if (value !== undefined) builder = builder.where(column, '=', value)
  }
  if (query.states) builder = builder.where('job.state', 'in', query.states)
  if (query.elapsed !== undefined) {
    builder = builder.where(sql`job.ended_at - job.started_at`, '=', query.elapsed)
  }
  for (const [key, value] of Object.entries(query.request ?? {})) {
    builder = builder.where(sql`json_extract(job.request, ${`$."${key}"`})`, '=', toJson(value))
  }
  if (query.role !== undefined || query.party !== undefined || query.isInitiator !== undefined) {
    builder = builder.where((expression) => expression.exists(placesOf(expression, query)))
  }
  return builder
}

function placesOf(expression: ExpressionBuilder<Database, 'job'>, query: MemberFilter) {
  let places = expression
    .selectFrom('job_member')
    .select(['job_member.role', 'job_member.party'])
    .whereRef('job_member.job_id', '=', 'job.id')
  if (query.role !== undefined) places = places.where('job_member.role', '=', query.role)
  if (query.party !== undefined) places = places.where('job_member.party', '=', query.party)
  if (query.isInitiator !== undefined) {
    places = places.where(
      sql`(job_member.role = job.initiator_role and job_member.party = job.initiator_party)`,
      '=',
      Number(query.isInitiator),
    )
  }
  return places.orderBy('job_member.role').orderBy('job_member.position')
}
