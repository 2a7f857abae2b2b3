/**
 * One task of a job: its attempts, and of one of them its events and its log, live and as a file.
 * @module
 */
import { Hono } from 'hono'

import { type AttemptFilter, AttemptLogPart } from '../../views/job/attempt-log.tsx'
import { LOG_LEVELS, LOG_LINES, LogLines } from '../../views/job/log.tsx'
import { jobTitle, taskPath } from '../../views/job/task-words.ts'
import {
  ShownAttempt,
  TASK_LIVE_IDS,
  TaskDetail,
  TaskLiveLink,
  type TaskPart,
  taskPartsOf,
  type TaskSnapshot,
} from '../../views/job/task.tsx'
import { openPrinted, streamPrinted } from '../api/printed.ts'
import { type AttemptDetail, getAttempt, getTask, listTaskAttempts } from '../domain/attempt.ts'
import { notFound } from '../domain/error.ts'
import { listEvents } from '../domain/event.ts'
import { isJobOver } from '../domain/job-state.ts'
import { getJob } from '../domain/job.ts'
import { findLogTail } from '../domain/log-tail.ts'
import { listLog, type LogLine, quieterThan, tailLog } from '../domain/log.ts'
import type { ConsoleDeps, Db } from './deps.ts'
import { fileHeaders, logFile } from './log-file.ts'
import { changedParts, type Look, partial, type Show, streamLooks } from './stream.ts'

interface TaskKey {
  readonly id: string
  readonly task: string
}

/** `/jobs/:id/tasks/:task`, its log and its stream. */
export function taskRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/jobs/:id/tasks/:task', async (c) => {
    const filter = toAttemptFilter(c.req.query())
    const snapshot = await readTask(deps, c.req.param(), filter.attempt)
    const lines = await readLines(db, { shown: snapshot.shown, jobId: snapshot.job.id, filter })
    const view = <TaskDetail snapshot={snapshot} lines={lines} filter={filter} />
    return c.render(view, { title: () => `${snapshot.task.name} · ${jobTitle(snapshot.job)}` })
  })

  app.get('/jobs/:id/tasks/:task/log', async (c) => {
    const filter = toAttemptFilter(c.req.query())
    const { id, task: taskId } = c.req.param()
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial') return c.redirect(taskPath(id, taskId), 302)
    const snapshot = await readTask(deps, { id, task: taskId }, filter.attempt)
    const { job, task, shown } = snapshot
    if (!shown) throw notFound(`Task "${task.id}" has no attempt yet: its log is empty`)
    const lines = await readLines(db, { shown, jobId: job.id, filter })
    const view = (
      <>
        <AttemptLogPart job={job} task={task} attempt={shown} lines={lines} filter={filter} />
        <hx-partial hx-target="#live" hx-swap="outerHTML">
          <TaskLiveLink snapshot={snapshot} filter={filter} after={lines.at(-1)?.id ?? 0} />
        </hx-partial>
      </>
    )
    return c.render(view, { title: () => task.name })
  })

  app.get('/jobs/:id/tasks/:task/attempts/:number/log.txt', async (c) => {
    const { id, task: taskId, number } = c.req.param()
    const task = await getTask(db, { jobId: id, taskId })
    const attempt = await getAttempt(db, { taskId: task.id, number: toNumber(number) ?? 0 })
    const { level, text } = toAttemptFilter(c.req.query())
    return logFile(
      db,
      { jobId: task.jobId, attemptId: attempt.id, without: quieterThan(level), text },
      { name: `${task.id}-attempt-${attempt.number}.log.txt` },
    )
  })

  app.get('/jobs/:id/tasks/:task/attempts/:number/printed.txt', async (c) => {
    const { id, task: taskId, number } = c.req.param()
    const task = await getTask(db, { jobId: id, taskId })
    const attempt = await getAttempt(db, { taskId: task.id, number: toNumber(number) ?? 0 })
    const of = { jobId: task.jobId, attemptId: attempt.id, name: 'all' } as const
    const printed = await openPrinted(deps, of)
    return new Response(streamPrinted(printed.read({ from: 0, to: null, follow: false })), {
      headers: fileHeaders(`${task.id}-attempt-${attempt.number}.txt`, 'text/plain'),
    })
  })

  app.get('/jobs/:id/tasks/:task/live', async (c) => {
    const key = c.req.param()
    const task = await getTask(db, { jobId: key.id, taskId: key.task })
    const filter = toAttemptFilter(c.req.query())
    const shown = toNumber(c.req.query('shown')) ?? 0
    const look = lookAt(deps, { key, filter, shown })
    return streamLooks(deps, c, { about: { jobId: task.jobId, taskId: task.id }, look })
  })

  return app
}

