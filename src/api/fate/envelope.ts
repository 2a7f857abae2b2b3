/**
 * How FATE-Flow words its answers: five keys, HTTP 200 whatever happened, and the result in `retcode`.
 * @module
 */
import type { Problem } from '../issue.ts'
import type { Envelope } from '../surface.ts'

/** The result codes of version 1.0 that are in use here. */
export const RETCODE = { success: 0, exception: 100, notFound: 101 } as const

/** All five keys, nulls kept. */
export interface Reply<D, M> {
  readonly retcode: number
  readonly retmsg: string
  readonly data: D | null
  readonly jobId: string | null
  readonly meta: M | null
}

/** A successful answer. */
export function success<D = null, M = null>(parts: {
  data?: D
  meta?: M
  jobId?: string
  retmsg?: string
}): Reply<D, M> {
  return {
    retcode: RETCODE.success,
    retmsg: parts.retmsg ?? 'success',
    data: parts.data ?? null,
    jobId: parts.jobId ?? null,
    meta: parts.meta ?? null,
  }
}

/** An answer that says what is wrong. */
export function failure(retcode: number, retmsg: string): Reply<null, null> {
  return { retcode, retmsg, data: null, jobId: null, meta: null }
}

/** Failures of any kind in FATE-Flow's words; only an unknown path has an HTTP status of its own. */
export const fateEnvelope: Envelope = ({ kind, message, problems }) => {
  const retcode = kind === 'not_found' ? RETCODE.notFound : RETCODE.exception
  const retmsg = problems ? (wordProblems(problems) ?? message) : message
  return { status: kind === 'no_route' ? 404 : 200, body: failure(retcode, retmsg) }
}

/** The original's own sentence, as long as every problem is of the two kinds that it can tell. */
function wordProblems(problems: readonly Problem[]): string | undefined {
  if (!problems.every(({ path, missing, allowed }) => path !== '' && (missing || allowed))) return
  const missing = problems.filter((problem) => problem.missing).map(({ path }) => path)
  const wrong = problems
    .filter((problem) => !problem.missing)
    .map(({ path, allowed }) => `${path}=(${allowed?.join(', ')})`)
  return `the following arguments are required: ${missing.join(',')} ${wrong.join(',')}`
}
