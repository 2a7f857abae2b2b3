/**
 * The app's own Hrana endpoint over a database file, so that the remote driver and the edge bundle are tested against
 * what they will meet, with nothing installed.
 * @module
 */
import type { AppSettings, Log } from '../../src/api/deps.ts'
import { createApp } from '../../src/app.ts'
import { type HranaFileOptions, openHranaFile } from '../../src/db/hrana-file.ts'
import type { Db } from '../../src/db/type.ts'
import { fakeCatalog } from './catalog.ts'
import { listen } from './listen.ts'

export interface HranaServer {
  /** Of the server; the endpoint is at `/hrana`. */
  readonly url: string
  close(): Promise<void>
}

export interface HranaServerOptions {
  readonly path: string
  /** The same database, in which tokens are looked up. */
  readonly db: Db
  readonly auth?: AppSettings['auth']
  readonly limits?: Partial<HranaFileOptions>
}

/** Serves a whole app with the database file at `path` on a free loopback port. */
export async function serveHrana(options: HranaServerOptions): Promise<HranaServer> {
  const hrana = openHranaFile({ ...options.limits, path: options.path })
  const silent: Log['info'] = () => {}
  const app = createApp({
    db: options.db,
    catalog: fakeCatalog(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    settings: {
      version: '0.0.0-test',
      publicUrl: null,
      hosts: null,
      auth: options.auth ?? 'off',
      bodyLimit: 1000,
      uploadLimit: 1000,
    },
    hrana,
    now: () => Date.now(),
  })
  const listener = await listen((request) => app.fetch(request))
  return {
    url: listener.url,
    async close() {
      await listener.close()
      hrana.close()
    },
  }
}
