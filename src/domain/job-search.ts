/**
 * Finding jobs among many: by who took part, by what ran, by when; in several orders, page by page.
 * @module
 */
import { type SelectQueryBuilder, sql } from 'kysely'

import type { Database } from '../db/schema.ts'
import type { Db } from '../db/type.ts'
import { type Job, type JobFilter, toJob, whereJobs } from './job.ts'
import { fromCursor, type Page, type PageRequest, toCursor } from './page.ts'

/** Newest first, oldest first, or those that took longest first. */
export const JOB_ORDERS = ['newest', 'oldest', 'longest'] as const
export type JobOrder = (typeof JOB_ORDERS)[number]

export interface JobSearch extends JobFilter {
  /** The role of some party in it; together with `party` that party's role. */
  readonly role?: string
  readonly party?: string
  /** Part of the name of a component, or of its module. */
  readonly component?: string
  /** Submitted at this time or later, in milliseconds since 1970. */
  readonly since?: number
  /** Submitted before this time. */
  readonly until?: number
}

/** A page of the jobs that match. The cursor of a page is good for the order that it was made with. */
export async function searchJobs(
  db: Db,
  query: JobSearch & PageRequest & { readonly order?: JobOrder },
): Promise<Page<Job>> {
  const { order = 'newest', limit } = query
  const cursor = fromCursor(query.after)
  const key =
    order === 'longest'
      ? // One more than it took, so that those that have not ended come last.
        sql<number>`coalesce(ended_at - started_at + 1, 0)`
      : sql<number>`created_at`
  const isUp = order === 'oldest'
  let builder = whereSearch(db.selectFrom('job'), query).selectAll().select(key.as('sort_key'))
  if (cursor) {
    const sign = sql.raw(isUp ? '>' : '<')
    builder = builder.where(sql<boolean>`(${key}, id) ${sign} (${cursor.at}, ${cursor.id})`)
  }
  const direction = isUp ? 'asc' : 'desc'
  const rows = await builder
    .orderBy('sort_key', direction)
    .orderBy('id', direction)
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const jobs = items.map(toJob)
  return rows.length > limit && last
    ? { items: jobs, next: toCursor(last.sort_key, last.id) }
    : { items: jobs }
}

/** How many jobs match. */
export async function countSearch(db: Db, search: JobSearch): Promise<number> {
  const { count } = await whereSearch(db.selectFrom('job'), search)
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

type Jobs<O> = SelectQueryBuilder<Database, 'job', O>

function whereSearch<O>(jobs: Jobs<O>, search: JobSearch): Jobs<O> {
  const { role, party, component, since, until } = search
  let builder = whereJobs(jobs, search)
  if (role || party) {
    builder = builder.where(({ eb, selectFrom }) => {
      let member = selectFrom('job_member').select('job_member.job_id')
      if (role) member = member.where('job_member.role', '=', role)
      if (party) member = member.where('job_member.party', '=', party)
      // Read once; as a question for every job it takes many times as long.
      return eb('job.id', 'in', member)
    })
  }
  const text = component?.trim().toLowerCase()
  if (text) {
    // Most graphs do not hold the text at all, which is seen without reading them as JSON.
    const raw = JSON.stringify(text).slice(1, -1)
    builder = builder.where(
      sql<boolean>`instr(lower(job.graph), ${raw}) > 0 and exists (select 1 from json_each(job.graph) as node
        where instr(lower(node.value ->> 'name'), ${text}) > 0
        or instr(lower(node.value ->> 'module'), ${text}) > 0)`,
    )
  }
  if (since !== undefined) builder = builder.where('created_at', '>=', since)
  if (until !== undefined) builder = builder.where('created_at', '<', until)
  return builder
}
