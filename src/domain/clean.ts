/**
 * Forgetting what a job has left behind: its metrics, and that its tables are there.
 * @module
 */
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { conflict } from './error.ts'
import { isJobOver } from './job-state.ts'
import { getJob } from './job.ts'
import { clearMetrics } from './metric.ts'

/** The tasks of a job that pass all that is given. */
export interface TasksOf {
  readonly jobId: string
  readonly name?: string
  readonly role?: string
  readonly party?: string
}

/** A table that is on no list any more, and where its rows lie. */
export interface ForgottenTable {
  readonly node: string
  readonly role: string
  readonly party: string
  readonly name: string
  readonly site: string | null
}

/** Forgets the metrics of tasks; answers how many series there were. */
export async function forgetMetrics(db: Db, of: TasksOf): Promise<number> {
  return inTransaction(db, async (trx) => {
    const ids = await tasksOf(trx, of)
    if (ids.length === 0) return 0
    const { count } = await trx
      .selectFrom('metric')
      .select((expression) => expression.fn.countAll<number>().as('count'))
      .where('task_id', 'in', ids)
      .executeTakeFirstOrThrow()
    await clearMetrics(trx, ids)
    return count
  })
}

/**
 * Forgets the tables of tasks whose job is over; models stay. Answers them, for their rows to be deleted; nothing is
 * forgotten where `check` throws.
 */
export async function forgetTables(
  db: Db,
  of: TasksOf,
  check: (trx: Trx, tables: readonly ForgottenTable[]) => Promise<void>,
): Promise<ForgottenTable[]> {
  return inTransaction(db, async (trx) => {
    const job = await getJob(trx, of.jobId)
    if (!isJobOver(job.state)) {
      throw conflict(`Job ${job.id} is ${job.state}: stop it before its tables are deleted`)
    }
    const ids = await tasksOf(trx, of)
    if (ids.length === 0) return []
    const rows = await trx
      .selectFrom('artifact')
      .innerJoin('task', 'task.id', 'artifact.task_id')
      .select(['task.name as node', 'task.role', 'task.party', 'artifact.name', 'artifact.site'])
      .where('artifact.kind', '=', 'table')
      .where('task.id', 'in', ids)
      .orderBy('artifact.id')
      .execute()
    const tables = rows.flatMap(({ role, party, ...row }) =>
      role === null || party === null ? [] : [{ ...row, role, party }],
    )
    await check(trx, tables)
    await trx
      .deleteFrom('artifact')
      .where('kind', '=', 'table')
      .where('task_id', 'in', ids)
      .execute()
    return tables
  })
}

async function tasksOf(db: Db, { jobId, name, role, party }: TasksOf): Promise<string[]> {
  let query = db.selectFrom('task').select('id').where('job_id', '=', jobId)
  if (name !== undefined) query = query.where('name', '=', name)
  if (role !== undefined) query = query.where('role', '=', role)
  if (party !== undefined) query = query.where('party', '=', party)
  return (await query.execute()).map(({ id }) => id)
}
