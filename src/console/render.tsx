/**
 * How a view becomes an answer: the whole page for a browser, the view alone for a request that replaces a part.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'

import { ErrorPage } from '../../views/error.tsx'
import { Layout } from '../../views/layout.tsx'
import { type Word, LanguageContext, t } from '../../views/text/say.tsx'
import { TOKEN_COOKIE } from '../api/auth.ts'
import type { AppDeps } from '../api/deps.ts'
import { type ErrorKind, sayDiskFull, visible } from '../domain/error.ts'
import { languageOf } from './language.ts'

/** What `c.render` is given beside the view. */
export interface PageProps {
  /** Words of the dictionary, or a function that has the title in the language of the page. */
  readonly title: Title
  readonly status?: PageStatus
}

export type Title = Word | '' | (() => string)

type PageStatus = 200 | 400 | 401 | 403 | 404 | 409 | 422 | 429 | 500 | 503
type View = HtmlEscapedString | Promise<HtmlEscapedString>

declare module 'hono' {
  interface ContextRenderer {
    (view: View, props: PageProps): Response | Promise<Response>
  }
}

/** Sets the renderer. */
export function renderer(deps: AppDeps): MiddlewareHandler {
  return async (c, next) => {
    c.header('Vary', 'HX-Request-Type', { append: true })
    // What a page shows is true at one moment only.
    c.header('Cache-Control', 'no-store')
    c.setRenderer((view, { title, status = 200 }) =>
      c.req.header('HX-Request-Type') === 'partial'
        ? c.html(<LanguageContext value={languageOf(c)}>{view}</LanguageContext>, status)
        : c.html(wholePage(c, { title, version: deps.settings.version, view }), status),
    )
    await next()
  }
}

/** A whole page around a view, in the language of the request. */
export function wholePage(
  c: Context,
  page: { readonly title: Title; readonly version: string; readonly view: Child },
) {
  const { pathname, search } = new URL(c.req.url)
  const Page = () => (
    <Layout
      title={titleWords(page.title)}
      path={pathname}
      here={pathname + search}
      version={page.version}
      isLoggedIn={pathname !== '/login' && getCookie(c, TOKEN_COOKIE) !== undefined}
    >
      {page.view}
    </Layout>
  )
  return html`<!doctype html>${(
      <LanguageContext value={languageOf(c)}>
        <Page />
      </LanguageContext>
    )}`
}

function titleWords(title: Title): string {
  if (typeof title === 'function') return title()
  return title === '' ? '' : t(title)
}

/** The page for an address that leads nowhere. */
export function notFoundPage(c: Context): Response | Promise<Response> {
  return c.render(
    <ErrorPage
      status={404}
      title="Nothing here"
      message={`There is no page at ${c.req.path}. It may have been moved, or the address has a typing error.`}
    />,
    { title: 'Nothing here', status: 404 },
  )
}

/** The page for something thrown: its own words when a caller may see them, else the request's id only. */
export function errorPage(error: Error, c: Context, deps: AppDeps): Response | Promise<Response> {
  const requestId = requestIdOf(c)
  const said = sayDiskFull(error)
  const seen = visible(said)
  if (said !== error || !seen)
    deps.log.error({ requestId, error: error.stack ?? String(error) }, 'a page failed')
  if (seen) {
    const status = STATUS[seen.kind]
    const title = TITLE[seen.kind]
    return c.render(<ErrorPage status={status} title={title} message={seen.message} />, {
      title,
      status,
    })
  }
  return c.render(
    <ErrorPage
      status={500}
      title="Something went wrong"
      message="The server could not make this page. Nothing was changed half-way."
      requestId={requestId}
    />,
    { title: 'Something went wrong', status: 500 },
  )
}

const STATUS: Readonly<Record<ErrorKind, PageStatus>> = {
  invalid: 422,
  not_found: 404,
  conflict: 409,
  forbidden: 403,
  unauthenticated: 401,
  unavailable: 503,
  limit: 429,
}

const TITLE: Readonly<Record<ErrorKind, Word>> = {
  invalid: 'That cannot be',
  not_found: 'Nothing here',
  conflict: 'That is not possible now',
  forbidden: 'Not allowed',
  unauthenticated: 'Sign in first',
  unavailable: 'Not available now',
  limit: 'Too much at once',
}

function requestIdOf(c: Context): string {
  const id: unknown = c.get('requestId')
  return typeof id === 'string' ? id : crypto.randomUUID()
}
