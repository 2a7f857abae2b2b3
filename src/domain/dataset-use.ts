/**
 * What trainings use of data sets: whose labels, under which promise, and how often. Trainings that were deleted count
 * too: what was told was told.
 * @module
 */
import { sql } from 'kysely'

import type { Db, Trx } from '../db/type.ts'
import { isJobOver } from './job-state.ts'

/** A data set by whose and which it is. */
export interface DatasetRef {
  readonly party: string
  readonly dataset: string
}

/** What a training uses of a data set. */
export interface DatasetUse extends DatasetRef {
  readonly matchId: string
  /** The column that is learnt; null where another data set has it. */
  readonly label: string | null
  /** What is promised of a single label; null where nothing is. */
  readonly loss: { readonly epsilon: number; readonly delta: number } | null
}

/** One that was entered, and how often it is begun: once for every attempt, and at least once while it may still run. */
export interface CountedUse extends DatasetUse {
  readonly jobId: string
  readonly times: number
  /** Whether it reads the column that was asked for as one to learn from. */
  readonly reads: boolean
}

/** Enters what a training uses. */
export async function enterUses(
  trx: Trx,
  jobId: string,
  uses: readonly DatasetUse[],
): Promise<void> {
  const rows = uses.map(({ matchId, party, dataset, label, loss }) => ({
    job_id: jobId,
    match_id: matchId,
    party,
    dataset,
    label,
    epsilon: loss?.epsilon ?? null,
    delta: loss?.delta ?? null,
  }))
  if (rows.length > 0) await trx.insertInto('dataset_use').values(rows).execute()
}

/** All uses of a data set, oldest first; `node` is the one that learns, `column` a column of the data set. */
export async function listUses(
  db: Db,
  of: DatasetRef & { readonly node: string; readonly column: string | null },
): Promise<CountedUse[]> {
  const { party, dataset, node, column } = of
  const rows = await db
    .selectFrom('dataset_use')
    .innerJoin('job', 'job.id', 'dataset_use.job_id')
    .selectAll('dataset_use')
    .select(['job.state'])
    .select((expression) => [
      expression
        .selectFrom('task')
        .select((inner) => inner.fn.max('task.attempts').as('attempts'))
        .whereRef('task.job_id', '=', 'job.id')
        .where('task.name', '=', node)
        .as('attempts'),
      sql<number>`exists (select 1 from json_each(job.request, '$.clients') as client,
        json_each(client.value, '$.columns') as read where read.value = ${column}
        and json_extract(client.value, '$.party') = ${party}
        and json_extract(client.value, '$.dataset') = ${dataset})`.as('reads'),
    ])
    .where('dataset_use.party', '=', party)
    .where('dataset_use.dataset', '=', dataset)
    .orderBy('job.created_at')
    .orderBy('job.id')
    .execute()
  return rows.map((row) => ({
    jobId: row.job_id,
    matchId: row.match_id,
    party: row.party,
    dataset: row.dataset,
    label: row.label,
    loss: row.epsilon === null ? null : { epsilon: row.epsilon, delta: row.delta ?? 0 },
    times: Math.max(isJobOver(row.state) ? 0 : 1, row.attempts ?? 0),
    reads: row.reads === 1 && row.label !== column,
  }))
}
