/**
 * `/login`: exchanges a token for a cookie that scripts cannot read.
 * @module
 */
import { type Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'

import { LoginPage } from '../../views/login.tsx'
import { TOKEN_COOKIE } from '../api/auth.ts'
import type { AppDeps } from '../api/deps.ts'
import { DomainError } from '../domain/error.ts'
import { checkToken } from '../domain/token.ts'
import { wholePage } from './render.tsx'

/** The login page and its form. */
export function loginRoutes(deps: AppDeps): Hono {
  const app = new Hono()
  const page = (c: Context, problem?: string) =>
    wholePage(c, {
      title: 'Log in',
      version: deps.settings.version,
      view: <LoginPage problem={problem} />,
    })
  app.get('/login', (c) => c.html(page(c)))
  app.post('/login', async (c) => {
    const form = await c.req.parseBody()
    const token = typeof form['token'] === 'string' ? form['token'].trim() : ''
    try {
      await checkToken(deps.db, { authorization: `Bearer ${token}`, kind: 'user' }, deps.now())
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return c.html(page(c, 'This token is not valid or has expired'), 422)
    }
    setCookie(c, TOKEN_COOKIE, token, {
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      secure: new URL(c.req.url).protocol === 'https:',
      maxAge: 30 * 24 * 3600,
    })
    return c.redirect('/', 303)
  })
  return app
}
