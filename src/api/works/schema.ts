/**
 * Wire shapes of works.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { TASK_STATUSES, WORK_STATUSES } from './status.ts'

const Id = z.string().min(1).max(255)
const Time = z
  .string()
  .openapi({ description: 'UTC, ISO 8601 to the second', example: '2021-12-01T16:53:34Z' })

/** A time that a client sends: any ISO 8601 with an offset. */
const SentTime = z
  .string()
  .refine(
    (text) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) &&
      !Number.isNaN(Date.parse(text)),
    'expected a time like 2021-12-01T16:53:34Z',
  )
  .transform((text) => Date.parse(text))

const Status = z
  .int()
  .min(0)
  .max(WORK_STATUSES.length - 1)
const Frequency = z.enum(['once', 'hourly', 'daily', 'weekly'])
/** Longest script, in characters. */
export const LONGEST_SCRIPT = 1024 * 1024

const Params = z
  .union([z.string().max(16_384), z.array(z.string().max(16_384)).max(256)])
  .openapi({ description: 'Arguments: a list, or a line that is split as a shell would' })

const JavaVersion = z
  .union([z.string().min(1).max(32), z.number().transform(String)])
  .openapi({ description: 'Of the host that runs it: "8", "17"' })

const Directory = z
  .string()
  .max(1024)
  .refine(
    (path) => !path.split('/').includes('..') && !path.includes('\0') && !path.includes('\\'),
    'expected a path below the works folder, without ".."',
  )

/** What may be said of a work beyond the document. */
const extensions = {
  script: z.string().max(LONGEST_SCRIPT).nullable().optional(),
  cron: z.string().min(1).max(255).nullable().optional(),
  timezone: z.string().min(1).max(64).nullable().optional(),
  catch_up: z.boolean().nullable().optional(),
  retries: z.int().min(0).max(100).nullable().optional(),
  backoff_seconds: z.number().min(0).max(3600).nullable().optional(),
  time_limit_seconds: z.number().positive().max(31_622_400).nullable().optional(),
  after: z.array(Id).max(100).nullable().optional(),
  webhook: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .nullable()
    .optional(),
}

const changeable = {
  status: Status.nullable().optional(),
  work_directory: Directory.nullable().optional(),
  main_class_name: z.string().max(1024).nullable().optional(),
  extra_params: Params.nullable().optional(),
  java_version: JavaVersion.nullable().optional(),
  run_frequency: Frequency.nullable().optional(),
  ...extensions,
}

export const NewWorksWork = z
  .object({
    user_id: Id,
    name: z.string().min(1).max(255),
    description: z.string().max(4096),
    type: z.enum(['STREAMING', 'BATCH']),
    category: z.enum(['FLINK_SQL', 'FLNK_JAR', 'FLINK_JAR']),
    created_at: SentTime.nullable().optional(),
    updated_at: SentTime.nullable().optional(),
    deleted_at: SentTime.nullable().optional(),
    ...changeable,
  })
  .openapi('WorksNewWork')

export const WorksChange = z
  .object({
    user_id: Id.optional(),
    name: z.string().min(1).max(255).optional(),
    description: z.string().max(4096).optional(),
    ...changeable,
  })
  .openapi('WorksChange')

export const WorksWork = z
  .object({
    work_id: z.string(),
    lambda_id: z.string(),
    user_id: z.string(),
    name: z.string(),
    description: z.string(),
    type: z.string(),
    category: z.string(),
    status: z.int(),
    work_directory: z.string().nullable(),
    main_class_name: z.string().nullable(),
    extra_params: z.array(z.string()).nullable(),
    java_version: z.string().nullable(),
    run_frequency: z.string().nullable(),
    created_at: Time,
    updated_at: Time,
    deleted_at: Time.nullable(),
    status_name: z.enum(WORK_STATUSES),
    script: z.string().nullable(),
    cron: z.string().nullable(),
    timezone: z.string().nullable(),
    catch_up: z.boolean(),
    retries: z.int(),
    backoff_seconds: z.number().nullable(),
    time_limit_seconds: z.number().nullable(),
    after: z.array(z.string()),
    webhook: z
      .string()
      .nullable()
      .openapi({ description: 'Where failures are told; its path is not shown' }),
    version: z.int(),
    task_id: z.string().nullable().openapi({ description: 'Its newest task' }),
    next_run_at: Time.nullable(),
    paused: z.boolean().nullable().openapi({ description: 'Null where there is no schedule' }),
  })
  .openapi('WorksWork')

export const WorksTask = z
  .object({
    task_id: z.string(),
    work_id: z.string(),
    status: z.int(),
    started_at: Time.nullable(),
    ended_at: Time.nullable(),
    run_time: z.int().openapi({ description: 'Seconds; 0 until it has ended' }),
    status_name: z.enum(TASK_STATUSES),
    trigger: z.string(),
    attempt: z.int(),
    engine: z.string(),
    version: z.int(),
    due_at: Time.nullable(),
    created_at: Time,
    time_limit_seconds: z.number().nullable(),
    error_message: z.string().nullable(),
  })
  .openapi('WorksTask')

