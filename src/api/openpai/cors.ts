/**
 * Pages of other origins may call this surface, as they may call the original: a portal is often served elsewhere. Where
 * the server asks for tokens, that is, and with a token in the request itself: the console's cookie is not theirs.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

import type { AppSettings } from '../deps.ts'

/** Not the works, which lie below. */
const PATHS = /^(\/rest-server)?\/api\/(v2|v1(?!\/works(\/|$)))(\/|$)/
const LOGIN = /\/(authn\/basic\/login|tokens?)$/

/** Middleware: tells browsers that pages of any origin may read the answers. */
export function paiCors({ auth }: AppSettings): MiddlewareHandler {
  const open = cors()
  return (c, next) => (auth === 'token' && isHere(c) ? open(c, next) : next())
}

/** Whether a page of another origin may ask this: with a token, or with a name and a password for one. */
export function mayCross({ auth }: AppSettings): (c: Context) => boolean {
  return (c) =>
    auth === 'token' &&
    isHere(c) &&
    (c.req.header('authorization') !== undefined ||
      (c.req.method === 'POST' && LOGIN.test(c.req.path)))
}

function isHere({ req }: Context): boolean {
  return PATHS.test(req.path)
}
