/**
 * Refuses what another web site asks a visitor's browser to do here. Command-line clients send no such headers and
 * pass.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'

import type { Refuse } from './wording.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Middleware: the server answers only to its own names, which stops a foreign name that resolves to this machine. */
export function ownHost(hosts: readonly string[] | null, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host
    const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host
    if (hosts !== null && !hosts.includes(name)) {
      const message = `This server does not answer to "${name}": set WEFT_PUBLIC_URL to the address people use`
      return refuse(c, { kind: 'forbidden', message }, 421)
    }
    return next()
  }
}

/** Middleware: unsafe methods must come from this origin, from no web page at all, or be what `mayCross` lets through. */
export function sameOrigin(mayCross: (c: Context) => boolean, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    if (!SAFE.has(c.req.method) && isForeign(c.req.raw) && !mayCross(c)) {
      const message = 'A page of another origin may not change anything here'
      return refuse(c, { kind: 'forbidden', message }, 403)
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
