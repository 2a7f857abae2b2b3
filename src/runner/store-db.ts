/**
 * The store of a trusted runner: the domain's verbs on the database itself.
 * @module
 */
import type { Db } from '../db/type.ts'
import { briefMember } from '../domain/briefing.ts'
import { databaseTime } from '../domain/clock.ts'
import { listOrders } from '../domain/fact.ts'
import { clearLeftovers, holdHandle, listLeftovers } from '../domain/handle.ts'
import { claimTasks, LEASE_MS, renewLeases } from '../domain/lease.ts'
import { collectParcels, postParcel } from '../domain/mailbox.ts'
import { applyReports } from '../domain/report.ts'
import { endedJobs } from '../domain/runner-scope.ts'
import { beatRunner, findPeers, registerRunner } from '../domain/runner.ts'
import { createSweeper } from '../domain/sweep.ts'
import { onlineCalls } from './online-db.ts'
import { createSettler } from './settler.ts'
import type { SentPiece, Store } from './store.ts'
import { createWatch, type WatchOptions } from './watch.ts'

export interface DbStoreOptions {
  openSpool(id: string): Promise<ReadableStream<Uint8Array>>
  dropSpool(id: string): Promise<void>
  fillSpool?(id: string, rows: Blob): Promise<void>
  sendLog?(piece: SentPiece): Promise<number | null>
  readonly leaseMs?: number
  /** How to notice that the database has changed, so that idle runners hear of work; not at all without it. */
  readonly watch?: WatchOptions
}

/** Silent runners are looked for this often, however often work is. */
const SWEEP_MS = 500

/** A store on `db`, which stays open when the store closes. */
export function dbStore(db: Db, options: DbStoreOptions): Store {
  const { leaseMs = LEASE_MS } = options
  const settlements = createSettler(db)
  const watch = options.watch && createWatch(db, options.watch)
  const sweep = createSweeper(db)
  let sweptAt = Number.NEGATIVE_INFINITY
  return {
    register: (profile) => registerRunner(db, { leaseMs, ...profile }),
    beat: (id, state, sample) => beatRunner(db, { id, state, sample }),
    async claim(runnerId, slots) {
      await watch?.mark()
      if (performance.now() - sweptAt >= SWEEP_MS) {
        await sweep()
        sweptAt = performance.now()
      }
      return claimTasks(db, { runnerId, slots, leaseMs })
    },
    renew: (runnerId, attemptIds) => renewLeases(db, { runnerId, attemptIds, leaseMs }),
    report: (runnerId, reports) => applyReports(db, runnerId, reports),
    settle: (runnerId, attemptId, outcome) => settlements.add(runnerId, { attemptId, outcome }),
    ...(watch ? { changed: watch.changed } : {}),
    peers: (jobId, node) => findPeers(db, { jobId, node }),
    post: async (parcel) => postParcel(db, parcel, await databaseTime(db)),
    collect: (session, receiver) => collectParcels(db, { session, receiver }),
    ended: (jobIds, forMs) => endedJobs(db, { jobIds, forMs, parties: null }),
    openSpool: options.openSpool,
    dropSpool: options.dropSpool,
    ...(options.fillSpool ? { fillSpool: options.fillSpool } : {}),
    ...(options.sendLog ? { sendLog: options.sendLog } : {}),
    handles: {
      hold: (runnerId, attemptId, handle) => holdHandle(db, { runnerId, attemptId, handle }),
      leftovers: (runnerId) => listLeftovers(db, runnerId),
      clear: (runnerId, handles) => clearLeftovers(db, { runnerId, handles }),
    },
    orders: (query) => listOrders(db, query),
    brief: (runnerId, attemptId) => briefMember(db, { runnerId, attemptId }),
    online: onlineCalls(db, options.watch),
    close: () => Promise.resolve(),
  }
}
