/**
 * Where a runner finds its work: the database itself, or the app's gateway.
 * @module
 */
import { join, resolve } from 'node:path'

import { type Config, isLoopback } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { databaseFile, openDatabase } from '../db/open-file.ts'
import type { RunnerLog } from '../runner/log.ts'
import { createSpool } from '../runner/spool.ts'
import { dbStore } from '../runner/store-db.ts'
import { gatewayStore } from '../runner/store-gateway.ts'
import type { Store } from '../runner/store.ts'
import { diskFiles } from './files.ts'

/** How often a runner on the database file looks for changes where the system does not tell of them. */
const WATCH_MS = 10
/** How long a runner without the database lets the server look for work. */
const CLAIM_WAIT_MS = 20_000

/** The database itself for a trusted runner, the app's gateway for one that was given a server URL. */
export async function openStore(
  config: Config,
  runnerId: string,
  log: RunnerLog,
): Promise<{ store: Store; close(): Promise<void> }> {
  const { server, leaseMs } = config.runner
  if (server !== null) {
    const token = server.token ?? undefined
    const { protocol, hostname: host } = new URL(server.url)
    if (protocol === 'http:' && !isLoopback(host)) {
      log.warn({}, 'WEFT_SERVER_URL is plain http: the token travels readable; use https')
    }
    const store = gatewayStore({ url: server.url, token, claimWaitMs: CLAIM_WAIT_MS })
    return { store, close: () => Promise.resolve() }
  }
  const db = openDatabase(config.database)
  await migrate(db)
  const file = databaseFile(config.database.url)
  const local = diskFiles({ spoolDir: join(resolve(config.dataDir), 'spool'), importRoots: [] })
  const spool = createSpool({ local, app: config.runner.app, runnerId })
  const store = dbStore(db, {
    leaseMs,
    openSpool: spool.openSpool,
    dropSpool: spool.dropSpool,
    ...(spool.fillSpool ? { fillSpool: spool.fillSpool } : {}),
    ...(spool.sendLog ? { sendLog: spool.sendLog } : {}),
    // Asking a database over the network that often would cost more than it gives.
    ...(file === undefined ? {} : { watch: { everyMs: WATCH_MS, file } }),
  })
  return { store, close: () => db.destroy() }
}
