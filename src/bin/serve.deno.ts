/**
 * The app alone, on Deno.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'

import { serveStatic } from 'hono/deno'
import { pino } from 'pino'

import { createApp } from '../app.ts'
import { catalogOf } from '../component/catalog.ts'
import { COMPONENTS } from '../component/registry.ts'
import { ownHosts, readConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase, openHrana } from '../db/open-file.ts'
import { sweep } from '../domain/lease.ts'
import { diskFiles } from './files.ts'
import { importRoots, PUBLIC_DIR, VERSION } from './place.ts'

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
  await mkdir(config.dataDir, { recursive: true })
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
  const db = openDatabase(config.database)
  await migrate(db)
  const hrana = openHrana(config.database.url)
  const app = createApp(
    {
      db,
      catalog: catalogOf(COMPONENTS.values()),
      log,
      settings: {
        version: VERSION,
        publicUrl: config.publicUrl,
        hosts: ownHosts(config),
        auth: config.auth,
        bodyLimit: config.bodyLimit,
        uploadLimit: config.uploadLimit,
      },
      files: diskFiles({
        spoolDir: join(resolve(config.dataDir), 'spool'),
        importRoots: importRoots(config),
      }),
      hrana,
      now: () => Date.now(),
    },
    {
      assets: serveStatic({
        root: PUBLIC_DIR,
        rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
      }),
    },
  )
  const stop = new AbortController()
  const timer = setInterval(() => {
    sweep(db).catch((error: unknown) => log.warn({ error: String(error) }, 'the sweep failed'))
  }, 2000)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    runtime.addSignalListener(signal, () => stop.abort())
  }
  const server = runtime.serve(
    {
      hostname: config.host,
      port: config.port,
      signal: stop.signal,
      onListen: ({ hostname, port }) => console.log(`weft listening on http://${hostname}:${port}`),
    },
    (request) => app.fetch(request),
  )
  await server.finished
  clearInterval(timer)
  hrana?.close()
  await db.destroy()
}

main().catch((error: unknown) => {
  console.error(`weft: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
})
