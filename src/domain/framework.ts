/**
 * Jobs made of task roles: submitting, finding, stopping, tagging. A name belongs to an account and may have several
 * versions, each with its own attempts.
 * @module
 */
import { type Selectable, sql } from 'kysely'

import { fromJson, toJson } from '../db/json.ts'
import type { FrameworkTable } from '../db/table/framework.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict, forbidden, invalid, notFound } from './error.ts'
import { appendEvents } from './event.ts'
import { frameworkTasks } from './framework-advance.ts'
import { FRAMEWORK, type FrameworkPlan, totalsOf } from './framework-plan.ts'
import { requireRoom } from './framework-room.ts'
import { enterWebhook, type FrameworkWebhook, requireAddress } from './framework-webhook.ts'
import { jobId } from './id.ts'
import { stopJob, submitJob } from './job.ts'
import { getCluster, overQuota } from './virtual-cluster.ts'

export interface NewFramework {
  readonly owner: string
  readonly name: string
  /** Null: the first. */
  readonly version: number | null
  readonly virtualCluster: string
  readonly priority: string | null
  /** What was submitted, its secrets hidden. */
  readonly config: string
  readonly secrets: Readonly<Record<string, unknown>>
  readonly plan: FrameworkPlan
  /** Told of its changes. */
  readonly webhook?: FrameworkWebhook
  /** What its owner should know of it. */
  readonly warnings?: readonly string[]
}

/** One version of a job. */
export interface Framework {
  readonly jobId: string
  readonly owner: string
  readonly name: string
  readonly version: number
  readonly virtualCluster: string
  readonly priority: string | null
  readonly config: string
  readonly plan: FrameworkPlan
  readonly tags: readonly string[]
  readonly execution: 'START' | 'STOP'
  readonly state: FrameworkState
  /** Number of the current attempt, from 0. */
  readonly attempt: number
  readonly retries: {
    readonly user: number
    readonly platform: number
    readonly resource: number
    /** Of those of the user, the ones whose cause is not known. */
    readonly unknown: number
  }
  readonly dueAt: number | null
  readonly totalGpus: number
  readonly totalTasks: number
  readonly totalRoles: number
  readonly submittedAt: number
  readonly launchedAt: number | null
  readonly completedAt: number | null
  readonly exitCode: number | null
}

/** `active`: not over. */
export type FrameworkState = 'active' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'

/** How the priorities of the protocol compare. */
export const PRIORITIES: Readonly<Record<string, number>> = {
  crit: 120,
  prod: 100,
  test: 10,
  oppo: -1,
}

/**
 * Enters a job, or a new version of one; what of an earlier version still runs is stopped. Refuses what no live runner
 * could ever run, and a version that is there already.
 */
export async function submitFramework(db: Db, job: NewFramework): Promise<Framework> {
  await requirePossible(db, job)
  return inTransaction(db, async (trx) => {
    const now = await databaseTime(trx)
    const { owner, name } = job
    const earlier = await latestOf(trx, owner, name)
    const version = job.version ?? 1
    refuseTaken(job, earlier?.version)
    if (earlier) {
      await stopJob(trx, { id: earlier.job_id, reason: `Version ${version} follows` }, now)
      await trx
        .updateTable('framework')
        .set({ latest: 0 })
        .where('job_id', '=', earlier.job_id)
        .execute()
    }
    const id = jobId(now)
    const priority = PRIORITIES[job.priority ?? 'test'] ?? 0
    await submitJob(
      trx,
      {
        id,
        surface: 'openpai',
        kind: FRAMEWORK,
        owner,
        name: `${owner}~${name}`,
        priority,
        members: {},
        graph: [],
        tasks: frameworkTasks(job.plan, 0),
        request: { version },
        warnings: job.warnings,
        enter: (inner) => enter(inner, { job, id, version, now }),
      },
      now,
    )
    return getFramework(trx, id)
  })
}

/** Throws what `submitFramework` would, as things stand now; nothing is entered. */
export async function checkFramework(db: Db, job: NewFramework): Promise<void> {
  await requirePossible(db, job)
  refuseTaken(job, (await latestOf(db, job.owner, job.name))?.version)
}

async function requirePossible(db: Db, job: NewFramework): Promise<void> {
  const cluster = await getCluster(db, job.virtualCluster)
  const over = overQuota(cluster, totalsOf(job.plan))
  if (over !== undefined) throw forbidden(over)
  if (job.webhook) requireAddress(job.webhook)
  await requireRoom(db, job.plan)
}

function refuseTaken(job: NewFramework, latest: number | undefined): void {
  if (latest !== undefined && (job.version ?? 1) <= latest)
    throw conflict(`Job ${job.owner}~${job.name} already exists.`)
}

