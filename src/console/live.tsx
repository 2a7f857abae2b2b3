/**
 * What happens to a job while somebody looks at its page: one stream that carries the parts that changed and the
 * log lines that came, until the job is over.
 * @module
 */
import { Hono } from 'hono'

import { type JobSnapshot, LIVE_IDS, type LivePart, livePartsOf } from '../../views/job/detail.tsx'
import { LOG_LINES, type LogFilter, LogLines, taskNames } from '../../views/job/log.tsx'
import { isJobOver } from '../domain/job-state.ts'
import { getJob } from '../domain/job.ts'
import { listLog } from '../domain/log.ts'
import { listTasks, type Task } from '../domain/task.ts'
import type { ConsoleDeps, Db } from './deps.ts'
import { readSnapshot, toLogFilter, toLogQuery } from './snapshot.ts'
import { changedParts, type Look, partial, type Show, streamLooks } from './stream.ts'

/** `/jobs/:id/live`: server-sent events whose data are fragments of the page. */
export function liveRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()
  app.get('/jobs/:id/live', async (c) => {
    const { id } = await getJob(deps.db, c.req.param('id'))
    const filter = toLogFilter(c.req.query())
    // The page of a component shows the log, and nothing else of its job.
    const isLogOnly = c.req.query('only') === 'log'
    const look = lookAt(deps, { id, filter, isLogOnly })
    return streamLooks(deps, c, { about: { jobId: id }, look })
  })
  return app
}

function lookAt(deps: ConsoleDeps, view: { id: string; filter: LogFilter; isLogOnly: boolean }) {
  const { db, now } = deps
  const { id, filter, isLogOnly } = view
  let mark = ''
  let keys: PartKeys = {}
  return async (after: number, show: Show): Promise<Look> => {
    // The state is read before the log: a job that is over then has no more lines to come.
    const current = await markOf(db, id)
    const query = toLogQuery({ id, tasks: current.tasks }, filter)
    const lines =
      filter.before === undefined ? await listLog(db, { ...query, after, limit: LOG_LINES }) : []
    let html = ''
    if (current.mark !== mark && !isLogOnly) {
      mark = current.mark
      const snapshot = await readSnapshot(db, id, now())
      const fresh = keysOf(snapshot)
      const change = { ids: LIVE_IDS, before: keys, after: fresh }
      html += show(() => changedParts(livePartsOf(snapshot), change))
      keys = fresh
    }
    if (lines.length > 0) {
      const names = taskNames(current.tasks)
      html += show(() =>
        partial('#log-lines', 'beforeend', <LogLines lines={lines} names={names} />),
      )
    }
    const last = lines.at(-1)?.id ?? after
    return { html, last, more: lines.length === LOG_LINES, isOver: current.isOver }
  }
}

type PartKeys = Partial<Record<LivePart, string>>

/** Something that differs whenever anything of a job has changed; cheap to ask for. */
async function markOf(
  db: Db,
  id: string,
): Promise<{ mark: string; tasks: readonly Task[]; isOver: boolean }> {
  const job = await getJob(db, id)
  const tasks = await listTasks(db, id)
  const words = tasks.map((task) => [task.state, task.updatedAt, task.progress, task.reason])
  return {
    tasks,
    mark: JSON.stringify([job.state, job.progress, job.updatedAt, words]),
    isOver: isJobOver(job.state),
  }
}

/** What each part of the page is made of, as text to compare: never the time, which only the page counts. */
function keysOf(snapshot: JobSnapshot): PartKeys {
  const { job, tasks, metrics, ledger, labels, artifacts, attempts, events, reason } = snapshot
  const states = tasks.map((task) => [task.id, task.state, task.progress, task.reason])
  return {
    head: JSON.stringify([job.state, job.progress, reason, states]),
    graph: JSON.stringify(tasks.map((task) => task.state)),
    tasks: JSON.stringify([states, attempts]),
    results: JSON.stringify([job.state, metrics]),
    ledger: JSON.stringify([job.state, ledger, labels]),
    outputs: JSON.stringify([job.state, artifacts]),
    events: JSON.stringify(events.at(-1)?.id ?? 0),
  }
}
