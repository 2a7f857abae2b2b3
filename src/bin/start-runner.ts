/**
 * Puts a runner together: takes work for its parties, runs it in threads, speaks with other runners.
 * @module
 */
import { availableParallelism, hostname } from 'node:os'
import { join, resolve } from 'node:path'

import type { ServerType } from '@hono/node-server'
import { pino } from 'pino'

import type { Config } from '../config.ts'
import { randomId } from '../domain/id.ts'
import { EVERY_PARTY } from '../domain/runner.ts'
import { createHttpTransport } from '../federation/http.ts'
import { inboxApp } from '../federation/inbox.ts'
import { systemClock } from '../runner/clock.ts'
import { openSite } from '../runner/data/site.ts'
import { allUnits, scanUnits } from '../runner/driver/scan.ts'
import { createExecutor, type TaskCalls } from '../runner/execute.ts'
import { withKind } from '../runner/executor.ts'
import { createFlowHost } from '../runner/flow-host.ts'
import { flowVariables } from '../runner/flow/task.ts'
import { findHardware, hostAddress } from '../runner/hardware.ts'
import { kernelFacts } from '../runner/kernel-facts.ts'
import { diskPins } from '../runner/key-store.ts'
import { createLogSender } from '../runner/log-sender.ts'
import type { RunnerLog } from '../runner/log.ts'
import { createPool } from '../runner/pool.ts'
import { type FetchCache, openFetchCache } from '../runner/prerequisite-cache.ts'
import { createProcesses } from '../runner/process.ts'
import { allowedHosts } from '../runner/reach.ts'
import { createRunner } from '../runner/runner.ts'
import { createSampler } from '../runner/sampler.ts'
import { sendOverSockets } from '../runner/send.ts'
import { spoolFacts } from '../runner/spool.ts'
import type { Store } from '../runner/store.ts'
import type { ThreadSource } from '../runner/thread.ts'
import { keepTidy } from '../runner/tidy.ts'
import { createTransport } from '../runner/transport.ts'
import { offerUnits } from '../runner/unit/offer.ts'
import { UNITS } from '../runner/unit/registry.ts'
import { createWorks } from '../runner/work/executor.ts'
import { openDatasets } from './datasets.ts'
import { hiddenFolders, openEngines, processCapacity } from './engines.ts'
import { openIdentities } from './identities.ts'
import { inboxUrl, listenForPeers } from './inbox.ts'
import { exportDir, importRoots, nativeFolders, unitDirs, VERSION } from './place.ts'
import { onStop } from './process.ts'
import { openStore } from './runner-store.ts'
import { openWorkEngines } from './work-engines.ts'

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
    inbox.server = await listenForPeers(
      inboxApp({ deliver: remote.deliver, log }).fetch,
      settings.inbox,
    )
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
  const flows = createFlowHost({
    settings: taskSettings,
    log,
    source: threads?.task,
    unitSource: threads?.unit,
  })
  const processes = createProcesses({
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
  })
  const withFlows = withKind(threadExecutor, { kind: 'flow', executor: flows })
  const withPrograms = withKind(withFlows, { kind: 'process', executor: processes })
  const executor = withKind(withPrograms, {
    kind: 'work',
    executor: createWorks({ ...works, store, runnerId, log }),
  })
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
