/**
 * Listing jobs of task roles: filters, orders, pages and counts, in the database.
 * @module
 */
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Database } from '../db/schema.ts'
import type { Db } from '../db/type.ts'

export interface FrameworkFilter {
  readonly owners?: readonly string[]
  readonly virtualClusters?: readonly string[]
  /** Of WAITING, RUNNING, SUCCEEDED, FAILED and STOPPED. */
  readonly states?: readonly string[]
  /** Part of the owner, the name or the virtual cluster. */
  readonly keyword?: string
  readonly tagged?: readonly string[]
  readonly untagged?: readonly string[]
  /** Null among them: those without. */
  readonly priorities?: readonly (string | null)[]
}

export const FRAMEWORK_ORDERS = [
  'jobName',
  'submissionTime',
  'username',
  'vc',
  'retries',
  'totalTaskNumber',
  'totalGpuNumber',
  'state',
  'completionTime',
  'jobPriority',
] as const
export type FrameworkOrder = (typeof FRAMEWORK_ORDERS)[number]

export interface FrameworkPage {
  readonly order: FrameworkOrder
  readonly descending: boolean
  readonly offset: number
  readonly limit: number
}

/** A line of the list. */
export interface ListedFramework {
  readonly jobId: string
  readonly owner: string
  readonly name: string
  readonly state: string
  /** Whether the attempt is set up, is at work, or is over. */
  readonly begun: boolean
  readonly tags: readonly string[]
  readonly execution: string
  readonly attempt: number
  readonly retries: { readonly user: number; readonly platform: number; readonly resource: number }
  readonly dueAt: number | null
  readonly submittedAt: number
  readonly launchedAt: number | null
  readonly completedAt: number | null
  readonly exitCode: number | null
  readonly virtualCluster: string
  readonly totalGpus: number
  readonly totalTasks: number
  readonly totalRoles: number
  readonly priority: string | null
}

/** How it stands: what is not over runs as soon as one of the current attempt's instances has begun. */
const STATE = sql<string>`case when framework.state <> 'active' then framework.state
  when exists (select 1 from task where task.job_id = framework.job_id and task.state = 'running')
  then 'RUNNING' else 'WAITING' end`

/** From this offset on it is worth counting first. */
const DEEP = 1000

/** Tags that are looked for as text. */
const MOST_TEXTS = 8

const COLUMNS: Readonly<Record<FrameworkOrder, RawBuilder<unknown>>> = {
  jobName: sql`framework.name`,
  submissionTime: sql`framework.submitted_at`,
  username: sql`framework.owner`,
  vc: sql`framework.virtual_cluster`,
  retries: sql`framework.attempt`,
  totalTaskNumber: sql`framework.total_tasks`,
  totalGpuNumber: sql`framework.total_gpus`,
  state: STATE,
  completionTime: sql`framework.completed_at`,
  jobPriority: sql`framework.priority`,
}

/** The newest versions that pass the filter. */
export async function listFrameworks(
  db: Db,
  filter: FrameworkFilter,
  page: FrameworkPage,
): Promise<ListedFramework[]> {
  const order = orderOf(page)
  const way = await nearerEnd(db, filter, page)
  // Only what the index has is sorted; the rows of the page alone are read.
  const found = matching(db, filter)
    .select('framework.job_id')
    .orderBy(orderOf(way))
    .orderBy('framework.job_id', way.descending ? 'desc' : 'asc')
    .limit(way.limit)
    .offset(way.offset)
  const rows = await db
    .selectFrom('framework')
    .where('framework.job_id', 'in', found)
    .select([
      'framework.job_id',
      'framework.owner',
      'framework.name',
      'framework.tags',
      'framework.execution',
      'framework.attempt',
      'framework.user_retries',
      'framework.platform_retries',
      'framework.resource_retries',
      'framework.due_at',
      'framework.submitted_at',
      'framework.launched_at',
      'framework.completed_at',
      'framework.exit_code',
      'framework.virtual_cluster',
      'framework.total_gpus',
      'framework.total_tasks',
      'framework.total_roles',
      'framework.priority',
    ])
    .select(STATE.as('state'))
    .orderBy(order)
    .orderBy('framework.job_id', page.descending ? 'desc' : 'asc')
    .execute()
  return rows.map((row) => ({
    jobId: row.job_id,
    owner: row.owner,
    name: row.name,
    state: row.state,
    begun: row.state === 'RUNNING',
    tags: fromJson(row.tags),
    execution: row.execution,
    attempt: row.attempt,
    retries: {
      user: row.user_retries,
      platform: row.platform_retries,
      resource: row.resource_retries,
    },
    dueAt: row.due_at,
    submittedAt: row.submitted_at,
    launchedAt: row.launched_at,
    completedAt: row.completed_at,
    exitCode: row.exit_code,
    virtualCluster: row.virtual_cluster,
    totalGpus: row.total_gpus,
    totalTasks: row.total_tasks,
    totalRoles: row.total_roles,
    priority: row.priority,
  }))
}

