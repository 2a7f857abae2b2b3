/**
 * The frame of every page: head, navigation, main part, footer. No inline script or style: the content security
 * policy forbids both.
 * @module
 */
import type { Child } from 'hono/jsx'

import { Icon } from './ui/icon.tsx'

const NAVIGATION = [
  ['/', 'Overview'],
  ['/jobs', 'Jobs'],
  ['/tables', 'Tables'],
  ['/models', 'Models'],
  ['/runners', 'Runners'],
  ['/parties', 'Parties'],
  ['/docs', 'API'],
] as const

/** An open `details` stays open when the server sends the part of the page around it again. */
const HTMX_CONFIG = JSON.stringify({
  extensions: 'sse',
  morphIgnore: ['data-htmx-powered', 'open', 'hidden'],
})

export interface LayoutProps {
  readonly title: string
  /** Path of the page, to mark its place in the navigation. */
  readonly path: string
  readonly version: string
  readonly children?: Child
}

/** A whole page around its content. */
export function Layout({ title, path, version, children }: LayoutProps) {
  return (
    <html lang="en">
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
        {/* Not deferred: htmx would start without the extension when that arrives a moment later. */}
        <script src="/static/vendor/htmx.min.js"></script>
        <script src="/static/vendor/hx-sse.min.js"></script>
        <script src="/static/console.js" defer></script>
        <script src="/static/chart.js" defer></script>
      </head>
      <body hx-boost:inherited="true">
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <div class="top-inner">
            <a class="brand" href="/">
              <img src="/static/icon.svg" alt="" width="28" height="28" />
              Weft
            </a>
            <nav aria-label="Main">
              {NAVIGATION.map(([href, label]) => (
                <a href={href} aria-current={isUnder(path, href) ? 'page' : undefined}>
                  {label}
                </a>
              ))}
            </nav>
            <a class="button primary new-job" href="/jobs/new">
              <Icon name="plus" />
              New job
            </a>
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="bottom">
          <span>Weft {version}</span>
          <a href="/docs">API documentation</a>
          <a href="/healthz" hx-boost="false">
            Health
          </a>
        </footer>
      </body>
    </html>
  )
}

function isUnder(path: string, href: string): boolean {
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
}
