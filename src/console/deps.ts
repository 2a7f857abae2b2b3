/**
 * What the console is given by the app.
 * @module
 */
import type { Context } from 'hono'

import { callerIn } from '../api/access.ts'
import type { AppDeps } from '../api/deps.ts'
import type { Principal } from '../domain/principal.ts'

export interface ConsoleDeps extends AppDeps {
  /**
   * Submits a job through the FATE-Flow surface, so that its rules are not doubled here. Without a caller this server
   * asks itself, as in all three.
   */
  submitFate(body: FateSubmission, caller?: Principal): Promise<FateAnswer>
  /** Asks the FedLearn surface; `path` is what follows `/api`. */
  askFedlearn(path: string, body: object, caller?: Principal): Promise<FedlearnAnswer>
  /** Asks the works surface; `path` is what follows `/api/v1/works`. */
  askWorks(asked: WorksQuestion, caller?: Principal): Promise<WorksAnswer>
  /** How often a live page looks for changes, in milliseconds. */
  readonly liveMs?: number
}

/** A request to the works surface. */
export interface WorksQuestion {
  readonly method: string
  readonly path: string
  readonly body?: object
}

/** The same, with the surfaces asked in the name of who uses the console. */
export function asking(c: Context, deps: ConsoleDeps): ConsoleDeps {
  const caller = callerIn(c)
  return {
    ...deps,
    submitFate: (body) => deps.submitFate(body, caller),
    askFedlearn: (path, body) => deps.askFedlearn(path, body, caller),
    askWorks: (asked) => deps.askWorks(asked, caller),
  }
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

/** An answer of works; `code` 0 is success, and `msg` says what else there is. */
export interface WorksAnswer {
  readonly code: number
  readonly msg?: string
  readonly data?: unknown
  readonly total?: number
}

/** The part of its answer that matters here; `retcode` 0 is success. */
export interface FateAnswer {
  readonly retcode: number
  readonly retmsg: string
  readonly jobId?: string | null
}
