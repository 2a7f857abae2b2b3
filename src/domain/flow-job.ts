/**
 * Jobs of streaming flows: a task, or several, that run a graph until its sources end or it is stopped.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { endJob } from './advance.ts'
import { databaseTime } from './clock.ts'
import { conflict, notFound } from './error.ts'
import { isJobOver } from './job-state.ts'
import { getJob, type Job, stopJob, submitJob, toJob } from './job.ts'
import { listTasks, type Task } from './task.ts'
import type { FlowSpec, Needs } from './work.ts'

/** The nodes of the job's graph, one a replica, begin with it. */
const NODE = 'flow_'
const KIND = 'flow'
/** A flow is meant to outlive its runners: however many are lost, it begins again. */
const ALWAYS = 1_000_000

export interface NewFlow {
  /** The name under which its surface knows it. */
  readonly name: string
  readonly surface: string
  readonly description: string
  readonly spec: FlowSpec
  /** The flow units that it needs, as `name@device`; empty where that is not known. */
  readonly units: readonly string[]
  /** How many runners run it at once; 1 where it is absent. */
  readonly replicas?: number
  /** It takes requests at a port of its host, which no other replica can have there. */
  readonly atPort?: boolean
  /** Why it cannot run, when that is known already: it is kept as a job that has failed. */
  readonly fault?: string
  /** The account whose it is; null or absent for the operator's. */
  readonly owner?: string | null
}

/** A flow with its tasks, which have the figures of its run. */
export interface FlowJob {
  readonly job: Job
  /** The one that is the least far: with a replica that waits, the flow is not all there. */
  readonly task: Task | undefined
  /** One a replica. */
  readonly tasks: readonly Task[]
}

/** Enters a flow under a name that no other flow of the surface has; one that cannot run has failed at once. */
export async function submitFlow(db: Db, flow: NewFlow): Promise<Job> {
  const { name, surface, description, spec, units, fault, owner } = flow
  const nodes = Array.from({ length: flow.replicas ?? 1 }, (_, at) => `${NODE}${at}`)
  const needs: Needs = {
    units: [...new Set(units)],
    ...(nodes.length > 1
      ? { apart: { key: crypto.randomUUID(), host: flow.atPort === true } }
      : {}),
  }
  return inTransaction(db, async (trx) => {
    if (await findRow(trx, { surface, name })) throw conflict(`There is a flow "${name}" already`)
    const job = await submitJob(trx, {
      surface,
      kind: KIND,
      owner,
      name,
      description,
      members: {},
      graph: nodes.map((node) => ({ name: node, module: 'Flow', needs: [] })),
      tasks: nodes.map((node) => ({
        name: node,
        kind: KIND,
        role: null,
        party: null,
        position: 0,
        maxAttempts: ALWAYS,
        needs,
        spec,
      })),
      request: { source: spec.source, format: spec.format, ...(fault ? { fault } : {}) },
    })
    if (fault === undefined) return job
    await endJob(trx, { jobId: job.id, state: 'failed', reason: fault, at: job.createdAt })
    return getJob(trx, job.id)
  })
}

/** Enters a flow in place of the one of that name, if there is one: both or neither. */
export async function replaceFlow(db: Db, flow: NewFlow): Promise<FlowJob> {
  const { name, surface } = flow
  return inTransaction(db, async (trx) => {
    const before = await findRow(trx, { surface, name })
    if (before) await deleteFlow(trx, { id: before.id, reason: 'Another flow takes its place' })
    const job = await submitFlow(trx, flow)
    return withTask(trx, job)
  })
}

/** The flow of that name, or undefined. */
export async function findFlow(
  db: Db,
  key: { surface: string; name: string },
): Promise<FlowJob | undefined> {
  const row = await findRow(db, key)
  return row && withTask(db, toJob(row))
}

/** The flow of that name; throws where there is none. */
export async function getFlow(db: Db, key: { surface: string; name: string }): Promise<FlowJob> {
  const flow = await findFlow(db, key)
  if (flow) return flow
  throw notFound(`There is no flow "${key.name}": see the list of flows for those there are`)
}

/** Every flow of a surface in the order in which they were made; those of one account where it is named. */
export async function listFlows(
  db: Db,
  { surface, owner }: { surface: string; owner?: string },
): Promise<FlowJob[]> {
  const rows = await flows(db, surface)
    .$if(owner !== undefined, (all) => all.where('owner', '=', owner ?? ''))
    .orderBy('created_at')
    .orderBy('id')
    .limit(MOST)
    .execute()
  return Promise.all(rows.map((row) => withTask(db, toJob(row))))
}

/** Stops a flow and forgets it; another may have its name afterwards. */
export async function deleteFlow(db: Db, flow: { id: string; reason: string }): Promise<void> {
  const { id, reason } = flow
  await inTransaction(db, async (trx) => {
    const row = await trx.selectFrom('job').select('state').where('id', '=', id).executeTakeFirst()
    if (row && !isJobOver(row.state as Job['state'])) await stopJob(trx, { id, reason })
    const at = await databaseTime(trx)
    await trx.updateTable('job').set({ deleted_at: at }).where('id', '=', id).execute()
  })
}

const MOST = 10_000

function flows(db: Db, surface: string) {
  return db
    .selectFrom('job')
    .selectAll()
    .where('surface', '=', surface)
    .where('kind', '=', KIND)
    .where('deleted_at', 'is', null)
}

function findRow(db: Db, { surface, name }: { surface: string; name: string }) {
  return flows(db, surface).where('name', '=', name).limit(1).executeTakeFirst()
}

async function withTask(db: Db, job: Job): Promise<FlowJob> {
  const tasks = await listTasks(db, job.id)
  const [task] = tasks.toSorted((a, b) => farness(a) - farness(b))
  return { job, task, tasks }
}

function farness({ state, progress }: Task): number {
  return state === 'running' ? 1 + progress : 0
}
