/**
 * Works: what a user keeps here to be run, on demand or by schedule. Each change of what it runs is a new version.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { WorkContent, WorkSettings, WorkTable } from '../db/table/work.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { conflict, notFound } from './error.ts'
import { randomId } from './id.ts'
import { isJobOver, type JobState } from './job-state.ts'
import { fold } from './works-search.ts'

export type { WorkContent, WorkSettings } from '../db/table/work.ts'

/** Of a job, its newest run; or one of those that an owner may set while nothing runs. */
export type WorkState = JobState | 'created' | 'initializing' | 'failing' | 'canceling'

export type WorkType = 'STREAMING' | 'BATCH'
export type WorkCategory = 'FLINK_SQL' | 'FLNK_JAR'
export type Frequency = 'once' | 'hourly' | 'daily' | 'weekly'

export interface Work extends WorkContent {
  readonly id: string
  readonly lambdaId: string
  readonly userId: string
  readonly name: string
  readonly description: string
  readonly type: WorkType
  readonly category: WorkCategory
  readonly state: WorkState
  readonly frequency: Frequency | null
  readonly version: number
  readonly settings: WorkSettings
  /** Its newest run. */
  readonly runId: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
  /** The account whose it is; null for the operator's. */
  readonly owner: string | null
}

export interface NewWork extends WorkContent {
  readonly owner?: string | null
  readonly userId: string
  readonly name: string
  readonly description: string
  readonly type: WorkType
  readonly category: WorkCategory
  readonly state: WorkState
  readonly frequency: Frequency | null
  readonly settings: WorkSettings
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/** What an owner may change; what is absent stays. */
export type WorkChange = Partial<
  Pick<NewWork, 'userId' | 'name' | 'description' | 'state' | 'frequency' | 'settings'> &
    WorkContent
>

/** Enters a work. */
export async function createWork(db: Db, work: NewWork): Promise<Work> {
  return inTransaction(db, async (trx) => {
    const id = randomId()
    await trx
      .insertInto('work')
      .values({
        id,
        lambda_id: randomId(),
        user_id: work.userId,
        owner: work.owner ?? null,
        ...named(work),
        type: work.type,
        category: work.category,
        state: work.state,
        frequency: work.frequency,
        version: 1,
        settings: toJson(work.settings),
        run_id: null,
        settled_id: null,
        created_at: work.createdAt,
        updated_at: work.updatedAt,
        deleted_at: work.deletedAt,
      })
      .execute()
    await keepVersion(trx, { id, version: 1, content: contentOf(work), at: work.createdAt })
    return getWork(trx, id, { deleted: true })
  })
}

/** The work of that id. Deleted ones are not found unless `deleted` asks for them. */
export async function getWork(
  db: Db,
  id: string,
  options: { readonly deleted?: boolean } = {},
): Promise<Work> {
  const work = await findWork(db, id, options)
  if (!work) throw notFound(`No work "${id}": GET /api/v1/works lists those there are`)
  return work
}

async function findWork(
  db: Db,
  id: string,
  options: { readonly deleted?: boolean } = {},
): Promise<Work | undefined> {
  const [work] = await readWorks(db, [id], options)
  return work
}

/** Changes a work; a change of what it runs makes a new version. */
export async function changeWork(
  db: Db,
  { id, change, at }: { id: string; change: WorkChange; at: number },
): Promise<Work> {
  return inTransaction(db, async (trx) => {
    const work = await getWork(trx, id)
    if (change.state !== undefined && change.state !== work.state && isUnderWay(work))
      throw conflict(`Work ${id} is ${work.state}: its status cannot be set while it runs`)
    const next = { ...work, ...change }
    const content = contentOf(next)
    const version =
      JSON.stringify(content) === JSON.stringify(contentOf(work)) ? work.version : work.version + 1
    if (version !== work.version) await keepVersion(trx, { id, version, content, at })
    await trx
      .updateTable('work')
      .set({
        user_id: next.userId,
        ...named(next),
        state: next.state,
        frequency: next.frequency,
        settings: toJson(next.settings),
        version,
        updated_at: at,
      })
      .where('id', '=', id)
      .execute()
    return getWork(trx, id)
  })
}

/** Takes a work out of every list. Its runs are kept. */
export async function deleteWork(db: Db, { id, at }: { id: string; at: number }): Promise<void> {
  await getWork(db, id)
  await db
    .updateTable('work')
    .set({ deleted_at: at, updated_at: at })
    .where('id', '=', id)
    .execute()
}

/** Whether its newest run is not over. */
export function isUnderWay(work: Pick<Work, 'runId' | 'state'>): boolean {
  return work.runId !== null && isJob(work.state) && !isJobOver(work.state)
}

const JOB_STATES: readonly string[] = [
  'waiting',
  'running',
  'suspended',
  'succeeded',
  'failed',
  'canceled',
] satisfies JobState[]

function isJob(state: WorkState): state is JobState {
  return JOB_STATES.includes(state)
}

/** The versions of a work, newest first. */
export async function listVersions(
  db: Db,
  id: string,
): Promise<{ version: number; content: WorkContent; createdAt: number }[]> {
  const rows = await db
    .selectFrom('work_version')
    .selectAll()
    .where('work_id', '=', id)
    .orderBy('version', 'desc')
    .execute()
  return rows.map((row) => ({
    version: row.version,
    content: fromJson(row.content),
    createdAt: row.created_at,
  }))
}

/** The works of these ids, in no order. */
export async function readWorks(
  db: Db,
  ids: readonly string[],
  options: { readonly deleted?: boolean | undefined } = {},
): Promise<Work[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('work')
    .innerJoin('work_version', (join) =>
      join
        .onRef('work_version.work_id', '=', 'work.id')
        .onRef('work_version.version', '=', 'work.version'),
    )
    .selectAll('work')
    .select('work_version.content')
    .where('work.id', 'in', [...ids])
    .$if(!options.deleted, (builder) => builder.where('work.deleted_at', 'is', null))
    .execute()
  return rows.map((row) => toWork(row, fromJson(row.content)))
}

function toWork(row: WorkTable, content: WorkContent): Work {
  return {
    ...content,
    id: row.id,
    lambdaId: row.lambda_id,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    type: row.type as WorkType,
    category: row.category as WorkCategory,
    state: row.state as WorkState,
    frequency: row.frequency as Frequency | null,
    version: row.version,
    settings: fromJson(row.settings),
    runId: row.run_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    owner: row.owner,
  }
}

function named({ name, description }: { name: string; description: string }) {
  return {
    name,
    description,
    name_folded: fold(name),
    description_folded: fold(description),
  }
}

function contentOf(work: WorkContent): WorkContent {
  const { script, workDirectory, mainClassName, extraParams, javaVersion } = work
  return { script, workDirectory, mainClassName, extraParams, javaVersion }
}

async function keepVersion(
  trx: Trx,
  entry: { id: string; version: number; content: WorkContent; at: number },
): Promise<void> {
  await trx
    .insertInto('work_version')
    .values({
      work_id: entry.id,
      version: entry.version,
      content: toJson(entry.content),
      created_at: entry.at,
    })
    .execute()
}
