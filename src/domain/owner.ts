/**
 * What belongs to an account: jobs, flows and works; models, tables and services by the jobs that made them. What has
 * no owner is the operator's, but for tables: those are everybody's to see.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'
import { notFound } from './error.ts'

/** The texts of a request. */
export interface Mentioned {
  readonly texts: readonly string[]
  /** Those that name a flow: people choose these names, so that any word could be one. */
  readonly flows: readonly string[]
  /** Those that name a service, and pairs that name a table. */
  readonly services: readonly string[]
  readonly tables: readonly (readonly [namespace: string, name: string])[]
}

/** One of the texts that names a job, a work or a flow of somebody else; undefined where none does. */
export async function findForeign(
  db: Db,
  owner: string,
  { texts, flows, services, tables }: Mentioned,
): Promise<string | undefined> {
  const list = inList(texts)
  const foreign = sql<boolean>`job.owner is not ${owner}`
  const jobs = db.selectFrom('job').select('id as text').where('id', 'in', list).where(foreign)
  const works = db
    .selectFrom('work')
    .select('id as text')
    .where('id', 'in', list)
    .where(sql<boolean>`owner is not ${owner}`)
  const named = db
    .selectFrom('job')
    .select('name as text')
    .where('kind', '=', 'flow')
    .where('deleted_at', 'is', null)
    .where('name', 'in', inList(flows))
    .where(foreign)
  // Versions that were deployed have names of their own.
  const models = db
    .selectFrom('model')
    .innerJoin('job', 'job.id', 'model.job_id')
    .select('model.version as text')
    .where('model.version', 'in', list)
    .where(foreign)
  const served = db
    .selectFrom('service')
    .innerJoin('job', 'job.id', 'service.job_id')
    .select('service.name as text')
    .where('service.name', 'in', inList(services))
    .where(foreign)
  const found = await jobs
    .unionAll(works)
    .unionAll(named)
    .unionAll(models)
    .unionAll(served)
    .limit(1)
    .executeTakeFirst()
  return found?.text ?? (await foreignTable(db, owner, tables))
}

/** Whether a job is that account's, in a query that knows jobs; everything where none is named. */
export function ownedBy(owner: string | undefined): ReturnType<typeof sql<boolean>> {
  return owner === undefined ? sql<boolean>`true` : sql<boolean>`job.owner is ${owner}`
}

/** Whether a table is one that the account may see: its own, or nobody's in particular. */
export function tableSeenBy(owner: string | undefined): ReturnType<typeof sql<boolean>> {
  return owner === undefined
    ? sql<boolean>`true`
    : sql<boolean>`not exists (select 1 from job where job.id = data_table.job_id
        and job.owner is not null and job.owner is not ${owner})`
}

/** Refuses a service whose name somebody else has. */
export async function requireOwnService(db: Db, owner: string, name: string): Promise<void> {
  const mentioned = { texts: [], flows: [], services: [name], tables: [] }
  if ((await findForeign(db, owner, mentioned)) !== undefined)
    throw notFound(`There is no service "${name}" of yours: take another name`)
}

async function foreignTable(
  db: Db,
  owner: string,
  tables: Mentioned['tables'],
): Promise<string | undefined> {
  for (const [namespace, name] of tables) {
    const found = await db
      .selectFrom('data_table')
      .innerJoin('job', 'job.id', 'data_table.job_id')
      .select('data_table.name')
      .where('namespace', '=', namespace)
      .where('data_table.name', '=', name)
      .where('job.owner', 'is not', null)
      .where('job.owner', '!=', owner)
      .executeTakeFirst()
    if (found) return `${namespace}.${name}`
  }
  return undefined
}
