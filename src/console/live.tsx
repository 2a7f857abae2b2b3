/**
 * What happens to a job while somebody looks at its page: one stream that carries the parts that changed and the
 * log lines that came, until the job is over.
 * @module
 */
import { Hono } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'

import { type JobSnapshot, LIVE_IDS, type LivePart, livePartsOf } from '../../views/job/detail.tsx'
import { LOG_LINES, type LogFilter, LogLines, taskNames } from '../../views/job/log.tsx'
import { isJobOver } from '../domain/job-state.ts'
import { getJob } from '../domain/job.ts'
import { listLog, type LogLine } from '../domain/log.ts'
import { listTasks } from '../domain/task.ts'
import type { ConsoleDeps, Db } from './deps.ts'
import { passes, readSnapshot, toLogFilter } from './snapshot.ts'

const LIVE_MS = 500
const KEEP_ALIVE_MS = 15_000
/** A stream that outlives this is closed; the page connects again and goes on where it was. */
const LONGEST_MS = 10 * 60_000

/** `/jobs/:id/live`: server-sent events whose data are fragments of the page. */
export function liveRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()
  app.get('/jobs/:id/live', async (c) => {
    const { id } = await getJob(db, c.req.param('id'))
    const filter = toLogFilter(c.req.query())
    const start = c.req.header('Last-Event-ID') ?? c.req.query('after') ?? '0'
    // Proxies that gather an answer before they pass it on would hold the stream back.
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      try {
        await follow(deps, { stream, id, filter, start })
      } catch (error) {
        if (stream.aborted) return
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        // The page connects again by itself; what went wrong is for the operator.
        deps.log.error({ jobId: id, error: text }, 'a live page failed')
      }
    })
  })
  return app
}

async function follow(
  deps: ConsoleDeps,
  view: { stream: SSEStreamingApi; id: string; filter: LogFilter; start: string },
): Promise<void> {
  const { db, now } = deps
  const { stream, id, filter } = view
  const opened = now()
  let lastWord = opened
  let last = /^\d{1,15}$/.test(view.start) ? Number(view.start) : 0
  let mark = ''
  let keys: PartKeys = {}
  while (!stream.aborted && now() - opened < LONGEST_MS) {
    // The state is read before the log: a job that is over then has no more lines to come.
    const current = await markOf(db, id)
    const lines = await listLog(db, { jobId: id, after: last, limit: LOG_LINES })
    let html = ''
    if (current.mark !== mark) {
      mark = current.mark
      const snapshot = await readSnapshot(db, id, now())
      const fresh = keysOf(snapshot)
      html += changedParts(snapshot, { before: keys, after: fresh })
      keys = fresh
    }
    if (lines.length > 0) {
      last = lines.at(-1)?.id ?? last
      html += await newLines(db, { id, filter, lines })
    }
    if (html !== '') await stream.writeSSE({ id: String(last), data: html })
    if (lines.length === LOG_LINES) continue
    if (current.isOver) {
      await stream.writeSSE({ id: String(last), event: 'done', data: 'done' })
      return
    }
    if (html !== '') lastWord = now()
    if (now() - lastWord > KEEP_ALIVE_MS) {
      await stream.write(': still here\n\n')
      lastWord = now()
    }
    await stream.sleep(deps.liveMs ?? LIVE_MS)
  }
}

type PartKeys = Partial<Record<LivePart, string>>

/** Something that differs whenever anything of a job has changed; cheap to ask for. */
async function markOf(db: Db, id: string): Promise<{ mark: string; isOver: boolean }> {
  const job = await getJob(db, id)
  const tasks = await listTasks(db, id)
  const words = tasks.map((task) => [task.state, task.updatedAt, task.progress, task.reason])
  return {
    mark: JSON.stringify([job.state, job.progress, job.updatedAt, words]),
    isOver: isJobOver(job.state),
  }
}

/** What each part of the page is made of, as text to compare: never the time, which only the page counts. */
function keysOf(snapshot: JobSnapshot): PartKeys {
  const { job, tasks, metrics, ledger, artifacts, attempts, events, reason } = snapshot
  const states = tasks.map((task) => [task.id, task.state, task.progress, task.reason])
  return {
    head: JSON.stringify([job.state, job.progress, reason, states]),
    graph: JSON.stringify(tasks.map((task) => task.state)),
    tasks: JSON.stringify([states, attempts]),
    results: JSON.stringify([job.state, metrics]),
    ledger: JSON.stringify([job.state, ledger]),
    outputs: JSON.stringify([job.state, artifacts]),
    events: JSON.stringify(events.at(-1)?.id ?? 0),
  }
}

function changedParts(snapshot: JobSnapshot, keys: { before: PartKeys; after: PartKeys }): string {
  const parts = livePartsOf(snapshot)
  const names = Object.keys(parts) as LivePart[]
  return names
    .filter((name) => keys.before[name] !== keys.after[name])
    .map((name) => partial(`#${LIVE_IDS[name]}`, 'outerMorph', markup(parts[name])))
    .join('')
}

async function newLines(
  db: Db,
  batch: { id: string; filter: LogFilter; lines: readonly LogLine[] },
): Promise<string> {
  const shown = batch.lines.filter((line) => passes(line, batch.filter))
  if (shown.length === 0) return ''
  const names = taskNames(await listTasks(db, batch.id))
  return partial('#log-lines', 'beforeend', markup(<LogLines lines={shown} names={names} />))
}

/** One change of the page, in the form that htmx takes apart. */
function partial(target: string, swap: string, html: string): string {
  return `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`
}

/** The HTML of a view. */
function markup(view: { toString(): string }): string {
  return view.toString()
}
