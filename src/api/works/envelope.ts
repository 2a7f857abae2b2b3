/**
 * How works words its answers: `code` and `data`, or `code` and `msg`; the first three digits of a code are the HTTP
 * status.
 * @module
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import type { Envelope, Failure } from '../surface.ts'

/** Every code that is answered, and when. */
export const CODES = {
  0: 'success',
  400100: 'the request cannot be',
  400101: 'fields that cannot be, each named',
  400102: 'the body is not JSON, with the position of the fault',
  401100: 'no valid token',
  403100: 'not allowed',
  404100: 'no such work',
  404101: 'the work has no such task',
  404102: 'no such path of this API',
  404103: 'the work has no such file or version',
  409100: 'what the work is doing does not allow it',
  413100: 'too large',
  415100: 'a content type that is not taken here',
  500100: 'our fault; the message has the id under which the log tells more',
  502100: 'the engine refused or failed',
  503100: 'no engine that could do it is running',
} as const
export type Code = keyof typeof CODES

/** A successful answer; `data` is left out where the document has none. */
export function success(): { code: 0 }
export function success<D>(data: D): { code: 0; data: D }
export function success<D>(data?: D): { code: 0; data?: D } {
  return data === undefined ? { code: 0 } : { code: 0, data }
}

const BY_KIND: Readonly<Record<Failure['kind'], Code>> = {
  invalid: 400100,
  malformed: 400102,
  unauthenticated: 401100,
  forbidden: 403100,
  not_found: 404100,
  no_route: 404102,
  conflict: 409100,
  limit: 413100,
  unsupported: 415100,
  internal: 500100,
  unavailable: 503100,
}

const BY_SUBJECT: Readonly<Record<string, Code>> = {
  json: 400102,
  task: 404101,
  file: 404103,
  version: 404103,
  engine: 503100,
  engine_failure: 502100,
}

/** Failures in the form of works. */
export const worksEnvelope: Envelope = ({ kind, message, problems, subject }) => {
  const code: Code = problems
    ? 400101
    : ((subject === undefined ? undefined : BY_SUBJECT[subject]) ?? BY_KIND[kind])
  return {
    status: Math.floor(code / 1000) as ContentfulStatusCode,
    body: { code, msg: message },
  }
}
