/**
 * What goes wrong in a Hrana stream beside SQLite itself.
 * @module
 */
import type { HranaFailure } from './hrana-type.ts'

export type HranaErrorCode =
  | 'SQL_REFUSED'
  | 'SQL_NOT_FOUND'
  | 'SQL_NO_STATEMENT'
  | 'SQL_MANY_STATEMENTS'
  | 'SQL_PARSE_ERROR'
  | 'ARGS_INVALID'
  | 'VALUE_NOT_REPRESENTABLE'
  | 'RESPONSE_TOO_LARGE'
  | 'PROTOCOL'
  | 'STREAM_EXPIRED'
  | 'STREAM_LIMIT'

/** A failure that names its kind for programs and its remedy for people. */
export class HranaError extends Error {
  override readonly name = 'HranaError'
  readonly code: HranaErrorCode

  constructor(code: HranaErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What travels for a failure of SQLite or of the stream; anything else is thrown on. */
export function toFailure(error: unknown): HranaFailure {
  if (error instanceof RangeError) return { message: error.message, code: 'SQL_PARSE_ERROR' }
  const { code } = error as { code?: unknown }
  if (!(error instanceof Error) || typeof code !== 'string') throw error
  return { message: error.message, code }
}
