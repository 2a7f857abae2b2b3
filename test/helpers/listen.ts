/**
 * A real HTTP server on a free port of the loopback.
 * @module
 */
import { serve } from '@hono/node-server'

export interface Listener {
  readonly url: string
  /** Stops to listen and drops the connections; may be called twice. */
  close(): Promise<void>
}

/** Serves `handle` until it is closed. */
export function listen(
  handle: (request: Request) => Response | Promise<Response>,
): Promise<Listener> {
  return new Promise((resolve) => {
    const server = serve({ fetch: handle, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
      resolve({
        url: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      })
    })
  })
}
