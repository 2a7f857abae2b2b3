/**
 * Settles what ends at the same time in one transaction, so that many short tasks cost few.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { type Settlement, settleTasks } from '../domain/settle.ts'
import { isTransient } from './retry.ts'

/** Most ends in one transaction: others wait for its lock. */
const MOST = 500

export interface Settler {
  /** Whether the lease was still held. */
  add(runnerId: string, settlement: Settlement): Promise<boolean>
}

interface Waiting {
  readonly runnerId: string
  readonly settlement: Settlement
  resolve(counted: boolean): void
  reject(error: unknown): void
}

/** A settler on `db`: what is added while one transaction runs goes into the next. */
export function createSettler(db: Db): Settler {
  let waiting: Waiting[] = []
  let busy = false

  async function pump(): Promise<void> {
    busy = true
    while (waiting.length > 0) await settleWaiting()
    busy = false
  }

  async function settleWaiting(): Promise<void> {
    let batch: Waiting[] | undefined
    try {
      const counted = await inTransaction(db, (trx) => {
        // Only now, so that tasks that end together, or during the wait for the lock, go together.
        batch = take()
        return settle(trx, batch)
      })
      for (const one of batch ?? []) one.resolve(counted.has(one.settlement.attemptId))
    } catch (error) {
      await failed(batch ?? take(), error)
    }
  }

  function take(): Waiting[] {
    const { runnerId } = waiting[0]
    const batch = waiting.filter((one) => one.runnerId === runnerId).slice(0, MOST)
    waiting = waiting.filter((one) => !batch.includes(one))
    return batch
  }

  function settle(on: Db, batch: readonly Waiting[]): Promise<Set<string>> {
    const { runnerId } = batch[0]
    return settleTasks(on, { runnerId, settlements: batch.map((one) => one.settlement) })
  }

  async function failed(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1 || isTransient(error)) {
      for (const one of batch) one.reject(error)
      return
    }
    // One of them is unfit; the others must not suffer for it.
    for (const one of batch) {
      try {
        const counted = await settle(db, [one])
        one.resolve(counted.has(one.settlement.attemptId))
      } catch (own) {
        one.reject(own)
      }
    }
  }

  return {
    add(runnerId, settlement) {
      return new Promise((resolve, reject) => {
        waiting.push({ runnerId, settlement, resolve, reject })
        if (!busy) void pump()
      })
    },
  }
}
