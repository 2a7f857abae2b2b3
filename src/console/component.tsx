/**
 * One component of a job: its page with tabs, and its rows as a file.
 * @module
 */
import { Hono } from 'hono'

import {
  COMPONENT_TABS,
  type ComponentChoice,
  type ComponentTab,
  seatOf,
} from '../../views/job/component-choice.tsx'
import { ComponentDetail, componentLog, LogLink } from '../../views/job/component.tsx'
import type { JobSnapshot } from '../../views/job/detail.tsx'
import { type LogFilter, LogPart } from '../../views/job/log.tsx'
import { hasResults } from '../../views/job/metric-charts.ts'
import { ROWS_SHOWN, type RowsShown } from '../../views/job/output-rows.tsx'
import { componentPath } from '../../views/job/task-words.ts'
import type { AppDeps } from '../api/deps.ts'
import { notFound, unavailable } from '../domain/error.ts'
import { getJob, type Job } from '../domain/job.ts'
import { listTasks } from '../domain/task.ts'
import { fileHeaders, toStream } from './log-file.ts'
import { outputTables, type OutputTable, placeOf, previewRows, toCsv } from './output.ts'
import { readLog, readSnapshot, toLogFilter } from './snapshot.ts'

type Query = Readonly<Record<string, string>>

/** `/jobs/:id/components/:name` and what belongs to it. */
export function componentRoutes(deps: AppDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  app.get('/jobs/:id/components/:name', async (c) => {
    const { id, name } = c.req.param()
    return c.render(await page({ id, name }, c.req.query()), { title: () => name })
  })

  app.get('/jobs/:id/components/:name/parts', async (c) => {
    const { id, name } = c.req.param()
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial')
      return c.redirect(componentPath(id, name), 302)
    return c.render(await page({ id, name }, c.req.query()), { title: () => name })
  })

  app.get('/jobs/:id/components/:name/log', async (c) => {
    const { id, name } = c.req.param()
    if (c.req.header('HX-Request-Type') !== 'partial')
      return c.redirect(`${componentPath(id, name)}?tab=log`, 302)
    const job = await getJob(db, id)
    checkName(job, name)
    const tasks = (await listTasks(db, id)).filter((task) => task.name === name)
    const filter = logFilterOf(name, c.req.query())
    const lines = await readLog(db, { id, tasks }, filter)
    const view = (
      <>
        <LogPart {...componentLog(job, name)} tasks={tasks} lines={lines} filter={filter} />
        <hx-partial hx-target="#live" hx-swap="outerHTML">
          <LogLink job={job} filter={filter} after={lines.at(-1)?.id ?? 0} />
        </hx-partial>
      </>
    )
    return c.render(view, { title: () => name })
  })

  app.get('/jobs/:id/components/:name/rows.csv', async (c) => {
    const { id, name } = c.req.param()
    const snapshot = await readSnapshot(db, id, now())
    checkName(snapshot.job, name)
    const table = chosen(outputTables(snapshot, name), c.req.query())
    if (!table) throw notFound(`${name} has left no such table: see its page for those there are`)
    const { task, artifact } = table
    const kept = previewRows(artifact)
    if (!kept) throw unavailable(`The rows of ${name} stay with its party: it hands out no preview`)
    const place = placeOf(deps.catalog, { job: snapshot.job, table })
    const rows = place && (await deps.files?.openRows?.(place, {}))
    if (!rows && (artifact.rows ?? kept.length) > kept.length) {
      throw unavailable(
        `The ${artifact.rows} rows of ${name} are in the data directory of the party's runner, which this server cannot read`,
      )
    }
    const { header } = table
    const heading = new TextEncoder().encode(toCsv([header]))
    const lines = rows?.lines() ?? [new TextEncoder().encode(toCsv(kept))]
    const file = `${id}-${name}-${task.role ?? ''}-${task.party ?? task.position}-${artifact.name}.csv`
    return new Response(toStream(following(heading, lines)), {
      headers: fileHeaders(file, 'text/csv'),
    })
  })

  async function page(key: { id: string; name: string }, query: Query) {
    const { id, name } = key
    const snapshot = await readSnapshot(db, id, now())
    checkName(snapshot.job, name)
    const tab = tabOf(snapshot, { name, asked: query['tab'] })
    const choice: ComponentChoice = {
      tab,
      at: (query['at'] ?? '').slice(0, 200),
      output: (query['output'] ?? '').slice(0, 200),
      feature: (query['feature'] ?? '').slice(0, 500),
      tree: toNumber(query['tree']),
      filter: logFilterOf(name, query),
    }
    const tasks = snapshot.tasks.filter((task) => task.name === name)
    const lines = tab === 'log' ? await readLog(db, { id, tasks }, choice.filter) : []
    const rows = tab === 'data' ? await readRows(snapshot, { name, query }) : undefined
    return (
      <ComponentDetail snapshot={snapshot} name={name} choice={choice} rows={rows} lines={lines} />
    )
  }

  async function readRows(
    snapshot: JobSnapshot,
    { name, query }: { name: string; query: Query },
  ): Promise<RowsShown | undefined> {
    const tables = outputTables(snapshot, name)
    const table = chosen(tables, query)
    if (!table) return undefined
    const { artifact } = table
    const kept = previewRows(artifact)
    const total = artifact.rows ?? kept?.length ?? 0
    const whole = toNumber(query['offset'])
    const offset = Math.floor(whole / ROWS_SHOWN) * ROWS_SHOWN
    const shown = { ...table, tables, offset }
    // The policy that hides first rows hides all of them.
    if (!kept) return { ...shown, rows: undefined, within: 0, limit: null }
    const place = placeOf(deps.catalog, { job: snapshot.job, table })
    const slice = { offset, limit: ROWS_SHOWN }
    const rows = place && (await deps.files?.readRows?.(place, slice))
    if (rows) return { ...shown, rows, within: total, limit: null }
    return {
      ...shown,
      rows: kept.slice(offset, offset + ROWS_SHOWN),
      within: kept.length,
      limit:
        kept.length < total
          ? `Only the first ${kept.length} rows are here: the others are in the data directory of the party’s runner.`
          : null,
    }
  }

  return app
}

/** Without a choice of tasks it is all of the component's. */
function logFilterOf(name: string, query: Query): LogFilter {
  const filter = toLogFilter(query)
  return filter.task === '' ? { ...filter, task: `component:${name}` } : filter
}

function checkName(job: Job, name: string): void {
  if (job.graph.some((node) => node.name === name)) return
  const names = job.graph.map((node) => node.name).join(', ')
  throw notFound(`Job ${job.id} has no component "${name}": its components are ${names}`)
}

/** The tab that was asked for, or the first that has something to show. */
function tabOf(
  snapshot: JobSnapshot,
  { name, asked }: { name: string; asked: string | undefined },
): ComponentTab {
  const known = COMPONENT_TABS.find(([tab]) => tab === asked)
  if (known) return known[0]
  const ids = new Set(snapshot.tasks.filter((task) => task.name === name).map(({ id }) => id))
  const { metrics, artifacts } = snapshot
  if (hasResults(metrics.filter(({ taskId }) => ids.has(taskId)))) return 'results'
  if (artifacts.some(({ taskId, kind }) => kind === 'model' && ids.has(taskId))) return 'model'
  return 'results'
}

function chosen(tables: readonly OutputTable[], query: Query): OutputTable | undefined {
  const { at = '', output = '' } = query
  const own = at === '' ? tables : tables.filter(({ task }) => seatOf(task) === at)
  return output === '' ? own.at(0) : own.find(({ artifact }) => artifact.name === output)
}

function toNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0
}

async function* following(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
