/**
 * The language of a page: what its reader chose, else what the browser asks for.
 * @module
 */
import { type Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { detectFromCookie, detectFromHeader, type DetectorOptions } from 'hono/language'

import { type Language, LANGUAGES } from '../../views/text/say.tsx'
import { localPath } from './local-path.ts'
import { readableForm } from './readable-form.ts'

const COOKIE = 'language'

const OPTIONS: DetectorOptions = {
  order: ['cookie', 'header'],
  lookupQueryString: '',
  lookupCookie: COOKIE,
  lookupFromPathIndex: 0,
  lookupFromHeaderKey: 'accept-language',
  caches: false,
  ignoreCase: true,
  fallbackLanguage: LANGUAGES[0],
  supportedLanguages: [...LANGUAGES],
}

/** The language in which a request is answered; says to caches what the answer depends on. */
export function languageOf(c: Context): Language {
  c.header('Vary', 'Accept-Language, Cookie', { append: true })
  const found = detectFromCookie(c, OPTIONS) ?? detectFromHeader(c, OPTIONS)
  return LANGUAGES.find((language) => language === found) ?? LANGUAGES[0]
}

/** `/language`, the switch in the head of every page; it asks for no token, as the page that does has it too. */
export function languageRoutes(): Hono {
  const app = new Hono()
  app.post('/language', readableForm(), async (c) => {
    const form = await c.req.parseBody()
    const chosen = LANGUAGES.find((language) => language === form['language'])
    if (chosen !== undefined) {
      setCookie(c, COOKIE, chosen, {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        secure: new URL(c.req.url).protocol === 'https:',
        maxAge: 365 * 24 * 3600,
      })
    }
    return c.redirect(localPath(form['back']) ?? '/', 303)
  })
  return app
}
