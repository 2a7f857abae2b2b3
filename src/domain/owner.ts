/**
 * What belongs to an account: jobs, flows and works. What has no owner is the operator's.
 * @module
 */
import { sql } from 'kysely'

import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'

/** The texts of a request. */
export interface Mentioned {
  readonly texts: readonly string[]
  /** Those that name a flow: people choose these names, so that any word could be one. */
  readonly flows: readonly string[]
}

/** One of the texts that names a job, a work or a flow of somebody else; undefined where none does. */
export async function findForeign(
  db: Db,
  owner: string,
  { texts, flows }: Mentioned,
): Promise<string | undefined> {
  const list = inList(texts)
  const foreign = sql<boolean>`owner is not ${owner}`
  const jobs = db.selectFrom('job').select('id as text').where('id', 'in', list).where(foreign)
  const works = db.selectFrom('work').select('id as text').where('id', 'in', list).where(foreign)
  const named = db
    .selectFrom('job')
    .select('name as text')
    .where('kind', '=', 'flow')
    .where('deleted_at', 'is', null)
    .where('name', 'in', inList(flows))
    .where(foreign)
  const found = await jobs.unionAll(works).unionAll(named).limit(1).executeTakeFirst()
  return found?.text
}
