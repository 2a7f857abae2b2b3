/**
 * One structured line a request.
 * @module
 */
import { createMiddleware } from 'hono/factory'

import type { Log } from './deps.ts'

/** Middleware: method, path, status, duration and request id; never bodies or headers. */
export function requestLog(log: Log) {
  return createMiddleware<{ Variables: { requestId: string } }>(async (c, next) => {
    const start = performance.now()
    await next()
    const fields = {
      requestId: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(performance.now() - start),
    }
    if (c.res.status >= 500) log.error(fields, 'request')
    else log.debug(fields, 'request')
  })
}
