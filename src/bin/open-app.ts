/**
 * Opens what the app needs on a host with a disk, whichever runtime listens: database, files, log, and the sweep
 * that takes back what silent runners hold.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Kysely } from 'kysely'
import { pino } from 'pino'

import type { AppDeps } from '../api/deps.ts'
import { catalogOf } from '../component/catalog.ts'
import { COMPONENTS } from '../component/registry.ts'
import { type Config, ownHosts } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase, openHrana } from '../db/open-file.ts'
import type { Database } from '../db/schema.ts'
import { databaseTime } from '../domain/clock.ts'
import { enforceLimits } from '../domain/framework-limit.ts'
import { tellFrameworks } from '../domain/framework-webhook.ts'
import { endedJobs } from '../domain/runner-scope.ts'
import { createSweeper } from '../domain/sweep.ts'
import { tellAlerts } from '../domain/works-alert.ts'
import { tickWorks } from '../domain/works-tick.ts'
import { siteId, unusable } from '../runner/data/site.ts'
import { allowedHosts } from '../runner/reach.ts'
import { diskFiles, sweepSpool } from './files.ts'
import { flinkScripts } from './flink-scripts.ts'
import { logShelf } from './log-shelf.ts'
import { modelShelf } from './model-shelf.ts'
import { scryptPasswords } from './password.ts'
import { exportDir, importRoots, modelStore, VERSION, worksFolder } from './place.ts'
import { webhookSender } from './webhook.ts'
import { workFiles } from './work-files.ts'

const SWEEP_MS = 2000
/** Schedules fire within this time, and what it takes to enter the jobs. */
const TICK_MS = 500
/** How often webhooks are looked at that have something to be told. */
const TELL_MS = 1000
/** How often a file is looked at for changes while somebody waits for one. */
const WATCH_MS = 10
/** Logs of old jobs go within this time. */
const TIDY_MS = 60_000
/** A spooled upload that no runner has fetched for a week is given up. */
const SPOOL_AGE_MS = 7 * 24 * 3600 * 1000

export interface OpenApp {
  readonly deps: AppDeps
  readonly db: Kysely<Database>
  /** Stops the sweep and closes everything; call it when nothing is served any more. */
  close(): Promise<void>
}

/** Opens and migrates the database and begins to sweep. `syncLog` writes every line at once. */
export async function openApp(config: Config, options: { syncLog: boolean }): Promise<OpenApp> {
  const dataDir = resolve(config.dataDir)
  let site: string
  try {
    await mkdir(dataDir, { recursive: true })
    site = await siteId(dataDir)
  } catch (error) {
    throw unusable(dataDir, error)
  }
  const destination = pino.destination({ fd: 2, sync: options.syncLog })
  const log = pino({ level: config.logLevel, base: null }, destination)
  const sendWebhook = webhookSender(allowedHosts(config.webhookHosts), {
    secret: config.webhookSecret ?? undefined,
  })
  const db = openDatabase(config.database)
  await migrate(db)
  const hrana = openHrana(config.database.url)
  const spoolDir = join(dataDir, 'spool')
  await sweepSpool(spoolDir, SPOOL_AGE_MS)
  const sweep = createSweeper(db)
  const stopSweeping = repeat(SWEEP_MS, async () => {
    try {
      await sweep()
    } catch (error) {
      log.warn({ error: String(error) }, 'the sweep failed; it is tried again')
    }
  })
  const stopTicking = repeat(TICK_MS, async () => {
    try {
      await tickWorks(db)
      await enforceLimits(db, config.jobLimits, await databaseTime(db))
    } catch (error) {
      log.warn(
        { error: String(error) },
        'schedules and limits could not be looked at; it is tried again',
      )
    }
  })
  const stopTelling = repeat(TELL_MS, async () => {
    try {
      const at = await databaseTime(db)
      await tellAlerts(db, at, sendWebhook)
      await tellFrameworks(db, at, sendWebhook)
    } catch (error) {
      log.warn({ error: String(error) }, 'alerts could not be sent; it is tried again')
    }
  })
  const { keepMs, logBytes } = config.runner
  const shelf = logShelf({ folder: join(dataDir, 'logs'), maxBytes: logBytes })
  const stopTidying = repeat(TIDY_MS, async () => {
    try {
      await shelf.sweep((jobIds) => endedJobs(db, { jobIds, parties: null, forMs: keepMs }))
    } catch (error) {
      log.warn({ error: String(error) }, 'logs of old jobs could not be removed')
    }
  })
  return {
    db,
    deps: {
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
        fateDialect: config.fateDialect,
        bodyLimit: config.bodyLimit,
        uploadLimit: config.uploadLimit,
        rates: config.rates,
      },
      files: diskFiles({
        spoolDir,
        importRoots: importRoots(config),
        exportDir: exportDir(config),
        dataDir,
        site,
        works: workFiles(worksFolder(config)),
        logs: { shelf, keepMs },
      }),
      models: modelShelf(modelStore(config)),
      hrana,
      now: () => Date.now(),
      passwords: scryptPasswords(),
      ...flinkScripts(config),
      ...(config.database.url.startsWith('file:') ? { watchMs: WATCH_MS } : {}),
    },
    async close() {
      await Promise.all([stopSweeping(), stopTicking(), stopTelling(), stopTidying()])
      hrana?.close()
      await db.destroy()
      log.flush()
    },
  }
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
