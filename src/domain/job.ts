/**
 * Jobs: submit, find, list, stop.
 * @module
 */
import { type SelectQueryBuilder, sql } from 'kysely'

import { fromJson, type Json, toJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Database } from '../db/schema.ts'
import type { JobNode, JobTable, Members } from '../db/table/job.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { APART, endJob, MAX_RUNNING_JOBS, startJobs } from './advance.ts'
import { databaseTime } from './clock.ts'
import { conflict, notFound } from './error.ts'
import { appendEvents, type NewEvent } from './event.ts'
import { jobId } from './id.ts'
import { isJobOver, type JobState } from './job-state.ts'
import { checkNeeds } from './needs.ts'
import { insertTasks, type NewTask } from './new-task.ts'
import { fromCursor, type Page, type PageRequest, toPage } from './page.ts'

export type { NewTask } from './new-task.ts'

export interface NewJob {
  /** Its id, where the surface has a form of its own; taken by another job it is refused. */
  readonly id?: string
  readonly surface: string
  readonly kind: string
  /** The account whose it is; null or absent for the operator's. */
  readonly owner?: string | null
  readonly name?: string
  readonly description?: string
  readonly tag?: string
  readonly priority?: number
  readonly members: Members
  readonly initiator?: { readonly role: string; readonly party: string }
  /** Nodes in topological order. */
  readonly graph: readonly JobNode[]
  readonly tasks: readonly NewTask[]
  /** What the client sent, kept for its own questions. */
  readonly request: Record<string, unknown>
  readonly modelId?: string
  /** The version of a model that is there already; without it the job makes one, named as itself. */
  readonly modelVersion?: string
  /** What a model that the job makes is used with later. */
  readonly pipeline?: Record<string, unknown>
  /** What its submitter should see although the job goes ahead. */
  readonly warnings?: readonly string[]
  /** Enters what else belongs to it, before it can start. */
  readonly enter?: (trx: Trx, id: string) => Promise<void>
  /** It is only entered: who enters many calls `startJobs` once for all of them, in the same transaction. */
  readonly isHeld?: boolean
}

export interface Job {
  readonly id: string
  readonly surface: string
  readonly kind: string
  /** The account whose it is; null for the operator's. */
  readonly owner: string | null
  readonly name: string
  readonly description: string
  readonly tag: string
  readonly state: JobState
  readonly reason: string | null
  /** 0–100. */
  readonly progress: number
  readonly initiator: { readonly role: string; readonly party: string } | null
  readonly members: Members
  readonly graph: readonly JobNode[]
  readonly request: Record<string, unknown>
  readonly modelId: string | null
  readonly modelVersion: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** When a client asked for it to be forgotten. */
  readonly deletedAt: number | null
}

/** Enters a job with all its tasks, or nothing. It starts at once when fewer than five others run. */
export async function submitJob(db: Db, job: NewJob, at?: number): Promise<Job> {
  for (const { name, needs } of job.tasks) if (needs) checkNeeds(name, needs)
  return inTransaction(db, async (trx) => {
    const now = at ?? (await databaseTime(trx))
    const id = job.id ?? jobId(now)
    if (job.id !== undefined && (await findJob(trx, id)))
      throw conflict(`There is a job "${id}" already`)
    await trx
      .insertInto('job')
      .values({
        id,
        surface: job.surface,
        kind: job.kind,
        owner: job.owner ?? null,
        name: job.name ?? '',
        description: job.description ?? '',
        tag: job.tag ?? '',
        state: 'waiting',
        reason: null,
        priority: job.priority ?? 0,
        progress: 0,
        initiator_role: job.initiator?.role ?? null,
        initiator_party: job.initiator?.party ?? null,
        members: toJson(job.members),
        graph: toJson([...job.graph]),
        request: toJson(job.request),
        model_id: job.modelId ?? null,
        model_version: job.modelId === undefined ? null : (job.modelVersion ?? id),
        created_at: now,
        updated_at: now,
        started_at: null,
        ended_at: null,
        deleted_at: null,
      })
      .execute()
    if (job.modelId !== undefined && job.modelVersion === undefined) {
      await trx
        .insertInto('model')
        .values({
          model_id: job.modelId,
          version: id,
          job_id: id,
          members: toJson(job.members),
          pipeline: job.pipeline ? toJson(job.pipeline) : null,
          created_at: now,
        })
        .execute()
    }
    const members = Object.entries(job.members).flatMap(([role, parties]) =>
      parties.map((party, position) => ({ job_id: id, role, party, position })),
    )
    if (members.length > 0) await trx.insertInto('job_member').values(members).execute()
    await insertTasks(trx, { jobId: id, tasks: job.tasks, at: now })
    await job.enter?.(trx, id)
    await appendEvents(trx, [
      { jobId: id, at: now, type: 'job.submitted', message: 'The job was submitted' },
      ...(job.warnings ?? []).map((message): NewEvent => {
        return { jobId: id, at: now, type: 'job.warning', level: 'warning', message }
      }),
    ])
    if (!job.isHeld) await startJobs(trx, now)
    return getJob(trx, id)
  })
}

