/**
 * The app on Node: opened, and served over HTTP.
 * @module
 */
import { serve, type ServerType } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Kysely } from 'kysely'

import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import { openApp } from './open-app.ts'
import { PUBLIC_DIR } from './place.ts'

export interface RunningApp {
  readonly url: string
  readonly db: Kysely<Database>
  close(): Promise<void>
}

/** Opens the app, then listens. */
export async function startApp(config: Config): Promise<RunningApp> {
  const opened = await openApp(config, { syncLog: false })
  const assets = serveStatic({
    root: PUBLIC_DIR,
    rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
  })
  const app = createApp(opened.deps, { assets })
  const { server, port } = await listen(app.fetch, config)
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${port}`,
    db: opened.db,
    async close() {
      await new Promise<void>((done) => {
        server.close(() => done())
        // Event streams never end by themselves.
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
      await opened.close()
    },
  }
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  config: Config,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((done, fail) => {
    const server = serve({ fetch, hostname: config.host, port: config.port }, (info) =>
      done({ server, port: info.port }),
    )
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return fail(error)
      fail(
        new Error(
          `Port ${config.port} on ${config.host} is taken: stop what listens there, or set WEFT_PORT (0 takes any free port)`,
        ),
      )
    })
  })
}
