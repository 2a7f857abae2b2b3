/**
 * Puts a runner together: takes work for its parties, runs it in threads, speaks with other runners.
 * @module
 */
import { availableParallelism, hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { type ServerType, serve } from '@hono/node-server'
import { pino } from 'pino'

import { type Config, isLoopback } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { databaseFile, openDatabase } from '../db/open-file.ts'
import { randomId } from '../domain/id.ts'
import { EVERY_PARTY } from '../domain/runner.ts'
import { createHttpTransport } from '../federation/http.ts'
import { type Identity, openIdentity } from '../federation/identity.ts'
import { inboxApp } from '../federation/inbox.ts'
import { systemClock } from '../runner/clock.ts'
import { openSite } from '../runner/data/site.ts'
import { allUnits, scanUnits } from '../runner/driver/scan.ts'
import { createExecutor, type TaskCalls } from '../runner/execute.ts'
import { createFlowHost, withFlows } from '../runner/flow-host.ts'
import { flowVariables } from '../runner/flow/task.ts'
import { findHardware, hostAddress } from '../runner/hardware.ts'
import { kernelFacts } from '../runner/kernel-facts.ts'
import { diskKeys, diskPins } from '../runner/key-store.ts'
import { createLogSender } from '../runner/log-sender.ts'
import type { RunnerLog } from '../runner/log.ts'
import { createPool } from '../runner/pool.ts'
import { type FetchCache, openFetchCache } from '../runner/prerequisite-cache.ts'
import { createProcesses, withProcesses } from '../runner/process.ts'
import { allowedHosts } from '../runner/reach.ts'
import { createRunner } from '../runner/runner.ts'
import { createSampler } from '../runner/sampler.ts'
import { sendOverSockets } from '../runner/send.ts'
import { createSpool, spoolFacts } from '../runner/spool.ts'
import { dbStore } from '../runner/store-db.ts'
import { gatewayStore } from '../runner/store-gateway.ts'
import type { Store } from '../runner/store.ts'
import type { ThreadSource } from '../runner/thread.ts'
import { keepTidy } from '../runner/tidy.ts'
import { createTransport } from '../runner/transport.ts'
import { offerUnits } from '../runner/unit/offer.ts'
import { UNITS } from '../runner/unit/registry.ts'
import { withWorks } from '../runner/work/executor.ts'
import { openDatasets } from './datasets.ts'
import { hiddenFolders, openEngines, processCapacity } from './engines.ts'
import { diskFiles } from './files.ts'
import { exportDir, importRoots, nativeFolders, unitDirs, VERSION } from './place.ts'
import { onStop } from './process.ts'
import { openWorkEngines } from './work-engines.ts'

/** How often a runner on the database file looks for changes where the system does not tell of them. */
const WATCH_MS = 10
/** How long a runner without the database lets the server look for work. */
const CLAIM_WAIT_MS = 20_000

/** The code of the runner's threads, for a program that has no files beside it. */
export interface RunnerThreads {
  readonly task: ThreadSource
  /** Of flow units that have one of their own. */
  readonly unit: ThreadSource
  readonly compute: ThreadSource
}

/** Starts a runner that works until a signal ends the process; resolves when it is ready, to what ends it as well. */
export async function startRunner(config: Config, threads?: RunnerThreads): Promise<() => void> {
  const { runner: settings } = config
  const dataDir = resolve(config.dataDir)
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: false }))
  const site = await openSite(dataDir)
  if (site.warning !== undefined) log.warn(site.warning)
  const runnerId = randomId()
  const { store, close: closeStore } = await openStore(config, runnerId, log)
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
    send: sendOverSockets(),
  })
  // A runner of every party talks to itself only and needs no door.
  if (settings.parties !== null && settings.inbox.url !== 'none') {
    inbox.server = await listen(inboxApp({ deliver: remote.deliver, log }).fetch, settings.inbox)
    const address = inbox.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    inbox.url = inboxUrl(settings, port)
    if (inbox.url === null) log.info({}, 'No inbox for other runners: the server carries messages')
  }
  const pool = createPool({
    cores: availableParallelism(),
    source: threads?.compute,
    natives: nativeFolders(config),
    gpu: settings.webgpu === 'off' ? undefined : settings.webgpu,
    onTrouble: (reason) => log.warn({}, reason),
  })
  // A thread of the pool starts meanwhile, and DuckDB is read.
  const kernels = kernelFacts(pool)
  const workEngines = openWorkEngines(config)
  const places = await openEngines(config, log)
  const datasets = await openDatasets(config, log)
  const taskSettings = {
    dataDir,
    importRoots: importRoots(config),
    exportDir: exportDir(config),
    unitDirs: unitDirs(config),
    previews: settings.previews,
    datasets: datasets.entries,
    memoryMb: settings.taskMemoryMb,
    flowVariables: flowVariables(process.env),
  }
  const found = await scanUnits(taskSettings.unitDirs)
  for (const problem of found.problems) log.warn({}, problem)
  const units = await offerUnits(allUnits(UNITS, found.units))
  for (const lack of units.missing) log.info({}, lack)
  const threadExecutor = createExecutor({
    settings: taskSettings,
    pool,
    transport: createTransport({ remote, peers: (jobId, node) => store.peers(jobId, node) }),
    openSpool: (id) => store.openSpool(id),
    fillSpool: store.fillSpool,
    online: callsOf(store, runnerId),
    log,
    source: threads?.task,
  })
  const works = await workEngines
  for (const lack of works.missing) log.info({}, lack)
  const { sendLog } = store
  const logSender = sendLog && createLogSender({ dataDir, send: sendLog, log, clock: systemClock })
  const processExecutor = withProcesses(
    withFlows(
      threadExecutor,
      createFlowHost({
        settings: taskSettings,
        log,
        source: threads?.task,
        unitSource: threads?.unit,
      }),
    ),
    createProcesses({
      ...places,
      hidden: hiddenFolders(config),
      prerequisites: {
        allowed: allowedHosts(settings.processes.fetchHosts, 'WEFT_FETCH_HOSTS'),
        importRoots: taskSettings.importRoots,
        mostBytes: config.uploadLimit,
        cache: fetchCache(config, log),
      },
      runnerId,
      handles: store.handles,
      brief: store.brief,
      logs: { dataDir, maxBytes: settings.logBytes, sender: logSender },
      log,
    }),
  )
  const executor = withWorks(processExecutor, { ...works, store, runnerId, log })
  const programs = processCapacity(places)
  const { capacity, warnings } = await findHardware({
    ...settings.hardware,
    engines: [...(programs.engines ?? []), ...works.engines.keys()],
  })
  for (const warning of warnings) log.warn({}, warning)
  const parties = settings.parties ?? [EVERY_PARTY]
  const runner = createRunner({
    store,
    profile: {
      id: runnerId,
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
      datasets: datasets.offered,
      units: units.offered,
      facts: {
        ...spoolFacts(settings),
        version: VERSION,
        runtime: `node ${process.versions.node}`,
        host: hostname(),
        address: hostAddress(),
        cores: capacity.cores,
        memoryMb: capacity.memoryMb,
        ...(await kernels),
      },
      capacity: {
        ...capacity,
        units: units.offered.map(({ name, device }) => `${name}@${device}`),
        // What the operator calls the host must not say that it runs programs.
        labels: { ...capacity.labels, ...programs.labels },
        ...(programs.cluster ? { cluster: programs.cluster } : {}),
      },
    },
    slots: settings.slots,
    executor,
    log,
    leaseMs: settings.leaseMs,
    sample: createSampler(),
  })
  const tidying = new AbortController()
  const stop = onStop(async () => {
    tidying.abort()
    await runner.drain(settings.drainMs)
    inbox.server?.close()
    await executor.close()
    logSender?.close()
    await pool.close()
    await store.close()
    await closeStore()
    await site.release()
    log.flush()
  })
  // The server may end it, too: when the operator has removed it.
  void runner.done.then(stop)
  // Logs of another that works here are its own to send.
  if (site.warning === undefined) await logSender?.resume()
  await runner.start()
  const folders = new Set([...places.engines.values()].map(({ folder }) => folder).concat(dataDir))
  void keepTidy({
    dataDir,
    work: { folders: [...folders], keepMs: settings.keepMs },
    store,
    log,
    clock: systemClock,
    signal: tidying.signal,
  })
  console.log(`weft runner ready: serves ${settings.parties?.join(', ') ?? 'every party'}`)
  return stop
}

/** What was fetched for programs, for others that want the same. */
function fetchCache({ dataDir, runner }: Config, log: RunnerLog): FetchCache | undefined {
  const maxBytes = runner.processes.fetchCacheBytes
  return maxBytes === 0
    ? undefined
    : openFetchCache(join(resolve(dataDir), 'fetched'), { maxBytes, log })
}

/** The online calls of this runner's tasks. */
function callsOf({ online }: Store, runnerId: string): TaskCalls | undefined {
  return (
    online && {
      take: (query) => online.calls({ runnerId, ...query }),
      answer: (attemptId, answer) => online.answer(runnerId, attemptId, [answer]),
    }
  )
}

/** How peers reach this runner; null where they cannot, as its inbox is on this machine and the server is not. */
function inboxUrl(settings: Config['runner'], port: number): string | null {
  const { host, url } = settings.inbox
  if (url !== null) return url
  const away = settings.server !== null && !isLoopback(new URL(settings.server.url).hostname)
  return away && isLoopback(host) ? null : `http://${host}:${port}`
}

/** The database itself for a trusted runner, the app's gateway for one that was given a server URL. */
async function openStore(
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
