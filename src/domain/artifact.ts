/**
 * What tasks produced: output tables and models. The rows themselves stay at their party.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'

export interface Artifact {
  readonly taskId: string
  readonly kind: 'table' | 'model'
  readonly name: string
  /** The data directory that holds it; null where that was never told. */
  readonly site: string | null
  readonly rows: number | null
  readonly summary: Record<string, unknown>
  /** First rows of a table, or `{ param, meta }` of a model; null where the party keeps it to itself. */
  readonly preview: unknown
}

/** The artifacts of a job, of one task when `taskId` is given. */
export async function listArtifacts(
  db: Db,
  query: { jobId: string; taskId?: string },
): Promise<Artifact[]> {
  const rows = await db
    .selectFrom('artifact')
    .select(['task_id', 'kind', 'name', 'site', 'rows', 'summary', 'preview'])
    .where('job_id', '=', query.jobId)
    .$if(query.taskId !== undefined, (builder) =>
      builder.where('task_id', '=', query.taskId as string),
    )
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    taskId: row.task_id,
    kind: row.kind === 'model' ? 'model' : 'table',
    name: row.name,
    site: row.site,
    rows: row.rows,
    summary: fromJson(row.summary),
    preview: row.preview === null ? null : fromJson(row.preview),
  }))
}
