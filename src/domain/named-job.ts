/**
 * Jobs that clients group under names of their own, and forget.
 * @module
 */
import { inList } from '../db/list.ts'
import type { Db } from '../db/type.ts'
import { conflict } from './error.ts'
import { isJobOver, type JobState } from './job-state.ts'
import { getJob, type Job, toJob } from './job.ts'

/** The jobs of a surface and kind under any of these names, newest first; deleted ones are left out. */
export async function listNamedJobs(
  db: Db,
  query: {
    surface: string
    kind: string
    names: readonly string[]
    states?: readonly JobState[]
    /** The account whose they are; everybody's without it. */
    owner?: string
  },
): Promise<Job[]> {
  const { surface, kind, names, states, owner } = query
  const rows = await db
    .selectFrom('job')
    .selectAll()
    .where('surface', '=', surface)
    .where('kind', '=', kind)
    .where('name', 'in', inList(names))
    .where('deleted_at', 'is', null)
    .$if(owner !== undefined, (builder) => builder.where('owner', '=', owner ?? ''))
    .$if(states !== undefined, (builder) => builder.where('state', 'in', inList(states ?? [])))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_NAMED)
    .execute()
  return rows.map(toJob)
}

const MOST_NAMED = 1000

/** Has its surface forget a job that is over. What it left at the parties stays theirs. */
export async function deleteJob(db: Db, id: string, at: number): Promise<void> {
  const job = await getJob(db, id)
  if (!isJobOver(job.state)) throw conflict(`Job ${id} is ${job.state}: stop it first`)
  await db.updateTable('job').set({ deleted_at: at }).where('id', '=', id).execute()
}
