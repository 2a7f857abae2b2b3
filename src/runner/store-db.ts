/**
 * The store of a trusted runner: the domain's verbs on the database itself.
 * @module
 */
import type { Db } from '../db/type.ts'
import { databaseTime } from '../domain/clock.ts'
import { claimTasks, LEASE_MS, renewLeases, sweep } from '../domain/lease.ts'
import { collectParcels, postParcel } from '../domain/mailbox.ts'
import { applyReports } from '../domain/report.ts'
import { beatRunner, findPeers, registerRunner } from '../domain/runner.ts'
import { settleTask } from '../domain/settle.ts'
import type { Store } from './store.ts'

export interface DbStoreOptions {
  openSpool(id: string): Promise<ReadableStream<Uint8Array>>
  dropSpool(id: string): Promise<void>
  readonly leaseMs?: number
}

/** A store on `db`, which stays open when the store closes. */
export function dbStore(db: Db, options: DbStoreOptions): Store {
  const leaseMs = options.leaseMs ?? LEASE_MS
  return {
    register: (profile) => registerRunner(db, profile),
    beat: (id, state) => beatRunner(db, { id, state }),
    async claim(runnerId, slots) {
      await sweep(db)
      return claimTasks(db, { runnerId, slots, leaseMs })
    },
    renew: (runnerId, attemptIds) => renewLeases(db, { runnerId, attemptIds, leaseMs }),
    report: (runnerId, reports) => applyReports(db, runnerId, reports),
    settle: (runnerId, attemptId, outcome) => settleTask(db, { runnerId, attemptId, outcome }),
    peers: (jobId, node) => findPeers(db, { jobId, node }),
    post: async (parcel) => postParcel(db, parcel, await databaseTime(db)),
    collect: (session, receiver) => collectParcels(db, { session, receiver }),
    openSpool: options.openSpool,
    dropSpool: options.dropSpool,
    close: () => Promise.resolve(),
  }
}
