/**
 * How APIs of our own word failures: a real HTTP status, a code, a sentence and the id of the request.
 * @module
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import type { Envelope, Failure } from './surface.ts'

/** The HTTP status of each kind of failure. */
export const STATUS = {
  invalid: 422,
  malformed: 400,
  unsupported: 415,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  no_route: 404,
  conflict: 409,
  limit: 413,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<Failure['kind'], ContentfulStatusCode>

/** Failures as `{ error: { code, message, requestId } }`. */
export const errorEnvelope: Envelope = ({ kind, message, requestId }) => ({
  status: STATUS[kind],
  body: { error: { code: kind, message, requestId } },
})
