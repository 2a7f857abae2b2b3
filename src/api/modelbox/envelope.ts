/**
 * How ModelBox words its failures: a code and a message.
 * @module
 */
import type { Envelope, Failure } from '../surface.ts'

/** The code table of the original; 007 and 008 are later than its document. */
export const CODES = {
  MODELBOX_001: 'server internal error',
  MODELBOX_002: 'request invalid, no such job',
  MODELBOX_003: 'request invalid, can not get jobId',
  MODELBOX_004: 'request invalid, can not get graph',
  MODELBOX_005: 'request invalid, job already exist',
  MODELBOX_006: 'request invalid, invalid command',
  MODELBOX_007: 'request invalid, job id has invalid characters or is longer than 64',
  MODELBOX_008: 'request invalid, job config is invalid',
} as const
export type Code = keyof typeof CODES

/** The body of a failure: the text of the code, then what is wrong. */
export function failureBody(code: Code, detail?: string): { error_code: Code; error_msg: string } {
  const text = CODES[code]
  return { error_code: code, error_msg: detail === undefined ? text : `${text}, ${detail}` }
}

const KINDS = {
  invalid: ['MODELBOX_006', 400],
  malformed: ['MODELBOX_006', 400],
  unsupported: ['MODELBOX_006', 400],
  conflict: ['MODELBOX_005', 400],
  not_found: ['MODELBOX_002', 404],
  no_route: ['MODELBOX_006', 404],
  forbidden: ['MODELBOX_001', 403],
  unauthenticated: ['MODELBOX_001', 401],
  unavailable: ['MODELBOX_001', 503],
  limit: ['MODELBOX_006', 413],
  internal: ['MODELBOX_001', 500],
} as const satisfies Record<Failure['kind'], readonly [Code, number]>

/** What was thrown, in ModelBox's form. */
export const modelboxEnvelope: Envelope = ({ kind, message }) => {
  const [code, status] = KINDS[kind]
  return { status, body: failureBody(code, message) }
}
