/**
 * The savepoints that the runs of a work wrote, of whatever age.
 * @module
 */
import { type RawBuilder, sql } from 'kysely'

import type { Db } from '../db/type.ts'
import { WORKS } from './works-run.ts'

export interface WorkSavepoint {
  readonly path: string
  /** The run that wrote it, and the job at the cluster where that was told. */
  readonly runId: string
  readonly jobId: string | null
  /** When it was written, in milliseconds. */
  readonly at: number
}

export interface SavepointQuery {
  readonly workId: string
  /** Part of the path, in any case. */
  readonly text?: string
  readonly limit: number
  readonly skip?: number
}

/** A page of the savepoints of a work, the newest first, and how many there are in all. */
export async function listSavepoints(
  db: Db,
  { workId, text = '', limit, skip = 0 }: SavepointQuery,
): Promise<{ savepoints: WorkSavepoint[]; total: number }> {
  // Facts are what runners told: what has another form is left out.
  const field = (name: string) =>
    sql<string | null>`case when saved.type = 'object'
      and json_type(saved.value, ${`$.${name}`}) = 'text' then saved.value ->> ${`$.${name}`} end`
  const path = field('path')
  const from = sql`from job
    join task on task.job_id = job.id
    join task_fact as fact on fact.task_id = task.id and fact.key = 'savepoints'
    join json_each(fact.value) as saved
    where job.surface = ${WORKS.surface} and job.kind = ${WORKS.kind} and job.name = ${workId}
      and ${path} is not null and ${matches(path, text)}`
  // Counted on the way, as all of them have to be looked at for their order anyhow.
  const { rows } = await sql<Row>`select ${path} as path, job.id as run_id,
      ${field('job_id')} as job_id, ${field('at')} as at, job.created_at as created_at,
      count(*) over () as total
    ${from}
    order by job.created_at desc, job.id desc, saved.key desc
    limit ${limit} offset ${skip}`.execute(db)
  const [first] = rows
  if (first || skip === 0)
    return { savepoints: rows.map(toSavepoint), total: Number(first?.total ?? 0) }
  const counted = await sql<{ total: number }>`select count(*) as total ${from}`.execute(db)
  return { savepoints: [], total: Number(counted.rows[0]?.total ?? 0) }
}

interface Row {
  readonly path: string
  readonly run_id: string
  readonly job_id: string | null
  readonly at: string | null
  readonly created_at: number
  readonly total: number
}

function matches(path: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  return text === '' ? sql`true` : sql`instr(lower(${path}), lower(${text})) > 0`
}

function toSavepoint({ path, run_id, job_id, at, created_at }: Row): WorkSavepoint {
  const told = at === null ? Number.NaN : Date.parse(at)
  return { path, runId: run_id, jobId: job_id, at: Number.isNaN(told) ? created_at : told }
}