async function enter(
  trx: Trx,
  entry: { job: NewFramework; id: string; version: number; now: number },
): Promise<void> {
  const { job, id, version, now } = entry
  const totals = totalsOf(job.plan)
  await trx
    .insertInto('framework')
    .values({
      job_id: id,
      owner: job.owner,
      name: job.name,
      version,
      latest: 1,
      virtual_cluster: job.virtualCluster,
      priority: job.priority,
      config: job.config,
      secrets: Object.keys(job.secrets).length === 0 ? null : toJson({ ...job.secrets }),
      plan: toJson(job.plan as unknown),
      execution: 'START',
      state: 'active',
      total_gpus: totals.gpus,
      total_tasks: totals.tasks,
      total_roles: job.plan.roles.length,
      submitted_at: now,
    })
    .execute()
  await trx
    .insertInto('framework_attempt')
    .values({ job_id: id, number: 0, created_at: now })
    .execute()
  if (job.webhook) await enterWebhook(trx, { jobId: id, webhook: job.webhook, at: now })
}

/** The newest version of the job that somebody's name for it means, or the version asked for. */
export async function findFramework(
  db: Db,
  wanted: { owner: string | null; name: string; version?: number; prefer?: string },
): Promise<Framework | undefined> {
  const rows = await db
    .selectFrom('framework')
    .selectAll()
    .where('name', '=', wanted.name)
    .$if(wanted.owner !== null, (query) => query.where('owner', '=', wanted.owner ?? ''))
    .$if(wanted.version === undefined, (query) => query.where('latest', '=', 1))
    .$if(wanted.version !== undefined, (query) => query.where('version', '=', wanted.version ?? 0))
    // Of several owners the caller comes first, then who was last.
    .orderBy(sql`owner = ${wanted.prefer ?? ''}`, 'desc')
    .orderBy('submitted_at', 'desc')
    .limit(1)
    .execute()
  return rows[0] && toFramework(rows[0])
}

/** The versions of a job, oldest first. */
export async function listVersions(
  db: Db,
  job: { owner: string; name: string },
): Promise<number[]> {
  const rows = await db
    .selectFrom('framework')
    .select('version')
    .where('owner', '=', job.owner)
    .where('name', '=', job.name)
    .orderBy('version')
    .execute()
  return rows.map((row) => row.version)
}

/** Stops it, or takes note that it is to run; one that is over stays as it is. */
export async function setExecution(
  db: Db,
  change: { jobId: string; execution: 'START' | 'STOP'; by: string },
): Promise<void> {
  const { jobId: id, execution, by } = change
  if (execution === 'STOP') {
    await stopJob(db, { id, reason: `Stopped by ${by}` })
    return
  }
  const at = await databaseTime(db)
  await appendEvents(db, [
    { jobId: id, at, type: 'framework.start', message: `${by} asked for it to run` },
  ])
}

/** Adds a tag or takes it away. False when there is no such tag to take away. */
export async function setTag(
  db: Db,
  change: { jobId: string; tag: string; on: boolean },
): Promise<boolean> {
  const { tag, on } = change
  if (tag === '' || tag.length > 255 || tag.includes(','))
    throw invalid('A tag has 1 to 255 characters and no comma')
  return inTransaction(db, async (trx) => {
    const { tags } = await getFramework(trx, change.jobId)
    if (!on && !tags.includes(tag)) return false
    const kept = tags.filter((one) => one !== tag)
    await trx
      .updateTable('framework')
      .set({ tags: toJson(on ? [...kept, tag] : kept) })
      .where('job_id', '=', change.jobId)
      .execute()
    return true
  })
}

/** The version with that job. */
export async function getFramework(db: Db, id: string): Promise<Framework> {
  const row = await db
    .selectFrom('framework')
    .selectAll()
    .where('job_id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound(`Job ${id} is no job of task roles`)
  return toFramework(row)
}

function latestOf(trx: Db, owner: string, name: string) {
  return trx
    .selectFrom('framework')
    .select(['job_id', 'version'])
    .where('owner', '=', owner)
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function toFramework(row: Selectable<FrameworkTable>): Framework {
  return {
    jobId: row.job_id,
    owner: row.owner,
    name: row.name,
    version: row.version,
    virtualCluster: row.virtual_cluster,
    priority: row.priority,
    config: row.config,
    plan: fromJson(row.plan) as FrameworkPlan,
    tags: fromJson(row.tags),
    execution: row.execution === 'STOP' ? 'STOP' : 'START',
    state: row.state as FrameworkState,
    attempt: row.attempt,
    retries: {
      user: row.user_retries,
      platform: row.platform_retries,
      resource: row.resource_retries,
      unknown: row.unknown_retries,
    },
    dueAt: row.due_at,
    totalGpus: row.total_gpus,
    totalTasks: row.total_tasks,
    totalRoles: row.total_roles,
    submittedAt: row.submitted_at,
    launchedAt: row.launched_at,
    completedAt: row.completed_at,
    exitCode: row.exit_code,
  }
}
