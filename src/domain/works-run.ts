/**
 * Runs of works: started by a person, a schedule or a retry, one at a time.
 * @module
 */
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict, DomainError } from './error.ts'
import { randomId } from './id.ts'
import { isJobOver } from './job-state.ts'
import { type Job, stopJob, submitJob, toJob } from './job.ts'
import { liveRunners } from './runner.ts'
import type { WorkRunSpec } from './work.ts'
import { getWork, isUnderWay, type Work } from './works.ts'

/** The surface that runs of works are jobs of, their kind, and the graph's only node. */
export const WORKS = { surface: 'works', kind: 'run', node: 'run' } as const

export type Trigger = 'manual' | 'schedule' | 'retry' | 'backfill'

/** What is kept with a run. */
export interface RunRequest extends Record<string, unknown> {
  readonly trigger: Trigger
  /** From 1; a retry counts on. */
  readonly attempt: number
  readonly version: number
  readonly engine: WorkRunSpec['engine']
  /** The time that it was due, or that it makes up for. */
  readonly dueAt: number | null
  readonly savepoint: string | null
  /** Absent in runs of older servers. */
  readonly timeLimitMs?: number | null
}

/** How often a run may lose its runner; its statements have not failed then. */
const LOSSES = 3

/** Starts a work. Throws where it runs already, or where no live runner could run it. */
export async function startWork(
  db: Db,
  start: {
    readonly id: string
    readonly trigger: Trigger
    readonly attempt?: number
    readonly dueAt?: number
    readonly savepoint?: string
    /** Those of the runners that are there; looked up without it. */
    readonly engines?: ReadonlySet<string>
    /** Of several: who starts them begins all of their runs at once. */
    readonly isHeld?: boolean
  },
  at?: number,
): Promise<Job> {
  return inTransaction(db, async (trx) => {
    const work = await getWork(trx, start.id)
    if (isUnderWay(work))
      throw conflict(
        `Work ${work.id} is ${work.state} already, in task ${work.runId}: cancel that, or wait for its end`,
      )
    await requireDone(trx, work)
    const spec = specOf(work, {
      savepoint: start.savepoint ?? null,
      engines: start.engines ?? (await liveEngines(trx)),
    })
    const request: RunRequest = {
      trigger: start.trigger,
      attempt: start.attempt ?? 1,
      version: work.version,
      engine: spec.engine,
      dueAt: start.dueAt ?? null,
      savepoint: start.savepoint ?? null,
      timeLimitMs: spec.timeLimitMs,
    }
    const now = at ?? (await databaseTime(trx))
    const id = randomId()
    await trx
      .updateTable('work')
      .set({ run_id: id, state: 'waiting', updated_at: now })
      .where('id', '=', work.id)
      .execute()
    return submitJob(
      trx,
      {
        id,
        surface: WORKS.surface,
        kind: WORKS.kind,
        owner: work.owner,
        name: work.id,
        description: work.name,
        isHeld: start.isHeld ?? false,
        members: {},
        graph: [{ name: WORKS.node, module: work.category, needs: [] }],
        tasks: [
          {
            name: WORKS.node,
            kind: 'work',
            role: null,
            party: null,
            position: 0,
            maxAttempts: LOSSES,
            needs: { engine: spec.engine },
            spec,
          },
        ],
        request,
      },
      now,
    )
  })
}

/** What a work needs to have succeeded before it. */
async function requireDone(trx: Trx, work: Work): Promise<void> {
  for (const id of work.settings.after ?? []) {
    const before = await getWork(trx, id)
    if (before.state === 'succeeded') continue
    throw conflict(
      `Work ${work.id} comes after work ${id}, which is ${before.state}: it starts once that has finished`,
    )
  }
}

function specOf(
  work: Work,
  { savepoint, engines }: { savepoint: string | null; engines: ReadonlySet<string> },
): WorkRunSpec {
  return {
    type: 'work',
    engine: engineFor(engines, work),
    workId: work.id,
    name: work.name,
    category: work.category,
    mode: work.type,
    script: work.script,
    directory: work.workDirectory,
    mainClass: work.mainClassName,
    params: work.extraParams ?? [],
    javaVersion: work.javaVersion,
    savepoint,
    timeLimitMs: work.settings.timeLimitMs ?? null,
  }
}

