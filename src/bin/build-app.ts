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
import { listenFault } from './process.ts'

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
  const servers = [server]
  const closeServers = () => Promise.all(servers.map(closeServer))
  try {
    for (const compat of config.compatPorts) {
      servers.push((await listen(app.fetch, { ...config, port: compat })).server)
    }
  } catch (error) {
    await closeServers()
    await opened.close()
    throw error
  }
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${port}`,
    db: opened.db,
    async close() {
      await closeServers()
      await opened.close()
    },
  }
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    // Event streams never end by themselves.
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port, compatPorts }: Pick<Config, 'host' | 'port' | 'compatPorts'>,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((done, fail) => {
    const server = serve({ fetch, hostname: host, port }, (info) =>
      done({ server, port: info.port }),
    )
    server.on('error', (error: NodeJS.ErrnoException) => {
      const remedy = compatPorts.includes(port)
        ? 'name other ports with WEFT_COMPAT_PORTS'
        : 'set WEFT_PORT (0 takes any free port)'
      const words = listenFault(error.code, `Port ${port} on ${host}`, { host, remedy })
      fail(words === undefined ? error : new Error(words, { cause: error }))
    })
  })
}