/** The job of that id, or undefined. */
export async function findJob(db: Db, id: string): Promise<Job | undefined> {
  const row = await db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toJob(row)
}

/** The job of that id. */
export async function getJob(db: Db, id: string): Promise<Job> {
  const job = await findJob(db, id)
  if (!job) throw notFound(`No job "${id}": see the job list for the ones there are`)
  return job
}

export interface JobFilter {
  readonly surface?: string
  readonly kind?: string
  readonly state?: string
  /** Part of the id or the name. */
  readonly text?: string
  /** The account whose they are; everybody's without it. */
  readonly owner?: string
}

/** Jobs, newest first, uploads left out unless asked for by kind. */
export async function listJobs(db: Db, query: JobFilter & PageRequest): Promise<Page<Job>> {
  const cursor = fromCursor(query.after)
  let builder = whereJobs(db.selectFrom('job'), query).selectAll()
  if (cursor) {
    builder = builder.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(cursor.at, cursor.id)),
    )
  }
  const rows = await builder
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute()
  const page = toPage(rows, query.limit)
  return { items: page.items.map(toJob), next: page.next }
}

/** The jobs among `jobs` that pass the filter. */
export function whereJobs<O>(
  jobs: SelectQueryBuilder<Database, 'job', O>,
  filter: JobFilter,
): SelectQueryBuilder<Database, 'job', O> {
  let builder = jobs
  if (filter.surface) builder = builder.where('surface', '=', filter.surface)
  builder = filter.kind
    ? builder.where('kind', '=', filter.kind)
    : builder.where('kind', '!=', 'upload')
  if (filter.state) builder = builder.where('state', '=', filter.state)
  if (filter.owner !== undefined) builder = builder.where('owner', '=', filter.owner)
  const text = filter.text?.trim()
  if (text) {
    const like = `%${text.replaceAll(/[%_\\]/g, '\\$&')}%`
    builder = builder.where(
      sql<boolean>`(${sql.ref('id')} like ${like} escape '\\' or ${sql.ref('name')} like ${like} escape '\\')`,
    )
  }
  return builder
}

/** How many jobs there are in each state. */
export async function countJobs(
  db: Db,
  filter: Pick<JobFilter, 'owner'> = {},
): Promise<Partial<Record<JobState, number>>> {
  const rows = await db
    .selectFrom('job')
    .select(['state', (expression) => expression.fn.countAll<number>().as('count')])
    .where('kind', '!=', 'upload')
    .$if(filter.owner !== undefined, (one) => one.where('owner', '=', filter.owner ?? ''))
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map((row) => [row.state, row.count]))
}

/** Stops a job; a job that is over stays as it is. Returns the job as it is afterwards. */
export async function stopJob(
  db: Db,
  stop: { id: string; reason: string },
  at?: number,
): Promise<Job> {
  return inTransaction(db, async (trx) => {
    const job = await getJob(trx, stop.id)
    if (isJobOver(job.state)) return job
    const now = at ?? (await databaseTime(trx))
    await endJob(trx, { jobId: stop.id, state: 'canceled', reason: stop.reason, at: now })
    return getJob(trx, stop.id)
  })
}

/** The places of those of the jobs that wait in line, from 1. */
export async function placesInLine(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await db
    .selectFrom((inner) =>
      inner
        .selectFrom('job')
        .select([
          'id',
          sql<number>`row_number() over (order by priority desc, created_at, id)`.as('place'),
        ])
        .where('state', '=', 'waiting')
        .where('kind', 'not in', APART)
        .as('line'),
    )
    .select(['id', 'place'])
    .where('id', 'in', inList(wanted))
    .execute()
  return new Map(rows.map(({ id, place }) => [id, place]))
}

/** Why a job that has not started waits, or null. */
export async function explainJob(db: Db, job: Job): Promise<string | null> {
  if (job.state !== 'waiting') return null
  const number = (await placesInLine(db, [job.id])).get(job.id)
  if (number === undefined) return null
  const place = number === 1 ? 'Next in line' : `Number ${number} in line`
  return `${place}: ${MAX_RUNNING_JOBS} jobs run at once`
}

/** A row as a job. */
export function toJob(row: JobTable): Job {
  return {
    id: row.id,
    surface: row.surface,
    kind: row.kind,
    owner: row.owner,
    name: row.name,
    description: row.description,
    tag: row.tag,
    state: row.state as JobState,
    reason: row.reason,
    progress: row.progress,
    initiator:
      row.initiator_role !== null && row.initiator_party !== null
        ? { role: row.initiator_role, party: row.initiator_party }
        : null,
    members: fromJson(row.members),
    graph: fromJson(row.graph),
    request: fromJson(row.request as Json<Record<string, unknown>>),
    modelId: row.model_id,
    modelVersion: row.model_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    deletedAt: row.deleted_at,
  }
}
