/**
 * What the console is given by the app.
 * @module
 */
import type { AppDeps } from '../api/deps.ts'

export interface ConsoleDeps extends AppDeps {
  /** Submits a job through the FATE-Flow surface, so that its rules are not doubled here. */
  submitFate(body: FateSubmission): Promise<FateAnswer>
  /** Asks the FedLearn surface; `path` is what follows `/api`. */
  askFedlearn(path: string, body: object): Promise<FedlearnAnswer>
  /** How often a live page looks for changes, in milliseconds. */
  readonly liveMs?: number
}

/** The database handle that domain verbs take. */
export type Db = AppDeps['db']

/** The body of `/v1/job/submit`. */
export interface FateSubmission {
  readonly job_dsl: Record<string, unknown>
  readonly job_runtime_conf: Record<string, unknown>
}

/** An answer of FedLearn; `code` 0 is success, and `status` says what else there is. */
export interface FedlearnAnswer {
  readonly code: number
  readonly status: string
  readonly data?: unknown
}

/** The part of its answer that matters here; `retcode` 0 is success. */
export interface FateAnswer {
  readonly retcode: number
  readonly retmsg: string
  readonly jobId?: string | null
}