/** The engine that would run works of a kind now, or null where none could. */
export async function engineNow(
  db: Db,
  work: Pick<Work, 'category' | 'type'>,
): Promise<WorkRunSpec['engine'] | null> {
  const engines = await liveEngines(db)
  if (engines.has('flink')) return 'flink'
  return isLocal(work) && engines.has('duckdb') ? 'duckdb' : null
}

/** Whether the engine that is built in has such works. */
function isLocal({ category, type }: Pick<Work, 'category' | 'type'>): boolean {
  return category === 'FLINK_SQL' && type === 'BATCH'
}

/** The engines of works of the runners that are there. */
export async function liveEngines(db: Db): Promise<ReadonlySet<string>> {
  const runners = (await liveRunners(db)).filter(({ parties }) => parties === null)
  return new Set(runners.flatMap(({ capacity }) => capacity.engines ?? []))
}

/** The engine that runs a work: Flink where a live runner has it, otherwise the one that is built in. */
function engineFor(engines: ReadonlySet<string>, work: Work): WorkRunSpec['engine'] {
  if (engines.has('flink')) return 'flink'
  if (work.category === 'FLNK_JAR')
    throw unavailableEngine(`Work ${work.id} runs a JAR, which needs Flink`)
  if (work.type === 'STREAMING')
    throw unavailableEngine(`Work ${work.id} is STREAMING, which needs Flink`)
  if (engines.has('duckdb')) return 'duckdb'
  throw new DomainError(
    'unavailable',
    'No live runner runs SQL: start one (npm run runner), with @duckdb/node-api installed there, or WEFT_FLINK_URL for a Flink cluster',
    { subject: 'engine' },
  )
}

function unavailableEngine(what: string): DomainError {
  return new DomainError(
    'unavailable',
    `${what}, and no live runner has a cluster: set WEFT_FLINK_URL and WEFT_FLINK_GATEWAY_URL on one`,
    { subject: 'engine' },
  )
}

/** Stops a work's run, if one is under way, and forgets those that wait for it. */
export async function stopWork(db: Db, id: string, at?: number): Promise<void> {
  await inTransaction(db, async (trx) => {
    const work = await getWork(trx, id)
    const now = at ?? (await databaseTime(trx))
    await trx.deleteFrom('work_due').where('work_id', '=', id).execute()
    if (work.runId !== null && isUnderWay(work))
      await stopJob(trx, { id: work.runId, reason: 'The work was stopped' }, now)
  })
}

/** The runs of a work, newest first. */
export async function listRuns(
  db: Db,
  query: { workId: string; limit: number; skip?: number },
): Promise<Job[]> {
  const rows = await db
    .selectFrom('job')
    .selectAll()
    .where('surface', '=', WORKS.surface)
    .where('kind', '=', WORKS.kind)
    .where('name', '=', query.workId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .offset(query.skip ?? 0)
    .execute()
  return rows.map(toJob)
}

/** A run of a work. */
export async function getRun(db: Db, run: { workId: string; id: string }): Promise<Job> {
  const row = await db
    .selectFrom('job')
    .selectAll()
    .where('id', '=', run.id)
    .where('surface', '=', WORKS.surface)
    .where('name', '=', run.workId)
    .executeTakeFirst()
  if (row) return toJob(row)
  throw new DomainError(
    'not_found',
    `Work ${run.workId} has no task "${run.id}": GET /api/v1/works/${run.workId}/tasks lists those it has`,
    { subject: 'task' },
  )
}

/** Stops a run; one that is over stays as it is. */
export async function cancelRun(db: Db, run: { workId: string; id: string }): Promise<Job> {
  const job = await getRun(db, run)
  if (isJobOver(job.state))
    throw conflict(`Task ${job.id} is ${job.state} already: there is nothing to cancel`)
  return stopJob(db, { id: job.id, reason: 'The task was canceled' })
}

/** When an engine first took up each of these runs; those that none has are left out. */
export async function runsBegun(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('task')
    .select(['job_id', 'started_at'])
    .where('job_id', 'in', inList(ids))
    .where('started_at', 'is not', null)
    .execute()
  return new Map(
    rows.flatMap((row) => (row.started_at === null ? [] : [[row.job_id, row.started_at]])),
  )
}
