/**
 * The door of a runner for other runners: where it listens, and what they call it by.
 * @module
 */
import { type ServerType, serve } from '@hono/node-server'

import { type Config, isLoopback } from '../config.ts'

/** Listens for messages of other runners. Throws where peers would not know how to reach it. */
export function listenForPeers(
  fetch: (request: Request) => Response | Promise<Response>,
  inbox: Config['runner']['inbox'],
): Promise<ServerType> {
  if (!isLoopback(inbox.host) && inbox.url === null) {
    throw new Error(
      'WEFT_INBOX_URL is needed when WEFT_INBOX_HOST is not this machine: peers use it',
    )
  }
  return new Promise((done, fail) => {
    const server = serve(
      // Replacing the global Response would break `instanceof` for what `fetch` returns.
      { fetch, hostname: inbox.host, port: inbox.port, overrideGlobalObjects: false },
      () => done(server),
    )
    server.on('error', fail)
  })
}

/** How peers reach this runner; null where they cannot, as its inbox is on this machine and the server is not. */
export function inboxUrl(settings: Config['runner'], port: number): string | null {
  const { host, url } = settings.inbox
  if (url !== null) return url
  const away = settings.server !== null && !isLoopback(new URL(settings.server.url).hostname)
  return away && isLoopback(host) ? null : `http://${host}:${port}`
}
