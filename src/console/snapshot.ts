/**
 * Everything a job's page shows, read at one moment.
 * @module
 */
import type { JobSnapshot } from '../../views/job/detail.tsx'
import { LOG_LEVELS, LOG_LINES, type LogFilter } from '../../views/job/log.tsx'
import { listArtifacts } from '../domain/artifact.ts'
import { type JobEvent, listEvents } from '../domain/event.ts'
import { getJob } from '../domain/job.ts'
import { listLedger } from '../domain/ledger.ts'
import { type LogLine, tailLog } from '../domain/log.ts'
import { listMetrics } from '../domain/metric.ts'
import { listAttempts, listTasks } from '../domain/task.ts'
import type { Db } from './deps.ts'
import { describeJob } from './describe.ts'

/** Events that a page shows: the newest of them. */
const EVENTS_SHOWN = 300
const EVENTS_READ = 500

/** Reads a job with all that belongs to it. */
export async function readSnapshot(db: Db, jobId: string, now: number): Promise<JobSnapshot> {
  const job = await getJob(db, jobId)
  const [tasks, attempts, events, metrics, ledger, artifacts] = await Promise.all([
    listTasks(db, jobId),
    listAttempts(db, jobId),
    newestEvents(db, jobId),
    listMetrics(db, { jobId }),
    listLedger(db, jobId),
    listArtifacts(db, { jobId }),
  ])
  const reason = await describeJob(db, { job, tasks })
  return { job, reason, tasks, attempts, events, metrics, ledger, artifacts, now }
}

/** The end of a job's log, as much of it as the filter leaves. */
export async function readLog(db: Db, jobId: string, filter: LogFilter): Promise<LogLine[]> {
  const lines = await tailLog(db, {
    jobId,
    ...(filter.task === '' ? {} : { taskId: filter.task }),
    // Filtering by level happens here, so more lines are read than shown.
    limit: filter.level === 'debug' ? LOG_LINES : LOG_LINES * 10,
  })
  return lines.filter((line) => passes(line, filter)).slice(-LOG_LINES)
}

/** Whether a line is shown under a filter. A level that nobody knows always is. */
export function passes(line: LogLine, filter: LogFilter): boolean {
  if (filter.task !== '' && line.taskId !== filter.task) return false
  const level = LOG_LEVELS.findIndex((name) => name === line.level)
  return level < 0 || level >= LOG_LEVELS.indexOf(filter.level)
}

/** The filter that a query string asks for. */
export function toLogFilter(query: { task?: string; level?: string }): LogFilter {
  return {
    task: query.task ?? '',
    level: LOG_LEVELS.find((level) => level === query.level) ?? 'debug',
  }
}

async function newestEvents(db: Db, jobId: string): Promise<JobEvent[]> {
  let events: JobEvent[] = []
  for (;;) {
    const page = await listEvents(db, { jobId, after: events.at(-1)?.id, limit: EVENTS_READ })
    events = [...events, ...page].slice(-EVENTS_SHOWN)
    if (page.length < EVENTS_READ) return events
  }
}
