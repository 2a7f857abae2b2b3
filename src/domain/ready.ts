/**
 * The ready tasks: which of them a runner may take, and whole groups in the order in which they are served.
 * @module
 */
import { sql } from 'kysely'

import { fromJson, type Json } from '../db/json.ts'
import { inList } from '../db/list.ts'
import type { Allocation, Needs } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { SPOOL_FACT } from './spool.ts'

/** Whether a runner says that it fetches uploads over HTTP: 1, or 0. */
export const FETCHES = sql<number>`
  coalesce(runner.facts ->> ${sql.lit(`$.${SPOOL_FACT}`)}, 0)`

/** A task that somebody may take. */
export interface ReadyTask {
  readonly id: string
  readonly jobId: string
  readonly name: string
  readonly kind: string
  readonly role: string | null
  readonly party: string | null
  readonly site: string | null
  readonly position: number
  readonly spec: string
  readonly attempts: number
  readonly needs: Needs | null
  /** The data directory where the file of an upload lies; null where no file has to be fetched. */
  readonly file: string | null
}

/** What decides which tasks a runner may take. */
export interface Claimer {
  readonly id: string
  readonly name: string
  readonly site: string
  readonly parties: readonly string[] | null
  /** Whether it fetches uploads from the app. */
  readonly fetches: boolean
  /** Whether room is kept for anything at any runner: mostly not, and then nobody looks for it. */
  readonly reservations: boolean
}

