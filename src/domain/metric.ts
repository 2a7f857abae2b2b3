/**
 * Metric series that tasks report: loss curves, ROC, counts.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'

export type Point = readonly [x: number | string, y: number]

export interface Metric {
  readonly taskId: string
  readonly namespace: string
  readonly name: string
  readonly meta: Record<string, unknown>
  readonly points: readonly Point[]
}

export interface NewPoints {
  readonly jobId: string
  readonly taskId: string
  readonly namespace: string
  readonly name: string
  readonly points: readonly Point[]
  readonly meta: Record<string, unknown>
}

/** Appends points to a series, making it when it is new; `meta` keys replace older ones. */
export async function appendMetric(db: Db, entry: NewPoints): Promise<void> {
  const known = await db
    .selectFrom('metric')
    .select(['id', 'meta'])
    .where('task_id', '=', entry.taskId)
    .where('namespace', '=', entry.namespace)
    .where('name', '=', entry.name)
    .executeTakeFirst()
  const id = known
    ? known.id
    : (
        await db
          .insertInto('metric')
          .values({
            job_id: entry.jobId,
            task_id: entry.taskId,
            namespace: entry.namespace,
            name: entry.name,
            meta: toJson(entry.meta),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id
  if (known) {
    const meta = toJson({ ...fromJson(known.meta), ...entry.meta })
    await db.updateTable('metric').set({ meta }).where('id', '=', id).execute()
  }
  await appendPoints(db, id, entry.points)
}

/** Forgets the series of tasks that start again. */
export async function clearMetrics(db: Db, taskIds: readonly string[]): Promise<void> {
  const series = db.selectFrom('metric').select('id').where('task_id', 'in', taskIds)
  await db.deleteFrom('metric_point').where('metric_id', 'in', series).execute()
  await db.deleteFrom('metric').where('task_id', 'in', taskIds).execute()
}

async function appendPoints(db: Db, metricId: number, points: readonly Point[]): Promise<void> {
  // SQLite keeps NaN as null, which no point may be.
  const finite = points.filter(([, y]) => Number.isFinite(y))
  if (finite.length === 0) return
  const { last } = await db
    .selectFrom('metric_point')
    .select((expression) => expression.fn.max<number | null>('position').as('last'))
    .where('metric_id', '=', metricId)
    .executeTakeFirstOrThrow()
  const rows = finite.map(([x, y], index) => ({
    metric_id: metricId,
    position: (last ?? -1) + 1 + index,
    x: toJson(x),
    y,
  }))
  // SQLite binds at most 32,766 values in one statement.
  for (let start = 0; start < rows.length; start += 1000) {
    await db
      .insertInto('metric_point')
      .values(rows.slice(start, start + 1000))
      .execute()
  }
}

/** The series of a job, of one task when `taskId` is given, with their points. */
export async function listMetrics(
  db: Db,
  query: { jobId: string; taskId?: string; name?: string; withPoints?: boolean },
): Promise<Metric[]> {
  const series = await db
    .selectFrom('metric')
    .select(['id', 'task_id', 'namespace', 'name', 'meta'])
    .where('job_id', '=', query.jobId)
    .$if(query.taskId !== undefined, (builder) =>
      builder.where('task_id', '=', query.taskId as string),
    )
    .$if(query.name !== undefined, (builder) => builder.where('name', '=', query.name as string))
    .orderBy('id')
    .execute()
  if (series.length === 0) return []
  const points =
    query.withPoints === false
      ? []
      : await db
          .selectFrom('metric_point')
          .select(['metric_id', 'x', 'y'])
          .where(
            'metric_id',
            'in',
            series.map((row) => row.id),
          )
          .orderBy('metric_id')
          .orderBy('position')
          .execute()
  const byMetric = Map.groupBy(points, (point) => point.metric_id)
  return series.map((row) => ({
    taskId: row.task_id,
    namespace: row.namespace,
    name: row.name,
    meta: fromJson(row.meta),
    points: (byMetric.get(row.id) ?? []).map((point): Point => [fromJson(point.x), point.y]),
  }))
}
