/**
 * The app alone, on Deno.
 * @module
 */
import process from 'node:process'

import { serveStatic } from 'hono/deno'

import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { openApp } from './open-app.ts'
import { PUBLIC_DIR } from './place.ts'

/** The part of Deno used here; Node's type checker has no `Deno`. */
interface DenoRuntime {
  readonly env: { toObject(): Record<string, string> }
  serve(
    options: {
      hostname: string
      port: number
      signal: AbortSignal
      onListen(address: { hostname: string; port: number }): void
    },
    handler: (request: Request) => Response | Promise<Response>,
  ): { readonly finished: Promise<void> }
  addSignalListener(signal: 'SIGINT' | 'SIGTERM', handler: () => void): void
}

const runtime = (globalThis as unknown as { Deno: DenoRuntime }).Deno

async function main(): Promise<void> {
  const config = readConfig(runtime.env.toObject())
  const opened = await openApp(config, { syncLog: true })
  const assets = serveStatic({
    root: PUBLIC_DIR,
    rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
  })
  const app = createApp(opened.deps, { assets })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    runtime.addSignalListener(signal, () => stop.abort())
  }
  const servers = [config.port, ...config.compatPorts].map((wanted, at) =>
    runtime.serve(
      {
        hostname: config.host,
        port: wanted,
        signal: stop.signal,
        onListen({ hostname, port }) {
          if (at === 0) console.log(`weft listening on http://${hostname}:${port}`)
        },
      },
      (request) => app.fetch(request),
    ),
  )
  await Promise.all(servers.map((server) => server.finished))
  await opened.close()
}

main().catch((error: unknown) => {
  console.error(`weft: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
})
