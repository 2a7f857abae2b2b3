/**
 * `/login`: exchanges a name with its password, or a token, for a cookie that scripts cannot read; `/logout` takes it back.
 * @module
 */
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'

import { LoginPage } from '../../views/login.tsx'
import { addressOf } from '../api/address.ts'
import { TOKEN_COOKIE } from '../api/auth.ts'
import { isSecure } from '../api/base-url.ts'
import type { AppDeps } from '../api/deps.ts'
import { DomainError } from '../domain/error.ts'
import { logIn, type Login } from '../domain/login.ts'
import { createAccountToken, principalOf, revokeAccountToken } from '../domain/principal.ts'
import { checkToken } from '../domain/token.ts'
import { textsOf } from './form.ts'
import { localPath } from './local-path.ts'
import { readableForm } from './readable-form.ts'
import { wholePage } from './render.tsx'

/** The login page and its form. */
export function loginRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  const page = (c: Context, shown: { to?: string; problem?: string; account?: string }) =>
    wholePage(c, {
      title: 'Log in',
      version: deps.settings.version,
      view: <LoginPage {...shown} />,
    })
  app.get('/login', (c) => c.html(page(c, { to: localPath(c.req.query('to')) })))
  app.post('/login', readableForm(), async (c) => {
    const {
      username,
      password = '',
      token: given = '',
      to: wanted,
    } = textsOf(await c.req.parseBody())
    const to = localPath(wanted)
    if (username !== undefined) {
      const login = { name: username.trim(), password, address: addressOf(c) }
      try {
        const made = await tokenOf(deps, login)
        if (made === undefined) return c.html(page(c, { to, account: WRONG }), 422)
        return enter(c, made, { deps, maxAge: WEEK_S, to })
      } catch (error) {
        if (!(error instanceof DomainError && error.kind === 'limit')) throw error
        return c.html(page(c, { to, account: error.message }), 429)
      }
    }
    const token = given.trim()
    try {
      await checkToken(deps.db, { authorization: `Bearer ${token}`, kind: 'user' }, deps.now())
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return c.html(page(c, { to, problem: 'This token is not valid or has expired' }), 422)
    }
    return enter(c, token, { deps, maxAge: 30 * 24 * 3600, to })
  })
  app.post('/logout', async (c) => {
    const token = getCookie(c, TOKEN_COOKIE)
    if (token !== undefined) await giveUp(deps, token)
    deleteCookie(c, TOKEN_COOKIE, { path: '/' })
    return c.redirect('/login', 303)
  })
  return app
}

const WEEK_S = 7 * 24 * 3600
const WRONG = 'This name and password are not valid'

function enter(
  c: Context,
  token: string,
  { deps, maxAge, to = '/' }: { deps: AppDeps; maxAge: number; to?: string },
): Response {
  setCookie(c, TOKEN_COOKIE, token, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure: isSecure(c, deps.settings),
    maxAge,
  })
  return c.redirect(to, 303)
}

/** A token for an account of that name and password; undefined where there is none. */
async function tokenOf({ db, passwords, now }: AppDeps, login: Login): Promise<string | undefined> {
  if (!passwords) return undefined
  const at = now()
  const account = await logIn(db, login, { passwords, at })
  if (!account) return undefined
  return createAccountToken(db, { account, application: false, expiresAt: at + WEEK_S * 1000 }, at)
}

/** Revokes what logging in made; tokens that somebody made for programs, and the operator's, go on. */
async function giveUp({ db, now }: AppDeps, token: string): Promise<void> {
  try {
    const caller = await principalOf(db, `Bearer ${token}`, now())
    if (!caller?.account || caller.application) return
    await revokeAccountToken(db, { accountId: caller.account.id, text: token })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
  }
}
