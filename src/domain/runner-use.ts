/**
 * How busy runners are, over time: a sample every five seconds for a quarter of an hour, one a minute for a day.
 * @module
 */
import { sql } from 'kysely'

import { fromJson, toJson } from '../db/json.ts'
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import type { GpuUse, RunnerSample } from './work.ts'

/** One sample is kept of as many milliseconds. */
export const SAMPLE_MS = 5000
/** How long every sample is kept. */
export const FINE_MS = 15 * 60_000
/** How long one sample a minute is kept. */
export const KEPT_MS = 24 * 3_600_000

const MINUTE_MS = 60_000

/** A sample and the time at which its five seconds, or its minute, began. */
export interface TimedSample extends RunnerSample {
  readonly at: number
}

/**
 * Keeps a sample; the last of five seconds counts. With the first of a minute the older ones of this runner become
 * one a minute, their mean, so that keeping them never costs more than a look at the runner's own rows.
 */
export async function recordSample(
  db: Db,
  entry: { runnerId: string; sample: RunnerSample },
  now: number,
): Promise<void> {
  const { runnerId, sample } = entry
  const at = now - (now % SAMPLE_MS)
  const row = {
    cpu: Math.min(1, Math.max(0, sample.cpu)),
    memory_mb: Math.round(sample.memoryMb),
    tasks: sample.tasks,
    gpus: toJson([...sample.gpus]),
  }
  await inTransaction(db, async (trx) => {
    const last = await trx
      .selectFrom('runner_sample')
      .select((select) => select.fn.max<number | null>('at').as('at'))
      .where('runner_id', '=', runnerId)
      .executeTakeFirst()
    await trx
      .insertInto('runner_sample')
      .values({ runner_id: runnerId, at, ...row })
      .onConflict((clash) => clash.columns(['runner_id', 'at']).doUpdateSet(row))
      .execute()
    if (last?.at && minuteOf(last.at) !== minuteOf(at)) await thin(trx, runnerId, now)
  })
}

/** Samples by runner since a time, oldest first; `every` leaves out all but one in so many fine ones. */
export async function listSamples(
  db: Db,
  query: { runnerIds: readonly string[]; since: number; every?: number },
): Promise<Map<string, TimedSample[]>> {
  if (query.runnerIds.length === 0) return new Map()
  const { every = 1 } = query
  const rows = await db
    .selectFrom('runner_sample')
    .select(['runner_id', 'at', 'cpu', 'memory_mb', 'tasks', 'gpus'])
    .where('runner_id', 'in', inList(query.runnerIds))
    .where('at', '>=', query.since)
    .$if(every > 1, (builder) => builder.where(sql`(at / ${SAMPLE_MS}) % ${every}`, '=', 0))
    .orderBy('runner_id')
    .orderBy('at')
    .execute()
  const samples = rows.map((row) => ({
    runnerId: row.runner_id,
    sample: {
      at: row.at,
      cpu: row.cpu,
      memoryMb: row.memory_mb,
      tasks: row.tasks,
      gpus: fromJson(row.gpus) as readonly GpuUse[],
    },
  }))
  const grouped = Map.groupBy(samples, (entry) => entry.runnerId)
  return new Map([...grouped].map(([id, list]) => [id, list.map((entry) => entry.sample)]))
}

/** Makes the runner's samples beyond a quarter of an hour one a minute, and forgets what is older than a day. */
async function thin(trx: Trx, runnerId: string, now: number): Promise<void> {
  const fine = minuteOf(now - FINE_MS)
  const oldest = now - KEPT_MS
  await trx.deleteFrom('runner_sample').where('at', '<', oldest).where(ofOrGone(runnerId)).execute()
  // Whole minutes only, so that a mean is never taken of means. A bare column goes with the row of max(at).
  await sql`
    insert into runner_sample (runner_id, at, cpu, memory_mb, tasks, gpus)
    select runner_id, minute, cpu, memory, tasks, gpus from (
      select runner_id, at - at % ${MINUTE_MS} as minute, avg(cpu) as cpu,
        cast(round(avg(memory_mb)) as integer) as memory, cast(round(avg(tasks)) as integer) as tasks,
        gpus, max(at), count(*) as samples, min(at) as first
      from runner_sample where runner_id = ${runnerId} and at < ${fine} group by 1, 2
    ) where samples > 1 or first <> minute
    on conflict (runner_id, at) do update set
      cpu = excluded.cpu, memory_mb = excluded.memory_mb, tasks = excluded.tasks, gpus = excluded.gpus`.execute(
    trx,
  )
  await trx
    .deleteFrom('runner_sample')
    .where('runner_id', '=', runnerId)
    .where('at', '<', fine)
    .where(sql`at % ${MINUTE_MS}`, '<>', 0)
    .execute()
}

/** The runner itself, and those that have been silent for so long that they no longer thin their own. */
function ofOrGone(runnerId: string) {
  return sql<boolean>`(runner_id = ${runnerId} or runner_id in (
    select id from runner where seen_at < (select seen_at from runner where id = ${runnerId}) - ${KEPT_MS}))`
}

function minuteOf(at: number): number {
  return at - (at % MINUTE_MS)
}
