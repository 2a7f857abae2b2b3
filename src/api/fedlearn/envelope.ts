/**
 * How FedLearn words its answers: `code`, `status` and `data`, HTTP 200 whatever happened.
 * @module
 */
import type { Envelope, Failure } from '../surface.ts'

/** The codes of the original; 0 is success. */
export const CODE = {
  success: 0,
  /** An argument that cannot be, something that is not there, a state that does not allow it. */
  refused: -1,
  noRoute: -2,
  malformed: -3,
  internal: -4,
} as const

export interface Reply<D> {
  readonly code: number
  readonly status: string
  readonly data?: D
}

/** A successful answer; `data` is left out where the document has none. */
export function success(): { code: number; status: string }
export function success<D>(data: D): { code: number; status: string; data: D }
export function success<D>(data?: D): Reply<D> {
  const head = { code: CODE.success, status: 'success' }
  return data === undefined ? head : { ...head, data }
}

const CODES: Readonly<Record<Failure['kind'], number>> = {
  invalid: CODE.refused,
  not_found: CODE.refused,
  conflict: CODE.refused,
  forbidden: CODE.refused,
  unauthenticated: CODE.refused,
  unavailable: CODE.refused,
  limit: CODE.refused,
  unsupported: CODE.malformed,
  malformed: CODE.malformed,
  no_route: CODE.noRoute,
  internal: CODE.internal,
}

/** Failures in FedLearn's form; only an unknown path has an HTTP status of its own. */
export const fedlearnEnvelope: Envelope = ({ kind, message }) => ({
  status: kind === 'no_route' ? 404 : 200,
  body: { code: CODES[kind], status: message },
})