/** The runner of that id while it takes work. */
export async function findClaimer(db: Db, runnerId: string): Promise<Claimer | undefined> {
  const row = await db
    .selectFrom('runner')
    .select(['id', 'name', 'site', 'parties'])
    .select([
      sql<number>`exists (select 1 from reservation)`.as('reservations'),
      FETCHES.as('fetches'),
    ])
    .where('id', '=', runnerId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  if (!row) return undefined
  const parties = row.parties === null ? null : fromJson(row.parties)
  const { reservations, fetches } = row
  return { ...row, parties, reservations: reservations === 1, fetches: fetches === 1 }
}

/** Whether the runner may take the task, however much room it has. */
export function isTakeable(task: ReadyTask, { site, parties, fetches }: Claimer): boolean {
  return (
    (task.site === null || task.site === site) &&
    (task.file === null || task.file === site || fetches) &&
    (parties === null || (task.party !== null && parties.includes(task.party)))
  )
}

/** Whether there is a ready task that the runner may take, and whether there are only such as ask for room. */
export async function lookForWork(db: Db, runner: Claimer): Promise<'none' | 'light' | 'heavy'> {
  const open = takeable(db, runner).$if(runner.reservations, (query) =>
    query.where('task.id', 'not in', (other) =>
      other
        .selectFrom('reservation')
        .select('reservation.task_id')
        .where('reservation.runner_id', 'not in', ofSite(db, runner)),
    ),
  )
  const first = await open.select('task.needs').limit(1).executeTakeFirst()
  if (!first) return 'none'
  if (first.needs === null) return 'light'
  const light = await open
    .select('task.id')
    .where('task.needs', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return light ? 'light' : 'heavy'
}

/** Tasks for which room is kept at some runner: those that this one takes now, and the ids of the others. */
export async function readReserved(
  db: Db,
  runner: Claimer,
): Promise<{ own: { task: ReadyTask; allocation: Allocation | null }[]; others: string[] }> {
  if (!runner.reservations) return { own: [], others: [] }
  const kept = await db
    .selectFrom('reservation')
    .leftJoin('runner', 'runner.id', 'reservation.runner_id')
    .select(['reservation.task_id', 'reservation.allocation', 'runner.id', 'runner.site'])
    .execute()
  // A runner that has started again in the same data directory goes on for the one that was there.
  const mine = kept.filter((row) => row.id === runner.id || row.site === runner.site)
  const ids = new Map(mine.map((row) => [row.task_id, row.allocation]))
  const rows =
    mine.length === 0
      ? []
      : await db
          .selectFrom('task')
          .innerJoin('job', 'job.id', 'task.job_id')
          .select(COLUMNS)
          .where('task.id', 'in', inList([...ids.keys()]))
          .where('task.state', '=', 'ready')
          .where('job.state', '=', 'running')
          .orderBy('task.id')
          .execute()
  const own = rows
    .map(toReady)
    .filter((task) => isTakeable(task, runner))
    .map((task) => {
      const allocation = ids.get(task.id) ?? null
      return { task, allocation: allocation === null ? null : fromJson(allocation) }
    })
  const taken = new Set(own.map(({ task }) => task.id))
  return { own, others: kept.map((row) => row.task_id).filter((id) => !taken.has(id)) }
}

export interface ReadyQuery {
  /** Only of groups in which this runner may take part. */
  readonly runner?: Claimer
  /** Tasks that are left out. */
  readonly without: readonly string[]
}

/** The jobs of which there are such tasks, in the order in which they are served. */
export async function jobsInOrder(db: Db, query: ReadyQuery): Promise<string[]> {
  const rows = await db
    .selectFrom('job')
    .select('job.id')
    .where('job.state', '=', 'running')
    .where(({ exists }) =>
      exists(
        takeable(db, query.runner)
          .select('task.id')
          .where('task.job_id', '=', sql.ref<string>('job.id')),
      ),
    )
    .orderBy('job.priority', 'desc')
    .orderBy('job.created_at')
    .orderBy('job.id')
    .execute()
  return rows.map((row) => row.id)
}

/** Whole groups of a job with all their members, oldest first: those to which its first `limit` tasks belong. */
export async function readyGroups(
  db: Db,
  query: ReadyQuery & { readonly jobId: string; readonly limit: number },
): Promise<ReadyTask[][]> {
  const { jobId, limit, without } = query
  const first = takeable(db, query.runner)
    .select('task.name')
    .where('task.job_id', '=', jobId)
    .$if(without.length > 0, (it) => it.where('task.id', 'not in', inList(without)))
    .orderBy('task.ready_at')
    .orderBy('task.id')
    .limit(limit)
  const rows = await db
    .selectFrom('task')
    .select(COLUMNS)
    .select('task.ready_at')
    .where('task.state', '=', sql.lit('ready'))
    .where('task.job_id', '=', jobId)
    .where('task.name', 'in', first)
    .$if(without.length > 0, (it) => it.where('task.id', 'not in', inList(without)))
    .orderBy('task.id')
    .execute()
  // Members become ready together, and ids are in the order of the job: so the first of a group stands for it.
  const since = new Map<string, number>()
  for (const row of rows) if (!since.has(row.name)) since.set(row.name, row.ready_at ?? 0)
  const groups = Map.groupBy(rows.map(toReady), (task) => task.name)
  const age = ([name]: readonly [string, unknown]) => since.get(name) ?? 0
  return [...groups].toSorted((a, b) => age(a) - age(b)).map(([, group]) => group)
}

/** Whether a runner holds anything, or something is kept for it. */
export async function holdsAnything(db: Db, runnerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('lease')
    .select('task_id')
    .where('runner_id', '=', runnerId)
    .unionAll(db.selectFrom('reservation').select('task_id').where('runner_id', '=', runnerId))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** An uploaded file lies in one data directory; runners of others have to be able to fetch it. */
const FILE = sql<string | null>`
  iif(task.kind = 'upload', task.spec ->> '$.source.site', null)`

const COLUMNS = [
  'task.id',
  'task.job_id',
  'task.name',
  'task.kind',
  'task.role',
  'task.party',
  'task.site',
  'task.position',
  'task.spec',
  'task.attempts',
  'task.needs',
  FILE.as('file'),
] as const

interface Row extends Omit<ReadyTask, 'jobId' | 'needs'> {
  readonly job_id: string
  readonly needs: Json<Needs> | null
  readonly ready_at?: number | null
}

function toReady({ job_id, needs, ready_at: _since, ...row }: Row): ReadyTask {
  return { ...row, jobId: job_id, needs: needs === null ? null : fromJson(needs) }
}

/** The ready tasks, of a runner those that it may take. */
function takeable(db: Db, runner?: Claimer) {
  return db
    .selectFrom('task')
    .where('task.state', '=', sql.lit('ready'))
    .$if(runner !== undefined, (query) =>
      query.where((is) =>
        is.or([is('task.site', 'is', null), is('task.site', '=', runner?.site ?? '')]),
      ),
    )
    .$if(runner !== undefined && !runner.fetches, (query) =>
      query.where((is) => is.or([is(FILE, 'is', null), is(FILE, '=', runner?.site ?? '')])),
    )
    .$if(runner !== undefined && runner.parties !== null, (query) =>
      query.where('task.party', 'in', inList(runner?.parties ?? [])),
    )
}

/** The runners with that data directory. */
function ofSite(db: Db, runner: Claimer) {
  return db.selectFrom('runner').select('runner.id').where('runner.site', '=', runner.site)
}
