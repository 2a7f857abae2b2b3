/**
 * Sends what tasks report: in batches, in order, none lost while the store is away.
 *
 * Progress and ledger counts that wait are merged, the rest waits as it is. Memory stays bounded because tasks are
 * held back while too much waits (`room`).
 * @module
 */
import type { Report } from '../domain/work.ts'
import type { Clock } from './clock.ts'
import type { RunnerLog } from './log.ts'
import { type Health, isTransient, persist } from './retry.ts'

export interface ReporterOptions {
  send(reports: readonly Report[]): Promise<void>
  readonly clock: Clock
  readonly log: RunnerLog
  readonly health: Health
  /** Gives up what could not be sent when it aborts. */
  readonly signal: AbortSignal
  readonly flushMs?: number
  readonly batch?: number
  /** Above this many waiting reports `room` holds back. */
  readonly high?: number
}

export interface Reporter {
  add(report: Report): void
  /** Resolves when the store has taken everything added so far. */
  flush(): Promise<void>
  /** Resolves when few enough reports wait. */
  room(): Promise<void>
}

/** A reporter that sends after at most `flushMs`, or as soon as a batch is full. */
export function createReporter(options: ReporterOptions): Reporter {
  const { flushMs = 250, batch = 500, high = 5000 } = options
  const queue: { report: Report }[] = []
  const mergeable = new Map<string, { report: Report }>()
  let waiters: { readonly at: number; resolve(): void }[] = []
  let added = 0
  let sent = 0
  let sending = false
  let timed = false

  async function pump(): Promise<void> {
    if (sending) return
    sending = true
    while (queue.length > 0) {
      const slots = queue.splice(0, batch)
      mergeable.clear()
      await deliver(slots.map((slot) => slot.report))
      sent += slots.length
      const due = waiters.filter((waiter) => waiter.at <= sent)
      waiters = waiters.filter((waiter) => waiter.at > sent)
      for (const waiter of due) waiter.resolve()
    }
    sending = false
  }

  async function deliver(reports: readonly Report[]): Promise<void> {
    try {
      await persist(() => options.send(reports), options)
    } catch (error) {
      if (isTransient(error)) {
        options.log.error({ reports: reports.length, error }, 'Reports were not delivered')
      } else if (reports.length === 1) {
        const [{ taskId, type }] = reports
        options.log.error({ taskId, type, error }, 'A report cannot be stored and is dropped')
      } else {
        // One of them is unfit; the others must not suffer for it.
        const half = reports.length >> 1
        await deliver(reports.slice(0, half))
        await deliver(reports.slice(half))
      }
    }
  }

  function reach(at: number): Promise<void> {
    if (at <= sent) return Promise.resolve()
    return new Promise((resolve) => waiters.push({ at, resolve }))
  }

  return {
    add(report) {
      const key = mergeKey(report)
      const slot = key === undefined ? undefined : mergeable.get(key)
      if (slot) {
        slot.report = merge(slot.report, report)
        return
      }
      const fresh = { report }
      queue.push(fresh)
      if (key !== undefined) mergeable.set(key, fresh)
      added++
      if (queue.length >= batch) void pump()
      else if (!timed) {
        timed = true
        void options.clock.sleep(flushMs, options.signal).then(() => {
          timed = false
          return pump()
        })
      }
    },
    flush() {
      void pump()
      return reach(added)
    },
    room: () => reach(added - high),
  }
}

/** Reports with the same key may become one while they wait. */
function mergeKey(report: Report): string | undefined {
  if (report.type === 'progress') return `progress ${report.attemptId}`
  if (report.type !== 'ledger') return undefined
  return `ledger ${report.attemptId} ${JSON.stringify([report.receiver, report.tag])}`
}

function merge(older: Report, newer: Report): Report {
  if (older.type !== 'ledger' || newer.type !== 'ledger') return newer
  return {
    ...newer,
    messages: older.messages + newer.messages,
    bytes: older.bytes + newer.bytes,
  }
}
