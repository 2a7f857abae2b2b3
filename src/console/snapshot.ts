/**
 * Everything a job's page shows, read at one moment.
 * @module
 */
import type { JobSnapshot } from '../../views/job/detail.tsx'
import { LOG_LEVELS, LOG_LINES, type LogFilter, tasksIn } from '../../views/job/log.tsx'
import { listArtifacts } from '../domain/artifact.ts'
import { type JobEvent, listEvents } from '../domain/event.ts'
import { getJob } from '../domain/job.ts'
import { listLedger } from '../domain/ledger.ts'
import { type LogLine, type LogQuery, quieterThan, tailLog } from '../domain/log.ts'
import { listMetrics } from '../domain/metric.ts'
import { listAttempts, listTasks, type Task } from '../domain/task.ts'
import type { Db } from './deps.ts'
import { describeJob } from './describe.ts'
import { labelUseOf } from './label-use.ts'

/** Events that a page shows: the newest of them. */
const EVENTS_SHOWN = 300
const EVENTS_READ = 500

/** Reads a job with all that belongs to it. */
export async function readSnapshot(db: Db, jobId: string, now: number): Promise<JobSnapshot> {
  const job = await getJob(db, jobId)
  const [tasks, attempts, events, metrics, ledger, labels, artifacts] = await Promise.all([
    listTasks(db, jobId),
    listAttempts(db, jobId),
    newestEvents(db, jobId),
    listMetrics(db, { jobId }),
    listLedger(db, jobId),
    labelUseOf(db, job),
    listArtifacts(db, { jobId }),
  ])
  const reason = await describeJob(db, { job, tasks })
  return { job, reason, tasks, attempts, events, metrics, ledger, labels, artifacts, now }
}

/** The end of a job's log, as much of it as the filter leaves. */
export async function readLog(
  db: Db,
  job: { readonly id: string; readonly tasks: readonly Task[] },
  filter: LogFilter,
): Promise<LogLine[]> {
  return tailLog(db, { ...toLogQuery(job, filter), before: filter.before, limit: LOG_LINES })
}

/** What to ask the log for under a filter. */
export function toLogQuery(
  job: { readonly id: string; readonly tasks: readonly Task[] },
  filter: LogFilter,
): LogQuery {
  const taskIds = tasksIn(filter, job.tasks)?.map(({ id }) => id)
  const { text, level } = filter
  return {
    jobId: job.id,
    ...(taskIds === undefined ? {} : { taskIds }),
    without: quieterThan(level),
    text,
  }
}

/** The filter that a query string asks for. */
export function toLogFilter(query: Readonly<Record<string, string>>): LogFilter {
  const { task = '', text = '', level, before = '' } = query
  return {
    task: task.slice(0, 500),
    level: LOG_LEVELS.find((known) => known === level) ?? 'debug',
    text: text.slice(0, 200),
    before: /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  }
}

/** The newest events of a job, oldest of them first. */
export async function newestEvents(db: Db, jobId: string): Promise<JobEvent[]> {
  let events: JobEvent[] = []
  for (;;) {
    const page = await listEvents(db, { jobId, after: events.at(-1)?.id, limit: EVENTS_READ })
    events = [...events, ...page].slice(-EVENTS_SHOWN)
    if (page.length < EVENTS_READ) return events
  }
}
