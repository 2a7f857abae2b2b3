/**
 * In whose words the server refuses what no surface has looked at: those of the API whose path it is.
 * @module
 */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import type { AppDeps } from './deps.ts'
import { STATUS } from './error-envelope.ts'
import { failure as fateFailure, RETCODE } from './fate/envelope.ts'
import { type Envelope, type Failure, fromThrown } from './surface.ts'

/** Whose words a refusal below a path is in. */
export interface Wording {
  readonly path: RegExp
  readonly envelope: Envelope
}

/** Answers a refusal with a status. */
export type Refuse = (
  c: Context,
  refusal: Pick<Failure, 'kind' | 'message'>,
  status: ContentfulStatusCode,
) => Response

const NO_TOKEN = 109

/** Refusals in FATE-Flow's words, unless one of `wordings` has the path. */
export function refusalsIn(wordings: readonly Wording[]): Refuse {
  return (c, { kind, message }, status) => {
    const wording = wordings.find(({ path }) => path.test(c.req.path))
    const retcode = kind === 'unauthenticated' ? NO_TOKEN : RETCODE.exception
    const body =
      wording?.envelope({ kind, message, requestId: requestIdOf(c) }).body ??
      fateFailure(retcode, message)
    return c.json(body, status)
  }
}

/** Answers whatever nobody foresaw, outside of the surfaces; the cause goes to the log, and nowhere else. */
export function rootFault(deps: AppDeps, refuse: Refuse): (error: Error, c: Context) => Response {
  return (error, c) => {
    const requestId = requestIdOf(c)
    const { kind, message } = fromThrown(error, requestId)
    if (kind === 'internal')
      deps.log.error(
        { requestId, method: c.req.method, path: c.req.path, error: error.stack ?? String(error) },
        'request failed',
      )
    return refuse(c, { kind, message }, STATUS[kind])
  }
}

function requestIdOf(c: Context): string {
  return c.res.headers.get('X-Request-Id') ?? ''
}
