/**
 * Models that jobs have made: their versions, what they are used with, and where their parts are.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Members } from '../db/table/job.ts'
import type { ModelTable } from '../db/table/record.ts'
import type { Db } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { unavailable } from './error.ts'
import { jobId } from './id.ts'
import { isJobOver, type JobState } from './job-state.ts'
import { ownedBy } from './owner.ts'
import { liveRunners, serves } from './runner.ts'

export interface ModelVersion {
  readonly modelId: string
  /** The id of the job that made it, unless it was deployed from another version. */
  readonly version: string
  /** The job that trained it. */
  readonly jobId: string
  readonly members: Members
  /** What its surface keeps to use it with. */
  readonly pipeline: Record<string, unknown>
  readonly createdAt: number
  /** How far its job has come; `gone` where that was deleted. */
  readonly state: JobState | 'gone'
}

/** A party's part of a model: what one node of the training left there. */
export interface ModelPart {
  readonly node: string
  readonly role: string
  readonly party: string
  /** The data directory that holds it. */
  readonly site: string | null
}

/** That version of a model, also while it is being trained, or undefined. */
export async function findModel(
  db: Db,
  key: { modelId: string; version: string; owner?: string },
): Promise<ModelVersion | undefined> {
  const row = await selectModels(db)
    .where(ownedBy(key.owner))
    .where('model.model_id', '=', key.modelId)
    .where('model.version', '=', key.version)
    .executeTakeFirst()
  return row && toModel(row)
}

/** The versions of a model whose training has succeeded, newest first. */
export async function listModelVersions(
  db: Db,
  query: { modelId: string; owner?: string; limit: number },
): Promise<ModelVersion[]> {
  const rows = await selectModels(db)
    .where('model.model_id', '=', query.modelId)
    .where('job.state', '=', 'succeeded')
    .where(ownedBy(query.owner))
    .orderBy('model.created_at', 'desc')
    .orderBy('model.version', 'desc')
    .limit(query.limit)
    .execute()
  return rows.map(toModel)
}

/** Versions whatever has become of their training, newest first. */
export async function searchModels(
  db: Db,
  query: { modelId?: string; version?: string; owner?: string; limit: number },
): Promise<ModelVersion[]> {
  let rows = selectModels(db).where(ownedBy(query.owner))
  if (query.modelId !== undefined) rows = rows.where('model.model_id', '=', query.modelId)
  if (query.version !== undefined) rows = rows.where('model.version', '=', query.version)
  const found = await rows
    .orderBy('model.created_at', 'desc')
    .orderBy('model.version', 'desc')
    .limit(query.limit)
    .execute()
  return found.map(toModel)
}

/** Makes a version that is used with another pipeline; its parts are those of the training. Answers its name. */
export async function deployVersion(
  db: Db,
  deploy: { model: ModelVersion; pipeline: Record<string, unknown> },
): Promise<string> {
  const { model, pipeline } = deploy
  const now = await databaseTime(db)
  const version = jobId(now)
  await db
    .insertInto('model')
    .values({
      model_id: model.modelId,
      version,
      job_id: model.jobId,
      members: toJson(model.members),
      pipeline: toJson(pipeline),
      created_at: now,
    })
    .execute()
  return version
}

/** What a training left at its parties. */
export async function listModelParts(db: Db, jobId: string): Promise<ModelPart[]> {
  const rows = await db
    .selectFrom('artifact')
    .innerJoin('task', 'task.id', 'artifact.task_id')
    .select(['task.name', 'task.role', 'task.party', 'artifact.site'])
    .where('artifact.job_id', '=', jobId)
    .where('artifact.kind', '=', 'model')
    .orderBy('artifact.id')
    .execute()
  return rows.flatMap(({ name, role, party, site }) =>
    role === null || party === null ? [] : [{ node: name, role, party, site }],
  )
}

/** Refuses a model of which some party has lost its part, with that party's name. */
export async function requireParts(
  db: Db,
  model: { modelId: string; version: string },
  parts: readonly ModelPart[],
): Promise<void> {
  const live = await liveRunners(db)
  for (const { role, party, site, node } of parts) {
    if (live.some((runner) => runner.site === site && serves(runner, party))) continue
    throw unavailable(
      `Model ${model.modelId} version ${model.version}: ${role} ${party} has lost its part (${node}): no live runner of ` +
        'that party has the data directory in which it was trained; start that runner again, or train again',
    )
  }
}

/** Why a version cannot be used yet or any more, or undefined. */
export function explainModel(model: ModelVersion): string | undefined {
  const { modelId, version, state } = model
  if (state === 'succeeded') return undefined
  const why =
    state !== 'gone' && isJobOver(state) ? `its training is ${state}` : 'it is not trained yet'
  return `Model ${modelId} version ${version} cannot be used: ${why}; see job ${version}`
}

function selectModels(db: Db) {
  return db
    .selectFrom('model')
    .leftJoin('job', 'job.id', 'model.job_id')
    .selectAll('model')
    .select('job.state')
}

function toModel(row: ModelTable & { state: string | null }): ModelVersion {
  return {
    modelId: row.model_id,
    version: row.version,
    jobId: row.job_id,
    members: fromJson(row.members),
    pipeline: row.pipeline === null ? {} : fromJson(row.pipeline),
    createdAt: row.created_at,
    state: (row.state as JobState | null) ?? 'gone',
  }
}
