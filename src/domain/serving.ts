/**
 * Models online: jobs that keep a model ready at its parties, and the names they answer under.
 * @module
 */
import { sql } from 'kysely'

import { type Db, inTransaction } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { DomainError, notFound, unavailable } from './error.ts'
import { findJob, type Job, type NewTask, stopJob, submitJob } from './job.ts'
import { ownedBy } from './owner.ts'
import { pause } from './pause.ts'
import { listTasks, type Task } from './task.ts'

/** The node of the graph that answers; all parties of a service are one group. */
export const SERVING_NODE = 'serving_0'
/** A service is meant to outlive its runners: however many are lost, it begins again. */
const ALWAYS = 1_000_000
/** How soon a loaded model is looked at again, in milliseconds. */
const LOOK_MS = 25

export interface NewServing {
  readonly modelId: string
  readonly modelVersion: string
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly initiator: { readonly role: string; readonly party: string }
  /** One for each member. */
  readonly tasks: readonly Pick<NewTask, 'role' | 'party' | 'position' | 'site' | 'spec'>[]
  readonly request: Record<string, unknown>
  /** Whose it is; null, as by default, for the operator's. */
  readonly owner?: string | null
}

/** A name under which a model answers. */
export interface Service {
  readonly name: string
  readonly job: Job
  readonly tasks: readonly Task[]
  /** Why it cannot answer now; undefined while it can. */
  readonly trouble: string | undefined
}

/** Loads a model at its parties: enters the job that keeps it ready, until it is stopped. */
export async function submitServing(db: Db, serving: NewServing): Promise<Job> {
  const { modelId, modelVersion, members, initiator, request, owner = null } = serving
  return submitJob(db, {
    surface: 'weft',
    kind: 'serving',
    name: `Online: ${modelId} ${modelVersion}`,
    members: Object.fromEntries(
      Object.entries(members).map(([role, parties]) => [role, [...parties]]),
    ),
    initiator,
    owner,
    graph: [{ name: SERVING_NODE, module: 'Serving', needs: [] }],
    tasks: serving.tasks.map((task) => ({
      ...task,
      name: SERVING_NODE,
      kind: 'serving',
      maxAttempts: ALWAYS,
    })),
    request,
    modelId,
    modelVersion,
  })
}

/** The job that keeps this version ready with the same request, or undefined. */
export async function findServing(
  db: Db,
  key: {
    modelId: string
    modelVersion: string
    request: Record<string, unknown>
    owner: string | null
  },
): Promise<Job | undefined> {
  const row = await db
    .selectFrom('job')
    .select('id')
    .where('kind', '=', 'serving')
    .where('state', 'in', ['waiting', 'running'])
    .where('model_id', '=', key.modelId)
    .where('model_version', '=', key.modelVersion)
    .where(sql<string>`request`, '=', JSON.stringify(key.request))
    .where(sql<boolean>`owner is ${key.owner}`)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && findJob(db, row.id)
}

/** Gives a loaded model a name; whatever had it before is stopped when no other name is left to it. */
export async function bindService(db: Db, bind: { name: string; jobId: string }): Promise<void> {
  const { name, jobId } = bind
  const before = await inTransaction(db, async (trx) => {
    const known = await trx
      .selectFrom('service')
      .select('job_id')
      .where('name', '=', name)
      .executeTakeFirst()
    const created_at = await databaseTime(trx)
    await trx
      .insertInto('service')
      .values({ name, job_id: jobId, created_at })
      .onConflict((clash) => clash.column('name').doUpdateSet({ job_id: jobId, created_at }))
      .execute()
    return known?.job_id
  })
  if (before !== undefined && before !== jobId) await stopUnnamed(db, before, name)
}

/** Takes a name away, and stops what answered under it unless it has another. */
export async function dropService(db: Db, name: string): Promise<void> {
  const row = await db
    .deleteFrom('service')
    .where('name', '=', name)
    .returning('job_id')
    .executeTakeFirst()
  if (!row) throw noService(name)
  await stopUnnamed(db, row.job_id, name)
}

/** Every name, or those of an account, in the order of the alphabet. */
export async function listServices(db: Db, { owner }: { owner?: string } = {}): Promise<Service[]> {
  const rows = await db
    .selectFrom('service')
    .innerJoin('job', 'job.id', 'service.job_id')
    .select('service.name')
    .where(ownedBy(owner))
    .orderBy('service.name')
    .limit(1000)
    .execute()
  return Promise.all(rows.map(({ name }) => getService(db, name)))
}

/** The service of that name, with its state. */
export async function getService(db: Db, name: string): Promise<Service> {
  const row = await db
    .selectFrom('service')
    .select('job_id')
    .where('name', '=', name)
    .executeTakeFirst()
  const job = row && (await findJob(db, row.job_id))
  if (!job) throw noService(name)
  const tasks = await listTasks(db, job.id)
  return { name, job, tasks, trouble: troubleOf(job, tasks) }
}

/** Why a loaded model cannot answer now; undefined while it can. */
export function troubleOf(job: Job, tasks: readonly Task[]): string | undefined {
  if (job.state !== 'running') {
    return `it is ${job.state}${job.reason === null ? '' : ` (${job.reason})`}: put the model online again`
  }
  const open = tasks.find((task) => task.state !== 'running' || task.progress < 1)
  if (!open) return undefined
  const who = `${open.role} ${open.party}`
  if (open.state === 'running') return `${who} is still loading its part of the model`
  return `${who} is not online: ${open.reason ?? 'its runner has not begun'}`
}

/** Waits until a loaded model can answer, for `ms` at most; why it cannot, or undefined. */
export async function untilOnline(
  db: Db,
  job: Job,
  ms: number,
): Promise<{ trouble: string | undefined; tasks: readonly Task[] }> {
  const end = performance.now() + ms
  for (;;) {
    const tasks = await listTasks(db, job.id)
    const trouble = troubleOf(job, tasks)
    const over = tasks.every(({ state }) => state === 'failed' || state === 'canceled')
    if (trouble === undefined || over || performance.now() >= end) return { trouble, tasks }
    await pause(LOOK_MS)
  }
}

/** The job of a service that can answer. Throws at once for one that cannot, with the reason. */
export async function requireOnline(db: Db, name: string): Promise<string> {
  const row = await db
    .selectFrom('service')
    .innerJoin('job', 'job.id', 'service.job_id')
    .leftJoin('task', (join) =>
      join
        .onRef('task.job_id', '=', 'job.id')
        .on((on) => on.or([on('task.state', '!=', 'running'), on('task.progress', '<', 1)])),
    )
    .select(['job.id', 'job.state', 'task.id as open'])
    .where('service.name', '=', name)
    .limit(1)
    .executeTakeFirst()
  if (!row) throw noService(name)
  if (row.state === 'running' && row.open === null) return row.id
  const { trouble = 'it is starting' } = await getService(db, name)
  throw unavailable(`Service "${name}" cannot answer: ${trouble}`)
}

async function stopUnnamed(db: Db, jobId: string, name: string): Promise<void> {
  const named = await db
    .selectFrom('service')
    .select('name')
    .where('job_id', '=', jobId)
    .limit(1)
    .executeTakeFirst()
  if (named) return
  await stopJob(db, { id: jobId, reason: `Service "${name}" answers with it no longer` })
}

function noService(name: string): DomainError {
  return notFound(
    `There is no service "${name}": put a model online with PUT /api/weft/serving/${encodeURIComponent(name)}, or see ` +
      'GET /api/weft/serving for those there are',
  )
}
