/**
 * The app's own Hrana endpoint over a database file, so that the remote driver and the edge bundle are tested against
 * what they will meet, with nothing installed.
 * @module
 */
import type { AppSettings } from '../../src/api/deps.ts'
import { createApp } from '../../src/app.ts'
import { type HranaFileOptions, openHranaFile } from '../../src/db/hrana-file.ts'
import type { Db } from '../../src/db/type.ts'
import { quietDeps } from './deps.ts'
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
  const { auth = 'off' } = options
  const app = createApp({
    ...quietDeps(options.db, { auth, bodyLimit: 1000, uploadLimit: 1000 }),
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
