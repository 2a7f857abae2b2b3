/**
 * Data tables that parties have uploaded: their names, shapes and whereabouts.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { DataTableTable } from '../db/table/record.ts'
import type { Db } from '../db/type.ts'
import { tableSeenBy } from './owner.ts'

export interface DataTable {
  readonly namespace: string
  readonly name: string
  /** Its owner; null on a single machine where every party may use it. */
  readonly party: string | null
  readonly site: string | null
  readonly columns: readonly string[]
  readonly idColumn: string | null
  readonly partitions: number
  readonly rows: number
  readonly preview: readonly unknown[][] | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** The table of that name, or undefined. */
export async function findTable(
  db: Db,
  key: { namespace: string; name: string },
): Promise<DataTable | undefined> {
  const row = await db
    .selectFrom('data_table')
    .selectAll()
    .where('namespace', '=', key.namespace)
    .where('name', '=', key.name)
    .executeTakeFirst()
  return row && toTable(row)
}

/** The table of a namespace that was written last, of those that an account may see, or undefined. */
export async function findLatestTable(
  db: Db,
  query: { namespace: string; owner?: string },
): Promise<DataTable | undefined> {
  const row = await db
    .selectFrom('data_table')
    .selectAll()
    .where('namespace', '=', query.namespace)
    .where(tableSeenBy(query.owner))
    .orderBy('updated_at', 'desc')
    .orderBy('name')
    .limit(1)
    .executeTakeFirst()
  return row && toTable(row)
}

/** The tables that an account may see, or all, newest first. */
export async function listTables(
  db: Db,
  { owner, limit = 200 }: { owner?: string; limit?: number } = {},
): Promise<DataTable[]> {
  const rows = await db
    .selectFrom('data_table')
    .selectAll()
    .where(tableSeenBy(owner))
    .orderBy('updated_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toTable)
}

/** Takes a table off the list. */
export async function dropTable(db: Db, key: { namespace: string; name: string }): Promise<void> {
  await db
    .deleteFrom('data_table')
    .where('namespace', '=', key.namespace)
    .where('name', '=', key.name)
    .execute()
}

/** The tables that uploads of a surface have made and nobody has replaced since, newest first. */
export async function listUploaded(
  db: Db,
  query: { surface: string; jobId?: string; owner?: string; limit: number },
): Promise<(DataTable & { readonly jobId: string })[]> {
  const rows = await db
    .selectFrom('data_table')
    .innerJoin('job', 'job.id', 'data_table.job_id')
    .selectAll('data_table')
    .select('job.id as upload')
    .where('job.surface', '=', query.surface)
    .$if(query.jobId !== undefined, (one) => one.where('job.id', '=', query.jobId ?? ''))
    .$if(query.owner !== undefined, (one) => one.where('job.owner', '=', query.owner ?? ''))
    .orderBy('job.created_at', 'desc')
    .limit(query.limit)
    .execute()
  return rows.map(({ upload, ...row }) => ({ ...toTable(row), jobId: upload }))
}

function toTable(row: DataTableTable): DataTable {
  return {
    namespace: row.namespace,
    name: row.name,
    party: row.party,
    site: row.site,
    columns: fromJson(row.columns),
    idColumn: row.id_column,
    partitions: row.partitions,
    rows: row.rows,
    preview: row.preview === null ? null : fromJson(row.preview),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