/** How many there are that pass the filter. */
export async function countFrameworks(db: Db, filter: FrameworkFilter): Promise<number> {
  const { count } = await matching(db, filter)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

function orderOf({ order, descending }: FrameworkPage): RawBuilder<unknown> {
  const column = COLUMNS[order]
  return descending ? sql`${column} desc nulls first` : sql`${column} asc nulls last`
}

/** The same page, from the other end where that is nearer: all that comes before a page has to be sorted. */
async function nearerEnd(
  db: Db,
  filter: FrameworkFilter,
  page: FrameworkPage,
): Promise<FrameworkPage> {
  if (page.offset < DEEP) return page
  const count = await countFrameworks(db, filter)
  const after = Math.max(0, count - page.offset - page.limit)
  if (after >= page.offset) return page
  const limit = Math.max(0, Math.min(page.limit, count - page.offset))
  return { ...page, descending: !page.descending, offset: after, limit }
}

function matching(
  db: Db,
  filter: FrameworkFilter,
): SelectQueryBuilder<Database, 'framework', object> {
  const { owners, virtualClusters, states, keyword, tagged, untagged, priorities } = filter
  let query = db.selectFrom('framework').where('framework.latest', '=', 1)
  if (owners) query = query.where('framework.owner', 'in', inList(owners))
  if (virtualClusters)
    query = query.where('framework.virtual_cluster', 'in', inList(virtualClusters))
  if (states) query = query.where(STATE, 'in', inList(states))
  if (keyword !== undefined && keyword !== '') {
    const like = `%${keyword.replaceAll(/[%_\\]/g, '\\$&')}%`
    const has = (column: RawBuilder<unknown>) => sql<boolean>`${column} like ${like} escape '\\'`
    query = query.where(({ or }) =>
      or([has(COLUMNS.username), has(COLUMNS.jobName), has(COLUMNS.vc)]),
    )
  }
  if (tagged) query = query.where(hasTag(tagged))
  if (untagged) query = query.where(sql<boolean>`not ${hasTag(untagged)}`)
  if (priorities) {
    const named = priorities.filter((one) => one !== null)
    query = query.where(({ or, eb }) =>
      or([
        eb('framework.priority', 'in', inList(named)),
        ...(priorities.includes(null) ? [eb('framework.priority', 'is', null)] : []),
      ]),
    )
  }
  return query
}

/**
 * Whether a job has one of the tags. Taking JSON apart is dear for each of many rows: where the text has no escapes, a
 * tag between quotes stands in it only as itself, and where it does not stand in it, the job does not have it.
 */
function hasTag(tags: readonly string[]): RawBuilder<boolean> {
  const parsed = sql<boolean>`exists (select 1 from json_each(framework.tags) as tag
    where tag.value in ${inList(tags)})`
  // A tag that could be what is between two others, and so many that the statement would grow, are looked for in full.
  if (tags.length === 0 || tags.length > MOST_TEXTS || tags.some((tag) => /^[\s,]*$/.test(tag)))
    return sql`(framework.tags <> '[]' and ${parsed})`
  const texts = tags.map((tag) => sql`instr(framework.tags, ${JSON.stringify(tag)})`)
  return sql`(case when not (${sql.join(texts, sql` or `)}) then 0
    when instr(framework.tags, '\\') = 0 then 1 else ${parsed} end)`
}
