/**
 * How OpenPAI words failures: a status, a `code` of its own list and a `message`.
 * @module
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { DomainError } from '../../domain/error.ts'
import type { Envelope, Failure } from '../surface.ts'

/** A failure whose code is known where it is thrown. */
export class PaiFault extends Error {
  override readonly name = 'PaiFault'
  readonly status: ContentfulStatusCode
  readonly code: string

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const noJob = (name: string): PaiFault =>
  new PaiFault(404, 'NoJobError', `Job ${name} is not found.`)
export const forbiddenUser = (message: string): PaiFault =>
  new PaiFault(403, 'ForbiddenUserError', message)
export const invalidParameters = (message: string): PaiFault =>
  new PaiFault(400, 'InvalidParametersError', message)

const WORDS: Readonly<Record<Failure['kind'], readonly [ContentfulStatusCode, string]>> = {
  invalid: [400, 'InvalidParametersError'],
  malformed: [400, 'InvalidParametersError'],
  unsupported: [400, 'InvalidParametersError'],
  not_found: [404, 'NoJobError'],
  conflict: [409, 'ConflictJobError'],
  forbidden: [403, 'ForbiddenUserError'],
  unauthenticated: [401, 'UnauthorizedUserError'],
  unavailable: [403, 'NoEnoughQuotaError'],
  limit: [429, 'NoEnoughQuotaError'],
  no_route: [404, 'NoApiError'],
  internal: [500, 'UnknownError'],
}

/** Failures whose code follows from their kind. */
export const openpaiEnvelope: Envelope = ({ kind, message, subject }) => {
  const [status, code] = WORDS[kind]
  const words = kind === 'no_route' ? `API ${subject} is not found.` : message
  return { status, body: { code, message: words } }
}

/** Codes by kind, or by kind and subject where what is at fault is something else than what is asked for. */
export type FaultCodes = Partial<
  Record<Failure['kind'] | `${Failure['kind']} ${string}`, readonly [ContentfulStatusCode, string]>
>

/** What `work` answers; a failure of one of those kinds gets the code that it has there. */
export async function asFault<T>(codes: FaultCodes, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const { kind, subject } = error
    const found = codes[`${kind} ${subject}`] ?? codes[kind]
    if (!found) throw error
    throw new PaiFault(found[0], found[1], error.message)
  }
}
