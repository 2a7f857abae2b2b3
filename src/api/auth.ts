/**
 * Who may call, when `WEFT_AUTH=token`: a token for programs, a cookie set by `/login` for browsers.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'

import { DomainError } from '../domain/error.ts'
import { hasAll, principalOf } from '../domain/principal.ts'
import { tokenNeeded } from '../domain/token.ts'
import { setCaller } from './access.ts'
import type { AppDeps } from './deps.ts'
import type { Refuse } from './wording.ts'

/** The cookie in which a browser keeps its token. */
export const TOKEN_COOKIE = 'weft_token'

/** Middleware: everything behind it needs a user token. The runner gateway checks its own kind. */
export function authenticate(deps: AppDeps, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    if (deps.settings.auth === 'off' || c.req.path.startsWith('/runner/v1/')) return next()
    try {
      const caller = await principalOf(deps.db, tokenOf(c), deps.now())
      if (!caller) throw tokenNeeded('user')
      setCaller(c, caller)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      if (c.req.header('accept')?.includes('text/html')) return c.redirect(loginFor(c), 303)
      return refuse(c, tokenNeeded('user'), 401)
    }
    return next()
  }
}

/** Where a browser logs in, and the page that it wanted: not the part of a page that asks for itself again. */
function loginFor(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  const isPage = c.req.method === 'GET' && c.req.header('HX-Request-Type') !== 'partial'
  if (!isPage || pathname === '/') return '/login'
  return `/login?${new URLSearchParams({ to: pathname + search })}`
}

/** Whether the caller may see what everybody has, for routes that tell others less. */
export async function seesAll(deps: AppDeps, c: Context): Promise<boolean> {
  if (deps.settings.auth === 'off') return true
  try {
    const caller = await principalOf(deps.db, tokenOf(c), deps.now())
    return caller !== undefined && hasAll(caller)
  } catch (error) {
    if (error instanceof DomainError) return false
    throw error
  }
}

function tokenOf(c: Context): string | undefined {
  const cookie = getCookie(c, TOKEN_COOKIE)
  return c.req.header('authorization') ?? (cookie && `Bearer ${cookie}`)
}