/** Looks at a task for a page that shows the attempt of the number `shown`, 0 for none so far. */
function lookAt(deps: ConsoleDeps, view: { key: TaskKey; filter: AttemptFilter; shown: number }) {
  const { db } = deps
  const { key, filter } = view
  let number = view.shown
  let keys: Partial<Record<TaskPart, string>> = {}
  return async (after: number, show: Show): Promise<Look> => {
    // The state is read before the log: a job that is over then has no more lines to come.
    const snapshot = await readTask(deps, key, filter.attempt)
    const { job, shown } = snapshot
    const isOver = isJobOver(job.state)
    const fresh = keysOf(snapshot)
    const change = { ids: TASK_LIVE_IDS, before: keys, after: fresh }
    keys = fresh
    if (shown && shown.number !== number) {
      number = shown.number
      const lines = await readLines(db, { shown, jobId: job.id, filter })
      const html = show(() => {
        const { head, attempts } = taskPartsOf(snapshot, filter)
        return (
          partial(`#${TASK_LIVE_IDS.head}`, 'outerMorph', head) +
          partial(`#${TASK_LIVE_IDS.attempts}`, 'outerMorph', attempts) +
          partial(
            '#attempt',
            'outerHTML',
            <ShownAttempt snapshot={snapshot} lines={lines} filter={filter} />,
          )
        )
      })
      return { html, last: lines.at(-1)?.id ?? after, more: false, isOver }
    }
    let html = show(() => changedParts(taskPartsOf(snapshot, filter), change))
    if (!shown || filter.before !== undefined) return { html, last: after, more: false, isOver }
    const { level, text } = filter
    const query = { jobId: job.id, attemptId: shown.id, without: quieterThan(level), text }
    const lines = await listLog(db, { ...query, after, limit: LOG_LINES })
    if (lines.length > 0) {
      html += show(() => partial('#log-lines', 'beforeend', <LogLines lines={lines} />))
    }
    const last = lines.at(-1)?.id ?? after
    return { html, last, more: lines.length === LOG_LINES, isOver }
  }
}

/** What each part of the page is made of, as text to compare: never the time, which only the page counts. */
function keysOf({ task, attempts, shown, events, tail }: TaskSnapshot): Record<TaskPart, string> {
  const { state, reason, progress, startedAt, endedAt } = task
  const tries = attempts.map(({ id, state: of, reason: why, ending, allocation }) =>
    JSON.stringify([id, of, why, ending, allocation]),
  )
  return {
    head: JSON.stringify([state, reason, progress, startedAt, endedAt, tries.length]),
    attempts: tries.join(),
    facts: tries[attempts.findIndex(({ id }) => id === shown?.id)] ?? '',
    events: String(events.at(-1)?.id ?? 0),
    tail: tail ? JSON.stringify([tail.left, tail.lines.at(-1)]) : '',
  }
}

const EVENTS_SHOWN = 300

async function readTask(
  { db, now }: ConsoleDeps,
  key: TaskKey,
  number: number | undefined,
): Promise<TaskSnapshot> {
  const job = await getJob(db, key.id)
  const task = await getTask(db, { jobId: job.id, taskId: key.task })
  const attempts = await listTaskAttempts(db, task.id)
  const shown =
    number === undefined ? attempts.at(-1) : await getAttempt(db, { taskId: task.id, number })
  const events = shown
    ? await listEvents(db, { jobId: job.id, attemptId: shown.id, limit: EVENTS_SHOWN })
    : []
  const running = shown?.state === 'running'
  const tail = running ? await findLogTail(db, { taskId: task.id, attemptId: shown.id }) : undefined
  return { job, task, attempts, shown, events, tail, now: now() }
}

async function readLines(
  db: Db,
  of: { shown: AttemptDetail | undefined; jobId: string; filter: AttemptFilter },
): Promise<LogLine[]> {
  const { shown, jobId, filter } = of
  if (!shown) return []
  const { level, text, before } = filter
  const without = quieterThan(level)
  return tailLog(db, { jobId, attemptId: shown.id, without, text, before, limit: LOG_LINES })
}

function toAttemptFilter(query: Readonly<Record<string, string>>): AttemptFilter {
  return {
    attempt: toNumber(query['attempt']),
    level: LOG_LEVELS.find((level) => level === query['level']) ?? 'debug',
    text: (query['text'] ?? '').slice(0, 200),
    before: toNumber(query['before']),
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
