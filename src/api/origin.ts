/**
 * Refuses changes that another web site asks a visitor's browser to make. Command-line clients send no such
 * headers and pass.
 * @module
 */
import type { MiddlewareHandler } from 'hono'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Middleware: unsafe methods must come from this origin or from no web page at all. */
export function sameOrigin(): MiddlewareHandler {
  return async (c, next) => {
    if (!SAFE.has(c.req.method) && isForeign(c.req.raw)) {
      return c.json(
        { retcode: 100, retmsg: 'A page of another origin may not change anything here' },
        403,
      )
    }
    return next()
  }
}

function isForeign(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = request.headers.get('origin')
  if (origin === null) return false
  // Behind a proxy only the host is sure to be the one the browser used.
  const host = request.headers.get('host') ?? new URL(request.url).host
  return !URL.canParse(origin) || new URL(origin).host !== host
}