export const WorksStatement = z
  .object({
    index: z.int(),
    sql: z.string(),
    line: z.int(),
    status: z.string(),
    rows: z.number().nullable(),
    started_at: Time.nullable(),
    ended_at: Time.nullable(),
    error: z.string().nullable(),
    job_id: z.string().nullable(),
    result_ref: z.string().nullable().openapi({ description: 'Where its rows are' }),
  })
  .openapi('WorksStatement')

export const WorksJob = z
  .object({
    job_id: z.string(),
    statement: z.int().nullable().openapi({ description: 'The index of the one it came of' }),
    url: z.string().nullable().openapi({ description: 'Its page at the cluster' }),
    metrics: z.record(z.string(), z.unknown()),
    checkpoints: z.unknown(),
    exceptions: z.array(z.unknown()),
  })
  .openapi('WorksJob')

export const WorksTaskDetail = WorksTask.extend({
  engine_job_id: z.string().nullable(),
  engine_url: z.string().nullable(),
  exit_code: z.int().nullable(),
  exceptions: z.array(z.unknown()),
  statements: z.array(WorksStatement),
  metrics: z.record(z.string(), z.unknown()),
  checkpoints: z.unknown(),
  jobs: z.array(WorksJob).openapi({
    description: 'Every job at the cluster; what is told beside them is of the newest',
  }),
  savepoints: z.array(z.unknown()),
  savepoint_path: z.string().nullable().openapi({ description: 'What it went on from' }),
  log_url: z.string(),
  notes: z
    .array(z.string())
    .openapi({ description: 'What its user should know, such as runs left out' }),
}).openapi('WorksTaskDetail')

export const WorksResult = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())),
    total: z.int().openapi({ description: 'Rows in all, of which the first 1000 are kept' }),
    page: z.int(),
    limit: z.int(),
  })
  .openapi('WorksResult')

export const WorksResultQuery = z.object({
  statement: maybe(whole(0, 100_000)).openapi({
    description: 'Its index; the last with rows unless given',
  }),
  page: maybe(whole(1, 1_000_000)),
  limit: maybe(whole(1, 1000)),
  format: maybe(z.enum(['json', 'csv'])),
})

export const WorksLogQuery = z.object({
  tail: maybe(whole(1, 10_000)).openapi({ description: 'Lines from the end, 1000 unless given' }),
})

/** A whole number in a query. */
function whole(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine(
      (value) => value >= least && value <= most,
      `expected a whole number from ${least} to ${most}`,
    )
}

/** An empty value of a query is none. */
function maybe<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

const Statuses = z
  .string()
  .regex(/^[0-7](,[0-7])*$/, 'expected numbers from 0 to 7, with commas between them')
  .transform((text) => text.split(',').map(Number))

const ORDERS = ['created_at', 'updated_at', 'name', 'status'] as const

const Order = z
  .string()
  .regex(
    new RegExp(`^(${ORDERS.join('|')})(,(asc|desc))?$`, 'i'),
    `expected ${ORDERS.join(', ')}, with ",ASC" or ",DESC" behind it`,
  )
  .transform((text) => {
    const [column, direction = 'asc'] = text.toLowerCase().split(',')
    return { column: column as (typeof ORDERS)[number], descending: direction === 'desc' }
  })

export const WorksQuery = z.object({
  limit: maybe(whole(1, 1000)).openapi({ description: 'Works a page, 10 unless given' }),
  offset: maybe(whole(0, 999_999_999)).openapi({ description: 'The page, from 1' }),
  skip: maybe(whole(0, 999_999_999)).openapi({
    description: 'Works to leave out, in place of a page',
  }),
  user_id: maybe(Id),
  name: maybe(z.string().max(255)),
  description: maybe(z.string().max(4096)),
  status: maybe(Statuses),
  run_frequency: maybe(Frequency),
  q: maybe(z.string().max(255)).openapi({ description: 'Part of the name or the description' }),
  order: maybe(Order),
  include_deleted: maybe(z.enum(['true', 'false'])),
})

export const WorksTaskQuery = z.object({
  limit: maybe(whole(1, 1000)),
  offset: maybe(whole(0, 999_999_999)),
})

export const WorksWorkId = z.object({ work_id: z.string() })
export const WorksTaskId = z.object({ work_id: z.string(), task_id: z.string() })

export const WorksError = z.object({ code: z.int(), msg: z.string() }).openapi('WorksError')
export const WorksDone = z.object({ code: z.literal(0) }).openapi('WorksDone')

/** An answer with data. */
export function answer<T extends z.ZodType>(data: T) {
  return z.object({ code: z.literal(0), data })
}

/** An answer with a page of a list. */
export function listAnswer<T extends z.ZodType>(item: T) {
  return z.object({ code: z.literal(0), data: z.array(item), total: z.int() })
}
