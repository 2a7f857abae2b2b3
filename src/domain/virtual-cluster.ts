/**
 * Virtual clusters: shares of what all runners have, so that one group of people cannot take everything.
 * @module
 */
import { sql } from 'kysely'

import { fromJson } from '../db/json.ts'
import type { FrameworkTable } from '../db/table/framework.ts'
import type { Db } from '../db/type.ts'
import { invalid, notFound } from './error.ts'
import { type FrameworkPlan, totalsOf } from './framework-plan.ts'

/** The one that is always there. */
export const DEFAULT_CLUSTER = 'default'

/** What of all there is it may use; null for everything. */
export interface Quota {
  readonly cores: number | null
  readonly memoryMb: number | null
  readonly gpus: number | null
}

export interface VirtualCluster {
  readonly name: string
  readonly quota: Quota
  /** Whether nothing new begins there. */
  readonly stopped: boolean
}

/** What jobs hold. */
export interface Use {
  readonly cores: number
  readonly memoryMb: number
  readonly gpus: number
}

const FREE: Quota = { cores: null, memoryMb: null, gpus: null }
const UNITS = [
  ['cores', 'cores'],
  ['memoryMb', 'MB of memory'],
  ['gpus', 'GPUs'],
] as const

/** All of them, by name. */
export async function listClusters(db: Db): Promise<VirtualCluster[]> {
  const rows = await db.selectFrom('virtual_cluster').selectAll().orderBy('name').execute()
  const known = rows.map((row) => ({
    name: row.name,
    quota: { cores: row.cores, memoryMb: row.memory_mb, gpus: row.gpus },
    stopped: row.stopped !== 0,
  }))
  return known.some(({ name }) => name === DEFAULT_CLUSTER)
    ? known
    : [{ name: DEFAULT_CLUSTER, quota: FREE, stopped: false }, ...known]
}

/** The one of that name. */
export async function getCluster(db: Db, name: string): Promise<VirtualCluster> {
  const found = (await listClusters(db)).find((one) => one.name === name)
  if (!found) throw notFound(`Virtual cluster ${name} is not found.`)
  return found
}

/** Enters a virtual cluster or changes its quota. */
export async function saveCluster(
  db: Db,
  cluster: { name: string; quota: Quota },
  at: number,
): Promise<void> {
  const { name, quota } = cluster
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
    throw invalid(`"${name}" cannot name a virtual cluster: letters, digits, _ and - can`)
  for (const [key, unit] of UNITS) {
    const value = quota[key]
    if (value === null || (Number.isSafeInteger(value) && value >= 0)) continue
    throw invalid(`A virtual cluster cannot have ${value} ${unit}: give a whole number`)
  }
  const values = { cores: quota.cores, memory_mb: quota.memoryMb, gpus: quota.gpus }
  await db
    .insertInto('virtual_cluster')
    .values({ name, ...values, created_at: at })
    .onConflict((clash) => clash.column('name').doUpdateSet(values))
    .execute()
}

/** Lets jobs begin there, or nothing new. */
export async function setClusterStopped(db: Db, name: string, stopped: boolean): Promise<void> {
  const { quota } = await getCluster(db, name)
  await saveCluster(db, { name, quota }, 0)
  await db
    .updateTable('virtual_cluster')
    .set({ stopped: stopped ? 1 : 0 })
    .where('name', '=', name)
    .execute()
}

/** Removes one without jobs. False where it has some that are not over. */
export async function removeCluster(db: Db, name: string): Promise<boolean> {
  if (name === DEFAULT_CLUSTER) throw invalid('The default virtual cluster cannot be removed')
  await getCluster(db, name)
  const active = await db
    .selectFrom('framework')
    .select('job_id')
    .where('virtual_cluster', '=', name)
    .where('state', '=', 'active')
    .limit(1)
    .executeTakeFirst()
  if (active) return false
  await db.deleteFrom('virtual_cluster').where('name', '=', name).execute()
  return true
}

/** What the jobs of each hold that have begun. */
export async function clusterUse(
  db: Db,
  options: { name?: string; without?: string; guaranteed?: boolean } = {},
): Promise<Map<string, Use>> {
  const rows = await db
    .selectFrom('framework')
    .select(['virtual_cluster', 'plan'])
    .where('state', '=', 'active')
    .where('held', '=', 0)
    .where('due_at', 'is', null)
    .$if(options.name !== undefined, (query) =>
      query.where('virtual_cluster', '=', options.name ?? ''),
    )
    // Opportunistic jobs use what is left, and give way.
    .$if(options.guaranteed === true, (query) =>
      query.where((is) => is.or([is('priority', 'is', null), is('priority', '!=', 'oppo')])),
    )
    .$if(options.without !== undefined, (query) =>
      query.where('job_id', '!=', options.without ?? ''),
    )
    .execute()
  const use = new Map<string, Use>()
  for (const row of rows) {
    const own = totals(row.plan)
    const sum = use.get(row.virtual_cluster) ?? { cores: 0, memoryMb: 0, gpus: 0 }
    use.set(row.virtual_cluster, {
      cores: sum.cores + own.cores,
      memoryMb: sum.memoryMb + own.memoryMb,
      gpus: sum.gpus + own.gpus,
    })
  }
  return use
}

/** What programs of the jobs of each have now. */
export async function clusterHeld(db: Db): Promise<Map<string, Use>> {
  const rows = await db
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .innerJoin('framework', 'framework.job_id', 'task.job_id')
    .where('lease.allocation', 'is not', null)
    .groupBy('framework.virtual_cluster')
    .select((is) => [
      'framework.virtual_cluster as name',
      is.fn.sum<number>(sql`json_extract(lease.allocation, '$.cores')`).as('cores'),
      is.fn.sum<number>(sql`json_extract(lease.allocation, '$.memoryMb')`).as('memoryMb'),
      is.fn.sum<number>(sql`json_array_length(lease.allocation, '$.gpus')`).as('gpus'),
    ])
    .execute()
  return new Map(rows.map(({ name, ...use }) => [name, use]))
}

function totals(plan: FrameworkTable['plan']): Use {
  return totalsOf(fromJson(plan) as FrameworkPlan)
}

/** Why what a job asks for can never fit into the quota, or undefined. */
export function overQuota(cluster: VirtualCluster, asked: Use): string | undefined {
  for (const [key, unit] of UNITS) {
    const most = cluster.quota[key]
    if (most !== null && asked[key] > most)
      return `The job asks for ${asked[key]} ${unit}, and virtual cluster "${cluster.name}" has ${most}: ask for less, or name another`
  }
  return undefined
}

/** Why a job has to wait for its virtual cluster, or undefined when it may begin. */
export async function whyHeld(
  db: Db,
  job: { jobId: string; virtualCluster: string; priority: string | null; totals: Use },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('virtual_cluster')
    .selectAll()
    .where('name', '=', job.virtualCluster)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.stopped !== 0) return `Virtual cluster "${row.name}" is stopped: nothing new begins there`
  const quota: Quota = { cores: row.cores, memoryMb: row.memory_mb, gpus: row.gpus }
  if (UNITS.every(([key]) => quota[key] === null)) return undefined
  const use = (
    await clusterUse(db, {
      name: row.name,
      without: job.jobId,
      guaranteed: job.priority !== 'oppo',
    })
  ).get(row.name)
  for (const [key, unit] of UNITS) {
    const most = quota[key]
    const used = use?.[key] ?? 0
    if (most !== null && used + job.totals[key] > most)
      return `The job asks for ${job.totals[key]} ${unit}; ${used} of the ${most} of virtual cluster "${row.name}" are in use`
  }
  return undefined
}
