/**
 * What a run told by key, in the words of this API. Runners of other versions may tell other things: whatever does not
 * have the expected form is left out.
 * @module
 */
import { z } from '@hono/zod-openapi'

import type { Job } from '../../domain/job.ts'
import type { RunRequest } from '../../domain/works-run.ts'
import type { WorksJob, WorksStatement, WorksTask, WorksTaskDetail } from './schema.ts'
import { toTime } from './wire.ts'

type Facts = ReadonlyMap<string, unknown>

const Statement = z.object({
  index: z.int(),
  sql: z.string(),
  line: z.int(),
  status: z.string(),
  rows: z.number().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  error: z.string().nullable(),
  jobId: z.string().nullable(),
})

const Result = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.unknown())),
  total: z.int(),
})

export interface RunResult extends z.infer<typeof Result> {
  readonly index: number
}

/** Everything but its notes that a task has beside what lists show of it. */
export function toDetail(
  run: Job,
  facts: Facts,
): Omit<z.infer<typeof WorksTaskDetail>, 'notes' | keyof z.infer<typeof WorksTask>> {
  const text = (key: string) => {
    const value = facts.get(key)
    return typeof value === 'string' ? value : null
  }
  const exit = facts.get('exit_code')
  const statements = statementsOf(run, facts)
  const jobs = jobsOf(facts, statements)
  const newest = jobs.find(({ job_id: id }) => id === text('job_id'))
  return {
    engine_job_id: text('job_id'),
    engine_url: text('job_url'),
    exit_code: typeof exit === 'number' ? exit : null,
    exceptions: jobs.flatMap(({ exceptions }) => exceptions),
    statements,
    metrics: newest?.metrics ?? {},
    checkpoints: newest?.checkpoints ?? null,
    jobs,
    savepoints: listOf(facts.get('savepoints')),
    savepoint_path: (run.request as RunRequest).savepoint,
    log_url: `/api/v1/works/${run.name}/tasks/${run.id}/logs`,
  }
}

/** Every job of the task, in the order of its statements. */
function jobsOf(
  facts: Facts,
  statements: readonly z.infer<typeof WorksStatement>[],
): z.infer<typeof WorksJob>[] {
  const newest = facts.get('job_id')
  const ids = new Set(statements.flatMap(({ job_id: id }) => id ?? []))
  if (typeof newest === 'string') ids.add(newest)
  return [...ids].map((id) => {
    const told = facts.get(`job.${id}`)
    const job = isRecord(told) ? told : olderOf(facts, id)
    const { url, metrics, checkpoints = null, exceptions } = job
    return {
      job_id: id,
      statement: statements.find(({ job_id: own }) => own === id)?.index ?? null,
      url: typeof url === 'string' ? url : null,
      metrics: isRecord(metrics) ? metrics : {},
      checkpoints,
      exceptions: listOf(exceptions),
    }
  })
}

/** Older runners had one place for what they told of all jobs, where the last word stayed. */
function olderOf(facts: Facts, id: string): Record<string, unknown> {
  if (facts.get('job_id') !== id) return { metrics: facts.get(`metrics.${id}`) }
  return {
    url: facts.get('job_url'),
    metrics: facts.get('metrics') ?? facts.get(`metrics.${id}`),
    checkpoints: facts.get('checkpoints'),
    exceptions: facts.get('exceptions'),
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function statementsOf(run: Job, facts: Facts): z.infer<typeof WorksStatement>[] {
  return [...facts]
    .filter(([key]) => key.startsWith('statement.'))
    .flatMap(([, value]) => {
      const read = Statement.safeParse(value)
      return read.success ? [read.data] : []
    })
    .toSorted((a, b) => a.index - b.index)
    .map(({ startedAt, endedAt, jobId, ...rest }) => ({
      ...rest,
      started_at: toTime(startedAt),
      ended_at: endedAt === null ? null : toTime(endedAt),
      job_id: jobId,
      result_ref: facts.has(`result.${rest.index}`)
        ? `/api/v1/works/${run.name}/tasks/${run.id}/result?statement=${rest.index}`
        : null,
    }))
}

/** The rows of a statement, by its index or those of the last that has any. */
export function resultOf(facts: Facts, statement: number | undefined): RunResult | undefined {
  const indexes = [...facts.keys()]
    .filter((key) => key.startsWith('result.'))
    .map((key) => Number(key.slice('result.'.length)))
    .toSorted((a, b) => a - b)
  const index = statement ?? indexes.at(-1)
  if (index === undefined) return undefined
  const read = Result.safeParse(facts.get(`result.${index}`))
  return read.success ? { ...read.data, index } : undefined
}

/** Rows as RFC 4180 has them, with a heading. */
export function csvOf({ columns, rows }: RunResult): string {
  const lines = [columns.map(({ name }) => name), ...rows]
  return lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
