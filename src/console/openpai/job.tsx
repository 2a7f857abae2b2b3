/**
 * One job of task roles: `/batch/jobs/:name` with its log and its stream; stop, resubmit, tag.
 * @module
 */
import { type Context, Hono } from 'hono'

import { LOG_LINES, LogLines, LogPart, taskNames, tasksIn } from '../../../views/job/log.tsx'
import {
  BATCH_LIVE_IDS,
  type BatchChoice,
  BatchJobPage,
  BatchLiveLink,
  type BatchPart,
  batchPartsOf,
  type BatchSnapshot,
  standOf,
} from '../../../views/openpai/job.tsx'
import { batchPath } from '../../../views/openpai/words.tsx'
import { resubmitDocument } from '../../api/openpai/submission.ts'
import { conflict, invalid } from '../../domain/error.ts'
import { setExecution, setTag } from '../../domain/framework.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { listLog, type LogLine, type LogQuery, quieterThan, tailLog } from '../../domain/log.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { toLogFilter } from '../snapshot.ts'
import { changedParts, type Look, partial, type Show, streamLooks } from '../stream.ts'
import { asDomain, personOf, requireChange } from './caller.ts'
import { findNamed, numberOf } from './find.ts'
import { readBatch } from './snapshot.ts'

/** `/batch/jobs/:name` and what belongs to it. */
export function batchJobRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/jobs/:name', async (c) => {
    const { snapshot, choice } = await read(c)
    const lines = await readLines(snapshot, choice)
    return c.render(<BatchJobPage snapshot={snapshot} lines={lines} choice={choice} />, {
      title: () => snapshot.framework.name,
    })
  })

  app.get('/batch/jobs/:name/log', async (c) => {
    const { snapshot, choice } = await read(c)
    const { framework, job, tasks } = snapshot
    const path = batchPath(framework)
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial') return c.redirect(path, 302)
    const lines = await readLines(snapshot, choice)
    const { log: filter } = choice
    const view = (
      <>
        <LogPart
          job={job}
          tasks={tasks}
          lines={lines}
          filter={filter}
          page={path}
          part={`${path}/log`}
        />
        <hx-partial hx-target="#live" hx-swap="outerHTML">
          <BatchLiveLink snapshot={snapshot} choice={choice} after={lines.at(-1)?.id ?? 0} />
        </hx-partial>
      </>
    )
    return c.render(view, { title: () => framework.name })
  })

  app.get('/batch/jobs/:name/live', async (c) => {
    const caller = await personOf(c, deps)
    const name = c.req.param('name')
    const choice = toChoice(c)
    const { jobId } = await findNamed(db, name, caller, choice.version)
    const look = lookAt(caller, { name, choice })
    return streamLooks(deps, c, { about: { jobId }, look })
  })

  app.post('/batch/jobs/:name/stop', async (c) => {
    const { framework, caller } = await change(c)
    await setExecution(db, { jobId: framework.jobId, execution: 'STOP', by: caller.name })
    return c.redirect(batchPath(framework), 303)
  })

  app.post('/batch/jobs/:name/tag', async (c) => {
    const { framework, form } = await change(c)
    const tag = textOf(form, 'tag').trim()
    await setTag(db, { jobId: framework.jobId, tag, on: textOf(form, 'off') === '' })
    return c.redirect(`${batchPath(framework)}#tags`, 303)
  })

  app.post('/batch/jobs/:name/resubmit', async (c) => {
    const { framework, form, caller } = await change(c)
    const version = numberOf(textOf(form, 'version'))
    const old = await findNamed(db, `${framework.owner}~${framework.name}`, caller, version)
    // Secrets are kept nowhere once a job is over.
    if (/secrets: "\*{6}"/.test(old.config)) {
      const from = new URLSearchParams({ from: `${old.owner}~${old.name}` })
      from.set('version', String(old.version))
      from.set('again', '1')
      return c.redirect(`/batch/new?${from}`, 303)
    }
    if (framework.state === 'active')
      throw conflict(`Job ${framework.name} is not over yet: stop it first, or clone it.`)
    if (caller.name !== old.owner)
      throw invalid(`Job ${old.name} is of ${old.owner}: clone it to run it as your own.`)
    const again = { text: old.config, version: framework.version + 1 }
    await asDomain(() => resubmitDocument(deps, caller, again))
    return c.redirect(batchPath(old), 303)
  })

  async function read(c: Context) {
    const caller = await personOf(c, deps)
    const choice = toChoice(c)
    const snapshot = await readBatch(deps, caller, { name: c.req.param('name') ?? '', choice })
    return { snapshot, choice }
  }

  async function change(c: Context) {
    const caller = await personOf(c, deps)
    const framework = await findNamed(db, c.req.param('name') ?? '', caller)
    requireChange(caller, framework.owner)
    return { framework, caller, form: await c.req.parseBody() }
  }

  function readLines(snapshot: BatchSnapshot, choice: BatchChoice): Promise<LogLine[]> {
    const { before } = choice.log
    return tailLog(db, { ...logQueryOf(snapshot, choice), before, limit: LOG_LINES })
  }

  function lookAt(caller: Principal, page: { name: string; choice: BatchChoice }) {
    let keys: Partial<Record<BatchPart, string>> = {}
    return async (after: number, show: Show): Promise<Look> => {
      // The state is read before the log: a job that is over then has no more lines to come.
      const snapshot = await readBatch(deps, caller, page)
      const fresh = keysOf(snapshot)
      const changes = { ids: BATCH_LIVE_IDS, before: keys, after: fresh }
      keys = fresh
      let html = show(() => changedParts(batchPartsOf(snapshot), changes))
      const query = logQueryOf(snapshot, page.choice)
      const lines =
        page.choice.log.before === undefined
          ? await listLog(db, { ...query, after, limit: LOG_LINES })
          : []
      if (lines.length > 0) {
        const names = taskNames(snapshot.tasks)
        html += show(() =>
          partial('#log-lines', 'beforeend', <LogLines lines={lines} names={names} />),
        )
      }
      return {
        html,
        last: lines.at(-1)?.id ?? after,
        more: lines.length === LOG_LINES,
        isOver: isJobOver(snapshot.job.state),
      }
    }
  }

  return app
}

/** What to ask the log for: only what the tasks of the attempt wrote. */
function logQueryOf({ job, tasks }: BatchSnapshot, { log }: BatchChoice): LogQuery {
  return {
    jobId: job.id,
    taskIds: (tasksIn(log, tasks) ?? tasks).map(({ id }) => id),
    without: quieterThan(log.level),
    text: log.text,
  }
}

/** What each part of the page is made of, as text to compare: never the time, which only the page counts. */
function keysOf(snapshot: BatchSnapshot): Record<BatchPart, string> {
  const { framework, attempts, shown, members, events, reason } = snapshot
  const stands = [standOf(snapshot), reason, framework.dueAt, shown, attempts.length]
  return {
    head: JSON.stringify([stands, framework.launchedAt]),
    roles: JSON.stringify(members),
    attempts: JSON.stringify([attempts, shown.number]),
    events: String(events.at(-1)?.id ?? 0),
    newest: JSON.stringify(
      snapshot.talking.map(({ taskId, tail }) => [taskId, tail.left, tail.lines.at(-1)]),
    ),
  }
}

function toChoice(c: Context): BatchChoice {
  return {
    version: numberOf(c.req.query('version')),
    attempt: numberOf(c.req.query('attempt')),
    log: toLogFilter(c.req.query()),
  }
}

function textOf(form: Record<string, unknown>, name: string): string {
  const value = form[name]
  return typeof value === 'string' ? value : ''
}
