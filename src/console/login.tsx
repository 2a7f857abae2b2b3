/**
 * `/login`: exchanges a name with its password, or a token, for a cookie that scripts cannot read.
 * @module
 */
import { type Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'

import { LoginPage } from '../../views/login.tsx'
import { addressOf } from '../api/address.ts'
import { TOKEN_COOKIE } from '../api/auth.ts'
import { isSecure } from '../api/base-url.ts'
import type { AppDeps } from '../api/deps.ts'
import { DomainError } from '../domain/error.ts'
import { logIn, type Login } from '../domain/login.ts'
import { createAccountToken } from '../domain/principal.ts'
import { checkToken } from '../domain/token.ts'
import { textsOf } from './form.ts'
import { readableForm } from './readable-form.ts'
import { wholePage } from './render.tsx'

/** The login page and its form. */
export function loginRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  const page = (c: Context, problem?: string, account?: string) =>
    wholePage(c, {
      title: 'Log in',
      version: deps.settings.version,
      view: <LoginPage problem={problem} account={account} />,
    })
  app.get('/login', (c) => c.html(page(c)))
  app.post('/login', readableForm(), async (c) => {
    const { username, password = '', token: given = '' } = textsOf(await c.req.parseBody())
    if (username !== undefined) {
      const login = { name: username.trim(), password, address: addressOf(c) }
      try {
        const made = await tokenOf(deps, login)
        return made === undefined
          ? c.html(page(c, undefined, WRONG), 422)
          : enter(c, made, { deps, maxAge: WEEK_S })
      } catch (error) {
        if (!(error instanceof DomainError && error.kind === 'limit')) throw error
        return c.html(page(c, undefined, error.message), 429)
      }
    }
    const token = given.trim()
    try {
      await checkToken(deps.db, { authorization: `Bearer ${token}`, kind: 'user' }, deps.now())
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return c.html(page(c, 'This token is not valid or has expired'), 422)
    }
    return enter(c, token, { deps, maxAge: 30 * 24 * 3600 })
  })
  return app
}

const WEEK_S = 7 * 24 * 3600
const WRONG = 'This name and password are not valid'

function enter(
  c: Context,
  token: string,
  { deps, maxAge }: { deps: AppDeps; maxAge: number },
): Response {
  setCookie(c, TOKEN_COOKIE, token, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure: isSecure(c, deps.settings),
    maxAge,
  })
  return c.redirect('/', 303)
}

/** A token for an account of that name and password; undefined where there is none. */
async function tokenOf({ db, passwords, now }: AppDeps, login: Login): Promise<string | undefined> {
  if (!passwords) return undefined
  const at = now()
  const account = await logIn(db, login, { passwords, at })
  if (!account) return undefined
  return createAccountToken(db, { account, application: false, expiresAt: at + WEEK_S * 1000 }, at)
}
