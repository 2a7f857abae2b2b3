/**
 * Models that come from a file, or from other parties: the training that made them is entered as if it had run here.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Members } from '../db/table/job.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict } from './error.ts'
import { appendEvents } from './event.ts'
import type { ComponentSpec } from './work.ts'

/** A component of a party's part. */
export interface ImportedPart {
  readonly node: string
  readonly position: number
  readonly work: ComponentSpec
  /** Null where it has learnt nothing. */
  readonly model: { readonly name: string; readonly preview: unknown } | null
}

export interface ImportedModel {
  readonly modelId: string
  readonly version: string
  /** The job that trained it. */
  readonly jobId: string
  readonly role: string
  readonly party: string
  readonly members: Members
  readonly pipeline: Record<string, unknown>
  /** The data directory that gets the part. */
  readonly site: string
  readonly parts: readonly ImportedPart[]
  /** Puts it in the place of one that is there already. */
  readonly force: boolean
  /** How it came here: what its training is called and tagged, and the sentence of its event. */
  readonly origin?: { readonly name: string; readonly tag: string; readonly told: string }
  /** The account whose the training becomes; null or absent for the operator's. */
  readonly owner?: string | null
}

/** Enters a part; `store` puts its files in their place, and nothing is entered where that fails. */
export async function importModel(
  db: Db,
  part: ImportedModel,
  store: () => Promise<void>,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const now = await databaseTime(trx)
    await enterTraining(trx, part, now)
    await enterVersion(trx, part, now)
    await enterTasks(trx, part, now)
    await appendEvents(trx, [
      {
        jobId: part.jobId,
        at: now,
        type: 'model.imported',
        message: `The part of ${part.role} ${part.party} ${part.origin?.told ?? 'was imported from a file'}`,
      },
    ])
    await store()
  })
}

async function enterTraining(trx: Trx, part: ImportedModel, now: number): Promise<void> {
  const { jobId, modelId, members, pipeline } = part
  const known = await trx
    .selectFrom('job')
    .select(['model_id', 'state', 'members'])
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (known) {
    const same = JSON.stringify(fromJson(known.members)) === JSON.stringify(members)
    if (known.model_id === modelId && known.state === 'succeeded' && same) return
    throw conflict(
      `Job ${jobId} of this server is not the training of ${modelId} that the archive comes from: it cannot be imported here`,
    )
  }
  await trx
    .insertInto('job')
    .values({
      id: jobId,
      surface: 'fate',
      kind: 'train',
      owner: part.owner ?? null,
      name: part.origin?.name ?? 'Imported model',
      description: '',
      tag: part.origin?.tag ?? 'imported',
      state: 'succeeded',
      reason: null,
      priority: 0,
      progress: 100,
      initiator_role: part.role,
      initiator_party: part.party,
      members: toJson(members),
      graph: toJson(
        part.parts.map(({ node, work }) => ({ name: node, module: work.module, needs: [] })),
      ),
      request: toJson({
        job_dsl: pipeline['train_dsl'] ?? {},
        job_runtime_conf: pipeline['train_runtime_conf'] ?? {},
      }),
      model_id: modelId,
      model_version: jobId,
      created_at: now,
      updated_at: now,
      started_at: now,
      ended_at: now,
    })
    .execute()
  const rows = Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party, position) => ({ job_id: jobId, role, party, position })),
  )
  if (rows.length > 0) await trx.insertInto('job_member').values(rows).execute()
}

async function enterVersion(trx: Trx, part: ImportedModel, now: number): Promise<void> {
  const { modelId, version, jobId, members, pipeline } = part
  const known = await trx
    .selectFrom('model')
    .select('job_id')
    .where('model_id', '=', modelId)
    .where('version', '=', version)
    .executeTakeFirst()
  if (known?.job_id === jobId) return
  if (known)
    throw conflict(`Version ${version} of ${modelId} is there already, of another training`)
  const row = { members: toJson(members), pipeline: toJson(pipeline), created_at: now }
  await trx
    .insertInto('model')
    .values({ model_id: modelId, version, job_id: jobId, ...row })
    .execute()
}

async function enterTasks(trx: Trx, part: ImportedModel, now: number): Promise<void> {
  const { jobId, role, party, site, force } = part
  const held = await trx
    .selectFrom('artifact')
    .innerJoin('task', 'task.id', 'artifact.task_id')
    .select('task.id')
    .where('artifact.job_id', '=', jobId)
    .where('artifact.kind', '=', 'model')
    .where('task.role', '=', role)
    .where('task.party', '=', party)
    .limit(1)
    .executeTakeFirst()
  if (held && !force) {
    throw conflict(
      `${role} ${party} has its part of ${part.modelId} version ${part.version} already: send force_update to replace it`,
    )
  }
  for (const { node, position, work, model } of part.parts) {
    const id = `${jobId}_${node}_${role}_${party}`
    const state = { state: 'succeeded', progress: 1, updated_at: now, ended_at: now }
    await trx
      .insertInto('task')
      .values({
        id,
        job_id: jobId,
        name: node,
        kind: 'component',
        role,
        party,
        position,
        site,
        reason: null,
        spec: toJson(work as unknown),
        needs: null,
        attempts: 0,
        max_attempts: 1,
        created_at: now,
        ready_at: now,
        started_at: now,
        ...state,
      })
      .onConflict((clash) => clash.column('id').doUpdateSet({ site, updated_at: now }))
      .execute()
    if (!model) continue
    const row = {
      site,
      location: 'imported',
      rows: null,
      summary: toJson({ name: model.name }),
      preview: toJson(model.preview),
      created_at: now,
    }
    await trx
      .insertInto('artifact')
      .values({ job_id: jobId, task_id: id, kind: 'model', name: 'model', ...row })
      .onConflict((clash) => clash.columns(['task_id', 'kind', 'name']).doUpdateSet(row))
      .execute()
  }
}
