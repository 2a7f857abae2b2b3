/**
 * Jobs: the list, one job, one component of it, suspending, resuming, stopping.
 * @module
 */
import { type Context, Hono } from 'hono'

import { JobDetail, LiveLink } from '../../views/job/detail.tsx'
import { JobList, JobListPage, type JobListProps } from '../../views/job/list.tsx'
import { LogPart, taskNames } from '../../views/job/log.tsx'
import { jobPath, jobTitle } from '../../views/job/task-words.ts'
import { ownOnly } from '../api/access.ts'
import type { AppDeps } from '../api/deps.ts'
import { countSearch, JOB_ORDERS, searchJobs } from '../domain/job-search.ts'
import { JOB_STATES } from '../domain/job-state.ts'
import { getJob, stopJob } from '../domain/job.ts'
import { resumeJob, suspendJob } from '../domain/suspend.ts'
import { listTasks } from '../domain/task.ts'
import { describeJobs } from './describe.ts'
import { localPath } from './local-path.ts'
import { logFile } from './log-file.ts'
import { readLog, readSnapshot, toLogFilter, toLogQuery } from './snapshot.ts'

const PAGE_SIZE = 25

/** `/jobs`, `/jobs/:id` and what belongs to them. */
export function jobRoutes(deps: AppDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  app.get('/jobs', async (c) =>
    c.render(<JobListPage {...await jobList(deps, c)} />, { title: 'Jobs' }),
  )

  app.get('/jobs/list', async (c) =>
    c.render(<JobList {...await jobList(deps, c)} />, { title: 'Jobs' }),
  )

  app.get('/jobs/:id', async (c) => {
    const filter = toLogFilter(c.req.query())
    const id = c.req.param('id')
    const tasks = await listTasks(db, id)
    // The log is read first: a line that comes in between is sent by the live connection.
    const lines = await readLog(db, { id, tasks }, filter)
    const snapshot = await readSnapshot(db, id, now())
    return c.render(<JobDetail snapshot={snapshot} lines={lines} filter={filter} />, {
      title: () => jobTitle(snapshot.job),
    })
  })

  app.get('/jobs/:id/log', async (c) => {
    const filter = toLogFilter(c.req.query())
    const job = await getJob(db, c.req.param('id'))
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial') return c.redirect(jobPath(job.id), 302)
    const tasks = await listTasks(db, job.id)
    const lines = await readLog(db, { id: job.id, tasks }, filter)
    const place = { page: jobPath(job.id), part: `${jobPath(job.id)}/log` }
    const view = (
      <>
        <LogPart job={job} tasks={tasks} lines={lines} filter={filter} {...place} />
        <hx-partial hx-target="#live" hx-swap="outerHTML">
          <LiveLink job={job} filter={filter} after={lines.at(-1)?.id ?? 0} />
        </hx-partial>
      </>
    )
    return c.render(view, { title: () => jobTitle(job) })
  })

  app.get('/jobs/:id/log.txt', async (c) => {
    const filter = toLogFilter(c.req.query())
    const job = await getJob(db, c.req.param('id'))
    const tasks = await listTasks(db, job.id)
    const query = toLogQuery({ id: job.id, tasks }, filter)
    return logFile(db, query, { name: `job-${job.id}.log.txt`, tasks: taskNames(tasks) })
  })

  app.post('/jobs/:id/stop', async (c) => {
    const form = await c.req.parseBody()
    const job = await stopJob(db, { id: c.req.param('id'), reason: 'Stopped in the console' })
    return c.redirect(localPath(form['back']) ?? jobPath(job.id), 303)
  })

  app.post('/jobs/:id/suspend', async (c) => {
    const reason = 'Suspended in the console: resume it to go on'
    const job = await suspendJob(db, { id: c.req.param('id'), reason })
    return c.redirect(jobPath(job.id), 303)
  })

  app.post('/jobs/:id/resume', async (c) => {
    const job = await resumeJob(db, { id: c.req.param('id'), reason: 'Resumed in the console' })
    return c.redirect(jobPath(job.id), 303)
  })

  return app
}

async function jobList({ db, now }: AppDeps, c: Context): Promise<JobListProps> {
  const query = c.req.query()
  const filter = {
    state: JOB_STATES.find((state) => state === query['state']) ?? '',
    surface: query['surface'] ?? '',
    text: (query['text'] ?? '').trim(),
    kind: query['kind'] === 'upload' ? 'upload' : '',
    role: (query['role'] ?? '').slice(0, 40),
    party: (query['party'] ?? '').trim().slice(0, 100),
    component: (query['component'] ?? '').trim().slice(0, 200),
    since: dateOf(query['since']),
    until: dateOf(query['until']),
    order: JOB_ORDERS.find((order) => order === query['order'] && order !== 'newest') ?? '',
    after: query['after'] ?? '',
  }
  const search = {
    ...filter,
    ...ownOnly(c),
    since: dayOf(filter.since, 0),
    until: dayOf(filter.until, 1),
  }
  const order = JOB_ORDERS.find((known) => known === filter.order)
  const page = await searchJobs(db, { ...search, order, limit: PAGE_SIZE })
  const total = await countSearch(db, search)
  const jobs = await describeJobs(db, page.items)
  return { jobs, next: page.next, total, filter, now: now() }
}

/** A day as a date field sends it, or nothing. */
function dateOf(text: string | undefined): string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
    ? text
    : ''
}

/** The beginning of a day, or of one some days later, in UTC. */
function dayOf(date: string, later: number): number | undefined {
  return date === '' ? undefined : Date.parse(date) + later * 86_400_000
}
