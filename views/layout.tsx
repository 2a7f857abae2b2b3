/**
 * The frame of every page: head, navigation, main part, footer. No inline script or style: the content security
 * policy forbids both.
 * @module
 */
import type { Child } from 'hono/jsx'

import { type Word, LANGUAGE_NAMES, LANGUAGES, language, LOCALES, t } from './text/say.tsx'
import { Icon } from './ui/icon.tsx'

const NAVIGATION = [
  ['/', 'Overview'],
  ['/jobs', 'Jobs'],
  ['/batch', 'Batch'],
  ['/projects', 'Projects'],
  ['/flows', 'Flows'],
  ['/works', 'Works'],
  ['/tables', 'Tables'],
  ['/models', 'Models'],
  ['/runners', 'Runners'],
  ['/parties', 'Parties'],
  ['/docs', 'API'],
] as const satisfies readonly (readonly [href: string, label: Word])[]

/** An open `details` stays open when the server sends the part of the page around it again. */
const HTMX_CONFIG = JSON.stringify({
  extensions: 'sse',
  morphIgnore: ['data-htmx-powered', 'open', 'hidden'],
})

export interface LayoutProps {
  readonly title: string
  /** Path of the page, to mark its place in the navigation. */
  readonly path: string
  /** Its whole address on this server, to come back to in another language. */
  readonly here: string
  readonly version: string
  /** Whether the browser has logged in, and may log out. */
  readonly isLoggedIn: boolean
  readonly children?: Child
}

/** A whole page around its content. */
export function Layout({ title, path, here, version, isLoggedIn, children }: LayoutProps) {
  return (
    <html lang={LOCALES[language()]}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="server-time" content={String(Date.now())} />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{title === '' ? 'Weft' : `${title} · Weft`}</title>
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/static/app.css" />
        <link rel="stylesheet" href="/static/chart.css" />
        <link rel="stylesheet" href="/static/flow.css" />
        {/* Not deferred: htmx would start without the extension when that arrives a moment later. */}
        <script src="/static/vendor/htmx.min.js"></script>
        <script src="/static/vendor/hx-sse.min.js"></script>
        <script src="/static/console.js" defer></script>
        <script src="/static/chart.js" defer></script>
        <script src="/static/flow.js" defer></script>
      </head>
      <body hx-boost:inherited="true">
        <a class="skip" href="#main">
          {t('Skip to content')}
        </a>
        <header class="top">
          <div class="top-inner">
            <a class="brand" href="/">
              <img src="/static/icon.svg" alt="" width="28" height="28" />
              Weft
            </a>
            <nav aria-label={t('Main')}>
              {NAVIGATION.map(([href, label]) => (
                <a href={href} aria-current={isUnder(path, href) ? 'page' : undefined}>
                  {t(label)}
                </a>
              ))}
            </nav>
            <LanguageSwitch here={here} />
            <a class="button primary new-job" href="/jobs/new">
              <Icon name="plus" />
              {t('New job')}
            </a>
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="bottom">
          <span>Weft {version}</span>
          <a href="/docs">{t('API documentation')}</a>
          <a href="/healthz" hx-boost="false">
            {t('Health')}
          </a>
          {isLoggedIn ? (
            <form method="post" action="/logout" hx-boost="false">
              <button type="submit">{t('Log out')}</button>
            </form>
          ) : null}
        </footer>
      </body>
    </html>
  )
}

/** Goes to the same page in the other language; the whole page is loaded again, as its language is said at its root. */
function LanguageSwitch({ here }: { here: string }) {
  return (
    <form class="language" method="post" action="/language" hx-boost="false">
      <input type="hidden" name="back" value={here} />
      {LANGUAGES.filter((other) => other !== language()).map((other) => (
        <button
          type="submit"
          class="button plain"
          name="language"
          value={other}
          lang={LOCALES[other]}
        >
          {LANGUAGE_NAMES[other]}
        </button>
      ))}
    </form>
  )
}

function isUnder(path: string, href: string): boolean {
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
}
