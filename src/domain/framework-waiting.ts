/**
 * Jobs of task roles of which nothing has run yet.
 * @module
 */
import type { Db } from '../db/type.ts'

/** A job that waits for its first task. */
export interface Waiting {
  readonly owner: string
  readonly name: string
  readonly virtualCluster: string
  readonly submittedAt: number
}

const MOST = 1000

/** Those that were submitted before that time, oldest first; of one owner where it is named. */
export async function listWaiting(
  db: Db,
  { since, owner }: { since: number; owner?: string },
): Promise<Waiting[]> {
  const rows = await db
    .selectFrom('framework')
    .select(['owner', 'name', 'virtual_cluster', 'submitted_at'])
    .where('state', '=', 'active')
    .where('latest', '=', 1)
    .where('launched_at', 'is', null)
    .where('submitted_at', '<', since)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('task')
            .select('task.id')
            .whereRef('task.job_id', '=', 'framework.job_id')
            .where('task.started_at', 'is not', null),
        ),
      ),
    )
    .$if(owner !== undefined, (all) => all.where('owner', '=', owner ?? ''))
    .orderBy('submitted_at')
    .limit(MOST)
    .execute()
  return rows.map((row) => ({
    owner: row.owner,
    name: row.name,
    virtualCluster: row.virtual_cluster,
    submittedAt: row.submitted_at,
  }))
}
