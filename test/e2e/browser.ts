/**
 * A browser for tests, when the host has one, and a served console with something to see.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { serve, type ServerType } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

import type { TestConsole } from '../console/seed.ts'
import { ROOT } from '../helpers/place.ts'

const CANDIDATES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser']

/** Where a Chromium is, or undefined. */
export function findChromium(): string | undefined {
  return CANDIDATES.find((path) => path !== undefined && existsSync(path))
}

/** Starts Chromium without a window and without a word to the network. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface ServedConsole {
  readonly url: string
  close(): Promise<void>
}

/** Serves a console on a free port with the policy and the static files of the real app. */
export async function serveConsole(test: TestConsole): Promise<ServedConsole> {
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      strictTransportSecurity: false,
    }),
  )
  app.use(
    '/static/*',
    serveStatic({
      root: join(ROOT, 'public'),
      rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
    }),
  )
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.route('/', test.app)
  const { server, port } = await new Promise<{ server: ServerType; port: number }>((done) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
      done({ server, port: info.port }),
    )
  })
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

/** A page that remembers everything its console complained about. */
export async function openPage(
  context: BrowserContext,
): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, complaints }
}

/** How a page is looked at: by which browser, how long a wait may be, what its console may complain of. */
export interface VisitOptions extends BrowserContextOptions {
  readonly complaints?: RegExp
  readonly waitMs?: number
}

/** Opens a page in a context of its own; fails where its console complains of what was not expected. */
export async function visitPage(
  browser: Browser,
  visit: (page: Page) => Promise<void>,
  { complaints: expected, waitMs = 30_000, ...options }: VisitOptions = {},
): Promise<void> {
  const session = await browser.newContext(options)
  session.setDefaultTimeout(waitMs)
  const { page, complaints } = await openPage(session)
  try {
    await visit(page)
    assert.deepEqual(
      complaints.filter((text) => !expected?.test(text)),
      [],
    )
  } finally {
    await session.close()
  }
}

/** Nothing may be wider than the window. */
export async function fits(page: Page): Promise<void> {
  const [wide, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    innerWidth,
  ])
  assert.ok(wide <= window, `${page.url()} is ${wide} wide in a window of ${window}`)
}
