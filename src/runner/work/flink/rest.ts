/**
 * The REST API of a Flink JobManager, as far as runs need it (Flink 1.16 to 2.x).
 * @module
 */
import { z } from 'zod'

import { FlinkError, type Service } from './http.ts'

/** States of a Flink job that do not change any more. */
const OVER = new Set(['FINISHED', 'FAILED', 'CANCELED', 'SUSPENDED'])

export function isOver(state: string): boolean {
  return OVER.has(state)
}

const Count = z.number().catch(0)
const Vertex = z.object({
  name: z.string(),
  status: z.string(),
  parallelism: Count,
  metrics: z
    .object({
      'read-records': Count,
      'write-records': Count,
      'read-bytes': Count,
      'write-bytes': Count,
    })
    .partial(),
})
const JobDetail = z.object({
  jid: z.string(),
  name: z.string(),
  state: z.string(),
  'start-time': z.number(),
  'end-time': z.number(),
  duration: z.number(),
  vertices: z.array(Vertex),
})
export type JobDetail = z.infer<typeof JobDetail>

const Overview = z.object({
  jobs: z.array(z.object({ jid: z.string(), name: z.string(), state: z.string() })),
})

const Exceptions = z.object({
  exceptionHistory: z
    .object({
      entries: z.array(
        z.object({
          exceptionName: z.string(),
          stacktrace: z.string(),
          timestamp: z.number(),
          taskName: z.string().nullish(),
          endpoint: z.string().nullish(),
        }),
      ),
    })
    .nullish(),
})

const Checkpoints = z.object({
  counts: z.record(z.string(), z.number()).nullish(),
  latest: z
    .object({
      completed: z.record(z.string(), z.unknown()).nullish(),
      savepoint: z.record(z.string(), z.unknown()).nullish(),
      failed: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
})

/** How an asked-for savepoint stands. */
export type Savepoint =
  | { readonly status: 'running' }
  | { readonly status: 'done'; readonly path: string }
  | { readonly status: 'failed'; readonly error: string }

const SavepointStatus = z.object({
  status: z.object({ id: z.string() }),
  operation: z
    .object({
      location: z.string().nullish(),
      'failure-cause': z.object({ class: z.string(), 'stack-trace': z.string() }).nullish(),
    })
    .nullish(),
})

export interface JobManager {
  readonly url: string
  version(): Promise<string>
  /** A job, or undefined where the cluster does not know it. */
  job(id: string): Promise<JobDetail | undefined>
  jobs(): Promise<z.infer<typeof Overview>['jobs']>
  exceptions(
    id: string,
  ): Promise<{ at: string; name: string; trace: string; task: string | null }[]>
  checkpoints(id: string): Promise<unknown>
  cancel(id: string): Promise<void>
  /** Asks for a savepoint; answers the id by which to ask how it stands. */
  savepoint(id: string, order: SavepointOrder): Promise<string>
  savepointStatus(id: string, trigger: string): Promise<Savepoint>
  uploadJar(name: string, bytes: Blob): Promise<string>
  runJar(jar: string, run: JarRun): Promise<string>
  deleteJar(jar: string): Promise<void>
}

export interface SavepointOrder {
  /** Null for the directory that the cluster is set up with. */
  readonly target: string | null
  /** Ends the job with it. */
  readonly stop: boolean
  /** Before it stops, has windows and timers fire that have not yet. */
  readonly drain: boolean
}

export interface JarRun {
  readonly jobId: string
  /** Null for the one that the JAR names itself. */
  readonly entryClass: string | null
  readonly args: readonly string[]
  readonly savepoint: string | null
  readonly configuration: Readonly<Record<string, string>>
}

/** The JobManager behind a service. */
export function jobManager({ url, ask }: Service): JobManager {
  return {
    url,
    async version() {
      const answer = await ask({
        path: '/config',
        schema: z.object({ 'flink-version': z.string() }),
      })
      return answer['flink-version']
    },
    job: (id) => unlessGone(ask({ path: `/jobs/${id}`, schema: JobDetail })),
    async jobs() {
      return (await ask({ path: '/jobs/overview', schema: Overview })).jobs
    },
    async exceptions(id) {
      const path = `/jobs/${id}/exceptions?maxExceptions=10`
      const found = await unlessGone(ask({ path, schema: Exceptions }))
      return (found?.exceptionHistory?.entries ?? []).map((entry) => ({
        at: new Date(entry.timestamp).toISOString(),
        name: entry.exceptionName,
        trace: entry.stacktrace.slice(0, 20_000),
        task: entry.taskName ?? null,
      }))
    },
    checkpoints: (id) => unlessGone(ask({ path: `/jobs/${id}/checkpoints`, schema: Checkpoints })),
    async cancel(id) {
      const path = `/jobs/${id}?mode=cancel`
      await unlessGone(ask({ method: 'PATCH', path, schema: z.unknown() }))
    },
    async savepoint(id, { target, stop, drain }) {
      const schema = z.object({ 'request-id': z.string() })
      const answer = stop
        ? await ask({
            method: 'POST',
            path: `/jobs/${id}/stop`,
            schema,
            body: { drain, ...(target === null ? {} : { targetDirectory: target }) },
          })
        : await ask({
            method: 'POST',
            path: `/jobs/${id}/savepoints`,
            schema,
            body: {
              'cancel-job': false,
              ...(target === null ? {} : { 'target-directory': target }),
            },
          })
      return answer['request-id']
    },
    async savepointStatus(id, trigger) {
      const path = `/jobs/${id}/savepoints/${trigger}`
      const { status, operation } = await ask({ path, schema: SavepointStatus })
      if (status.id !== 'COMPLETED') return { status: 'running' }
      const failure = operation?.['failure-cause']
      if (failure) return { status: 'failed', error: failure['stack-trace'] }
      if (operation?.location) return { status: 'done', path: operation.location }
      return { status: 'failed', error: 'The cluster names no place' }
    },
    async uploadJar(name, bytes) {
      const form = new FormData()
      form.append('jarfile', new Blob([bytes], { type: 'application/x-java-archive' }), name)
      const schema = z.object({ filename: z.string() })
      const { filename } = await ask({ method: 'POST', path: '/jars/upload', form, schema })
      return filename.slice(filename.lastIndexOf('/') + 1)
    },
    async runJar(jar, { jobId, entryClass, args, savepoint, configuration }) {
      const { jobid } = await ask({
        method: 'POST',
        path: `/jars/${encodeURIComponent(jar)}/run`,
        schema: z.object({ jobid: z.string() }),
        body: {
          jobId,
          programArgsList: args,
          ...(entryClass === null ? {} : { entryClass }),
          ...(savepoint === null ? {} : { savepointPath: savepoint, allowNonRestoredState: false }),
          ...(Object.keys(configuration).length === 0 ? {} : { flinkConfiguration: configuration }),
        },
      })
      return jobid
    },
    async deleteJar(jar) {
      const path = `/jars/${encodeURIComponent(jar)}`
      await unlessGone(ask({ method: 'DELETE', path, schema: z.unknown() }))
    },
  }
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof FlinkError && error.status === 404) return undefined
    throw error
  }
}
