/**
 * Who may call, when `WEFT_AUTH=token`: a bearer token for programs, a cookie set by `/login` for browsers.
 * @module
 */
import type { MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'

import { DomainError } from '../domain/error.ts'
import { checkToken } from '../domain/token.ts'
import type { AppDeps } from './deps.ts'

/** The cookie in which a browser keeps its token. */
export const TOKEN_COOKIE = 'weft_token'

/** Middleware: everything behind it needs a user token. The runner gateway checks its own kind. */
export function authenticate(deps: AppDeps): MiddlewareHandler {
  return async (c, next) => {
    if (deps.settings.auth === 'off' || c.req.path.startsWith('/runner/v1/')) return next()
    const cookie = getCookie(c, TOKEN_COOKIE)
    const authorization = c.req.header('authorization') ?? (cookie && `Bearer ${cookie}`)
    try {
      await checkToken(deps.db, { authorization, kind: 'user' }, deps.now())
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      if (c.req.header('accept')?.includes('text/html')) return c.redirect('/login', 303)
      return c.json({ retcode: 109, retmsg: error.message }, 401)
    }
    return next()
  }
}
