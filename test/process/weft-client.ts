/**
 * Weft's own API as a script would use it.
 * @module
 */
import { until } from './cluster.ts'

export interface WeftClient {
  submit(job: { name: string; tasks: readonly object[] }): Promise<{ id: string }>
  job(id: string): Promise<WeftJob>
  /** Waits for the end of a job. */
  ended(id: string, seconds?: number): Promise<WeftJob>
  attempts(id: string): Promise<WeftAttempt[]>
  log(id: string): Promise<{ level: string; text: string }[]>
  stop(id: string): Promise<void>
}

export interface WeftJob {
  readonly state: string
  readonly reason: string | null
  readonly tasks: readonly {
    readonly id: string
    readonly state: string
    readonly reason: string | null
  }[]
}

export interface WeftAttempt {
  readonly id: string
  readonly state: string
  readonly ending: { readonly type: string; readonly exitCode: number | null } | null
}

/** A client of the server at `url`; throws what it refuses. */
export function weftClient(url: string): WeftClient {
  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await fetch(`${url}/api/weft/jobs${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }
  const client: WeftClient = {
    submit: (job) =>
      call('', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(job),
      }),
    job: (id) => call(`/${id}`),
    ended: (id, seconds = 60) =>
      until(
        `the end of job ${id}`,
        async () => {
          const job = await client.job(id)
          return ['succeeded', 'failed', 'canceled'].includes(job.state) && job
        },
        seconds,
      ),
    async attempts(id) {
      const { tasks } = await client.job(id)
      const found = tasks.map((task) =>
        call<{ attempts: WeftAttempt[] }>(`/${id}/tasks/${task.id}/attempts`),
      )
      return (await Promise.all(found)).flatMap(({ attempts }) => attempts)
    },
    log: async (id) =>
      (await call<{ lines: { level: string; text: string }[] }>(`/${id}/log`)).lines,
    async stop(id) {
      await call(`/${id}/stop`, { method: 'POST' })
    },
  }
  return client
}
