/**
 * Puts the app together on Node: database, files, log, HTTP server.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { serve, type ServerType } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Kysely } from 'kysely'
import { pino } from 'pino'

import type { AppDeps } from '../api/deps.ts'
import { createApp } from '../app.ts'
import { catalogOf } from '../component/catalog.ts'
import { COMPONENTS } from '../component/registry.ts'
import { type Config, ownHosts } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase, openHrana } from '../db/open-file.ts'
import type { Database } from '../db/schema.ts'
import { sweep } from '../domain/lease.ts'
import { diskFiles, sweepSpool } from './files.ts'
import { importRoots, PUBLIC_DIR, VERSION } from './place.ts'

const SWEEP_MS = 2000
/** A spooled upload that no runner has fetched for a week is given up. */
const SPOOL_AGE_MS = 7 * 24 * 3600 * 1000

export interface RunningApp {
  readonly url: string
  readonly db: Kysely<Database>
  close(): Promise<void>
}

/** Opens and migrates the database, then listens. */
export async function startApp(config: Config): Promise<RunningApp> {
  await mkdir(config.dataDir, { recursive: true })
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: false }))
  const db = openDatabase(config.database)
  await migrate(db)
  const hrana = openHrana(config.database.url)
  await sweepSpool(spoolDir(config), SPOOL_AGE_MS)
  const deps: AppDeps = {
    db,
    catalog: catalogOf(COMPONENTS.values()),
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: (fields, message) => log.info(fields, message),
      warn: (fields, message) => log.warn(fields, message),
      error: (fields, message) => log.error(fields, message),
    },
    settings: {
      version: VERSION,
      publicUrl: config.publicUrl,
      hosts: ownHosts(config),
      auth: config.auth,
      bodyLimit: config.bodyLimit,
      uploadLimit: config.uploadLimit,
    },
    files: diskFiles({
      spoolDir: spoolDir(config),
      importRoots: importRoots(config),
    }),
    hrana,
    now: () => Date.now(),
  }
  const assets = serveStatic({
    root: PUBLIC_DIR,
    rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
  })
  const app = createApp(deps, { assets })
  const { server, port } = await listen(app.fetch, config)
  const stopSweeping = repeat(SWEEP_MS, async () => {
    try {
      await sweep(db)
    } catch (error) {
      log.warn({ error: String(error) }, 'the sweep failed; it is tried again')
    }
  })
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${port}`,
    db,
    async close() {
      await stopSweeping()
      await new Promise<void>((done) => {
        server.close(() => done())
        // Event streams never end by themselves.
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
      hrana?.close()
      await db.destroy()
      log.flush()
    },
  }
}

/** The spool folder that app and runners of one data directory share. */
export function spoolDir(config: Config): string {
  return join(resolve(config.dataDir), 'spool')
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

/** Runs `work` every `ms`, never twice at once; the returned function stops it and waits for the last run. */
function repeat(ms: number, work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    current = work().finally(() => (busy = false))
  }, ms)
  return () => {
    clearInterval(timer)
    return current
  }
}
