/**
 * Failures that a caller may see. Anything else that is thrown is a bug and stays inside.
 * @module
 */
import { TooDeep } from '../db/json.ts'

export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'forbidden'
  | 'unauthenticated'
  | 'unavailable'
  | 'limit'

/** A failure with a sentence that names the thing and the remedy. */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  readonly kind: ErrorKind
  /** What it is about, where a surface has words of its own for that. */
  readonly subject: string | undefined

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions & { subject?: string }) {
    super(message, options)
    this.kind = kind
    this.subject = options?.subject
  }
}

/** What was thrown, as far as a caller may see it: what cannot be written down as the caller's own failure. */
export function visible(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error
  return error instanceof TooDeep
    ? new DomainError('invalid', error.message, { cause: error })
    : undefined
}

export const invalid = (message: string): DomainError => new DomainError('invalid', message)
export const notFound = (message: string): DomainError => new DomainError('not_found', message)
export const conflict = (message: string): DomainError => new DomainError('conflict', message)
export const forbidden = (message: string): DomainError => new DomainError('forbidden', message)
export const unavailable = (message: string): DomainError => new DomainError('unavailable', message)

const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])

/** A full disk as a sentence that a caller may see, as only room helps; any other error as it is. */
export function sayDiskFull<T>(error: T): T | DomainError {
  if (!(error instanceof Error && 'code' in error && DISK_FULL.has(error.code))) return error
  return new DomainError(
    'unavailable',
    'The disk of the server is full: make room in its data directory, then try again',
    { cause: error },
  )
}
