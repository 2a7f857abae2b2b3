/**
 * Puts a runner together: takes work for its parties, runs it in threads, speaks with other runners.
 * @module
 */
import { availableParallelism, hostname, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

import { type ServerType, serve } from '@hono/node-server'
import { pino } from 'pino'

import { type Config, isLoopback } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open-file.ts'
import { randomId } from '../domain/id.ts'
import { EVERY_PARTY } from '../domain/runner.ts'
import { createHttpTransport } from '../federation/http.ts'
import { type Identity, openIdentity } from '../federation/identity.ts'
import { inboxApp } from '../federation/inbox.ts'
import { openSite } from '../runner/data/site.ts'
import { createExecutor } from '../runner/execute.ts'
import { diskKeys, diskPins } from '../runner/key-store.ts'
import type { RunnerLog } from '../runner/log.ts'
import { createPool } from '../runner/pool.ts'
import { createRunner } from '../runner/runner.ts'
import { dbStore } from '../runner/store-db.ts'
import { gatewayStore } from '../runner/store-gateway.ts'
import type { Store } from '../runner/store.ts'
import type { ThreadSource } from '../runner/thread.ts'
import { createTransport } from '../runner/transport.ts'
import { diskFiles } from './files.ts'
import { importRoots, nativesFolder, VERSION } from './place.ts'
import { onStop } from './process.ts'

/** How long running tasks may go on after a signal to stop. */
const GRACE_MS = 10_000
/** How often a runner on the database file looks for changes. */
const WATCH_MS = 10

/** The code of the runner's threads, for a program that has no files beside it. */
export interface RunnerThreads {
  readonly task: ThreadSource
  readonly compute: ThreadSource
}

/** Starts a runner that works until a signal ends the process; resolves when it is ready. */
export async function startRunner(config: Config, threads?: RunnerThreads): Promise<void> {
  const { runner: settings } = config
  const dataDir = resolve(config.dataDir)
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: false }))
  const site = await openSite(dataDir)
  if (site.warning !== undefined) log.warn(site.warning)
  const { store, close: closeStore } = await openStore(config, log)
  const identityOf = openIdentities(dataDir, settings.parties)
  const inbox: { url: string | null; server?: ServerType } = { url: null }
  const remote = createHttpTransport({
    store,
    identities: identityOf,
    pins: settings.parties === null ? undefined : diskPins(join(dataDir, 'pins')),
    get inboxUrl() {
      return inbox.url
    },
    log,
  })
  // A runner of every party talks to itself only and needs no door.
  if (settings.parties !== null) {
    inbox.server = await listen(inboxApp({ deliver: remote.deliver, log }).fetch, settings.inbox)
    const address = inbox.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    inbox.url = settings.inbox.url ?? `http://${settings.inbox.host}:${port}`
  }
  const pool = createPool({
    cores: availableParallelism(),
    source: threads?.compute,
    natives: nativesFolder(config),
  })
  const executor = createExecutor({
    settings: {
      dataDir,
      importRoots: importRoots(config),
      previews: settings.previews,
      memoryMb: settings.taskMemoryMb,
    },
    pool,
    transport: createTransport({ remote, peers: (jobId, node) => store.peers(jobId, node) }),
    openSpool: (id) => store.openSpool(id),
    log,
    source: threads?.task,
  })
  const parties = settings.parties ?? [EVERY_PARTY]
  const runner = createRunner({
    store,
    profile: {
      id: randomId(),
      name: settings.name ?? `${hostname()}:${process.pid}`,
      site: site.id,
      parties: settings.parties,
      url: inbox.url,
      slots: settings.slots,
      identities: Object.fromEntries(
        await Promise.all(
          parties.map(async (party) => [party, (await identityOf(party)).publicKey] as const),
        ),
      ),
      facts: {
        version: VERSION,
        runtime: `node ${process.versions.node}`,
        host: hostname(),
        cores: availableParallelism(),
        memoryMb: Math.round(totalmem() / 2 ** 20),
      },
    },
    slots: settings.slots,
    executor,
    log,
    leaseMs: settings.leaseMs,
  })
  onStop(async () => {
    await runner.drain(GRACE_MS)
    inbox.server?.close()
    await executor.close()
    await pool.close()
    await store.close()
    await closeStore()
    await site.release()
    log.flush()
  })
  await runner.start()
  console.log(`weft runner ready: serves ${settings.parties?.join(', ') ?? 'every party'}`)
}

/** The database itself for a trusted runner, the app's gateway for one that was given a server URL. */
async function openStore(
  config: Config,
  log: RunnerLog,
): Promise<{ store: Store; close(): Promise<void> }> {
  const { server, leaseMs } = config.runner
  if (server !== null) {
    const token = server.token ?? undefined
    const { protocol, hostname: host } = new URL(server.url)
    if (protocol === 'http:' && !isLoopback(host)) {
      log.warn({}, 'WEFT_SERVER_URL is plain http: the token travels readable; use https')
    }
    return { store: gatewayStore({ url: server.url, token }), close: () => Promise.resolve() }
  }
  const db = openDatabase(config.database)
  await migrate(db)
  const files = diskFiles({ spoolDir: join(resolve(config.dataDir), 'spool'), importRoots: [] })
  const store = dbStore(db, {
    leaseMs,
    openSpool: files.openSpool,
    dropSpool: files.dropSpool,
    // Asking a database over the network that often would cost more than it gives.
    ...(config.database.url.startsWith('file:') ? { watchMs: WATCH_MS } : {}),
  })
  return { store, close: () => db.destroy() }
}

/** The key pairs of the runner's parties, made at their first use; one for all where it serves all. */
export function openIdentities(
  dataDir: string,
  parties: readonly string[] | null,
): (party: string) => Promise<Identity> {
  const keys = diskKeys(join(dataDir, 'identity'))
  const open = new Map<string, Promise<Identity>>()
  return (party) => {
    const name = parties === null ? EVERY_PARTY : party
    const known = open.get(name) ?? openIdentity(keys, name)
    open.set(name, known)
    return known
  }
}

function listen(
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
