/**
 * The list of jobs of task roles: `/batch`, as CSV, and stopping several at once.
 * @module
 */
import { type Context, Hono } from 'hono'

import {
  BatchList,
  type BatchFilter,
  BatchListPage,
  type BatchListProps,
} from '../../../views/openpai/list.tsx'
import { filterOf, pageOf } from '../../api/openpai/job-list.ts'
import { invalid } from '../../domain/error.ts'
import {
  countFrameworks,
  type ListedFramework,
  listFrameworks,
} from '../../domain/framework-list.ts'
import { setExecution } from '../../domain/framework.ts'
import { listClusters } from '../../domain/virtual-cluster.ts'
import type { ConsoleDeps } from '../deps.ts'
import { formOf } from '../fedlearn/choice.ts'
import { localPath } from '../local-path.ts'
import { fileHeaders, toStream } from '../log-file.ts'
import { asDomain, personOf, requireChange } from './caller.ts'
import { findNamed } from './find.ts'

const PAGE_SIZE = 25
/** Jobs of a file that are in memory at once. */
const CSV_PAGE = 1000
const MOST_STOPPED = 1000
const FIELDS = [
  'keyword',
  'state',
  'username',
  'vc',
  'tagsContain',
  'jobPriority',
  'order',
  'offset',
] as const satisfies readonly (keyof BatchFilter)[]

/** `/batch`, `/batch/list`, `/batch/jobs.csv` and `/batch/stop`. */
export function batchListRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch', async (c) => c.render(<BatchListPage {...await read(c)} />, { title: 'Batch' }))
  app.get('/batch/list', async (c) =>
    c.render(<BatchList {...await read(c)} />, { title: 'Batch' }),
  )

  app.get('/batch/jobs.csv', async (c) => {
    const filter = readFilter(c)
    const [which, page] = await asDomain(
      async () =>
        [filterOf((name) => query(filter, name)), pageOf((name) => query(filter, name))] as const,
    )
    async function* lines(): AsyncGenerator<Uint8Array> {
      const encoder = new TextEncoder()
      yield encoder.encode(`${COLUMNS.map(([name]) => name).join(',')}\r\n`)
      for (let offset = 0; ; offset += CSV_PAGE) {
        const jobs = await listFrameworks(db, which, { ...page, offset, limit: CSV_PAGE })
        const rows = jobs.map((job) => COLUMNS.map(([, of]) => csvCell(of(job))).join(','))
        yield encoder.encode(rows.map((row) => `${row}\r\n`).join(''))
        if (jobs.length < CSV_PAGE) return
      }
    }
    return new Response(toStream(lines()), { headers: fileHeaders('jobs.csv', 'text/csv') })
  })

  app.post('/batch/stop', async (c) => {
    const caller = await personOf(c, deps)
    const form = await formOf(c.req.raw)
    const names = form.getAll('job')
    if (names.length === 0) throw invalid('No job was chosen: tick those that are to be stopped.')
    if (names.length > MOST_STOPPED)
      throw invalid(`At most ${MOST_STOPPED} jobs are stopped at once`)
    const jobs = await Promise.all(names.map((name) => findNamed(db, name, caller)))
    // Nobody is to find half of them stopped.
    for (const { owner } of jobs) requireChange(caller, owner)
    for (const { jobId } of jobs)
      await setExecution(db, { jobId, execution: 'STOP', by: caller.name })
    return c.redirect(localPath(form.get('back')) ?? '/batch', 303)
  })

  async function read(c: Context): Promise<BatchListProps> {
    const filter = readFilter(c)
    const [which, page] = await asDomain(
      async () =>
        [filterOf((name) => query(filter, name)), pageOf((name) => query(filter, name))] as const,
    )
    const [jobs, total, clusters] = await Promise.all([
      listFrameworks(db, which, { ...page, limit: PAGE_SIZE }),
      countFrameworks(db, which),
      listClusters(db),
    ])
    return {
      jobs,
      total,
      clusters: clusters.map(({ name }) => name),
      filter,
      pageSize: PAGE_SIZE,
      now: deps.now(),
    }
  }

  return app
}

function readFilter(c: Context): BatchFilter {
  const texts = FIELDS.map((name) => [name, (c.req.query(name) ?? '').trim().slice(0, 200)])
  return Object.fromEntries(texts) as Record<(typeof FIELDS)[number], string>
}

/** What the API would have been asked: what is empty was not said. */
function query(filter: BatchFilter, name: string): string | undefined {
  const text: string | undefined = { ...filter }[name as keyof BatchFilter]
  return text === '' ? undefined : text
}

const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString())

const COLUMNS: readonly (readonly [
  name: string,
  of: (job: ListedFramework) => string | number | null,
])[] = [
  ['name', (job) => job.name],
  ['user', (job) => job.owner],
  ['state', (job) => job.state],
  ['virtualCluster', (job) => job.virtualCluster],
  ['priority', (job) => job.priority],
  ['tags', (job) => job.tags.join(';')],
  ['tasks', (job) => job.totalTasks],
  ['gpus', (job) => job.totalGpus],
  ['retries', (job) => job.attempt],
  ['exitCode', (job) => job.exitCode],
  ['submitted', (job) => time(job.submittedAt)],
  ['launched', (job) => time(job.launchedAt)],
  ['completed', (job) => time(job.completedAt)],
]

/** One value; a text that a spreadsheet would take for a formula is kept from being one. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
