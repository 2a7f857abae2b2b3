/**
 * Sends what programs print to a server on another disk: from the files of this one, in order, a piece at a time. Only
 * logs that the server does not have as lines: those too long for that, and those of attempts whose runner died.
 * What is waiting is on the disk, so that a server that is away, or slow, costs neither memory nor a program.
 * @module
 */
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  attemptLogExtent,
  attemptLogFolder,
  LOG_ROWS,
  type LogRow,
  readAttemptLog,
} from './attempt-log.ts'
import type { Clock } from './clock.ts'
import { keptLogs } from './data/leftovers.ts'
import type { RunnerLog } from './log.ts'
import { backoff, createHealth, isTransient } from './retry.ts'
import type { Store } from './store.ts'

/** As much as the server takes at once. */
const PIECE_BYTES = 1024 * 1024
/** So many pieces are under way, and in memory. */
const LANES = 2
/** After what there was of a log was sent, the next piece of it waits so long for company. */
const PAUSE_MS = 400
/** Beside the files of a log of which nothing has to be sent any more. */
const SENT = 'sent'

export interface LogSenderOptions {
  readonly dataDir: string
  readonly send: NonNullable<Store['sendLog']>
  readonly log: RunnerLog
  readonly clock: Clock
  readonly pieceBytes?: number
}

/** Whose log it is. */
export interface LogOf {
  readonly jobId: string
  readonly attemptId: string
}

export interface LogSender {
  /** The disk has more of a log that the server does not have as lines. */
  grew(of: LogOf): void
  /** Nothing more is printed. Resolves when the server has all, or wants no more. */
  finish(of: LogOf): Promise<void>
  /** The server has all of it as lines. */
  skip(of: LogOf): Promise<void>
  /** Sends what another process of this data directory has left. To be called before tasks are taken. */
  resume(): Promise<void>
  /** Stops; what is not sent yet the next one sends. */
  close(): void
}

interface Entry extends LogOf {
  readonly folder: string
  /** The next byte of each row; undefined before the server was asked. */
  readonly at: Partial<Record<LogRow, number>>
  /** Rows of which nothing will come any more, and the server knows. */
  readonly whole: Set<LogRow>
  ended: boolean
  /** There may be more on the disk than when it was last looked at. */
  dirty: boolean
  queued: boolean
  readonly done: PromiseWithResolvers<void>
}

/** A sender that begins with nothing. */
export function createLogSender(options: LogSenderOptions): LogSender {
  const { dataDir, send, log, clock, pieceBytes = PIECE_BYTES } = options
  const entries = new Map<string, Entry>()
  const queue: Entry[] = []
  const closing = new AbortController()
  const health = createHealth(log, 'server')
  let failures = 0
  let lanes = 0

  function entryOf({ jobId, attemptId }: LogOf): Entry {
    const known = entries.get(attemptId)
    if (known) return known
    const entry: Entry = {
      jobId,
      attemptId,
      folder: attemptLogFolder(dataDir, jobId, attemptId),
      at: {},
      whole: new Set(),
      ended: false,
      dirty: false,
      queued: false,
      done: Promise.withResolvers(),
    }
    entries.set(attemptId, entry)
    return entry
  }

  function wake(entry: Entry): void {
    entry.dirty = true
    if (entry.queued) return
    entry.queued = true
    queue.push(entry)
    if (lanes < LANES) void work()
  }

  async function work(): Promise<void> {
    lanes += 1
    for (let entry = queue.shift(); entry && !closing.signal.aborted; entry = queue.shift()) {
      entry.dirty = false
      try {
        const more = await sendSome(entry)
        if (more) queue.push(entry)
        else rest(entry)
      } catch (error) {
        await fail(entry, error)
      }
    }
    lanes -= 1
  }

  /** Every log has its turn; one that is up to date comes back when there is more, and not at once. */
  function rest(entry: Entry): void {
    if (!entries.has(entry.attemptId)) return
    void clock.sleep(PAUSE_MS, closing.signal).then(() => {
      entry.queued = false
      if (entry.dirty) wake(entry)
    })
  }

  async function fail(entry: Entry, error: unknown): Promise<void> {
    if (!isTransient(error)) {
      log.debug({ error: String(error), attemptId: entry.attemptId }, 'A log is not sent')
      forget(entry)
      return
    }
    health.bad(error)
    queue.push(entry)
    await clock.sleep(backoff((failures += 1)), closing.signal)
  }

  function forget(entry: Entry): void {
    entries.delete(entry.attemptId)
    entry.done.resolve()
  }

  /** Sends at most one piece of each row; whether there is more to send. */
  async function sendSome(entry: Entry): Promise<boolean> {
    // Read first: what is printed until then is in the files.
    const { ended } = entry
    let more = false
    for (const name of LOG_ROWS) {
      if (entry.whole.has(name)) continue
      const state = await sendRow(entry, name, ended)
      if (state === 'unwanted') {
        await mark(entry)
        return false
      }
      if (state === 'more') more = true
    }
    if (entry.whole.size === LOG_ROWS.length) await mark(entry)
    return more
  }

  async function sendRow(
    entry: Entry,
    name: LogRow,
    ended: boolean,
  ): Promise<'more' | 'level' | 'unwanted'> {
    const { attemptId, folder } = entry
    const extent = await attemptLogExtent(folder, name)
    // Removed with its job.
    if (extent === undefined) return 'unwanted'
    const known = entry.at[name]
    const at = Math.max(known ?? 0, extent.first)
    const end = known === undefined ? at : Math.min(extent.end, at + pieceBytes)
    const bytes = await readPiece(folder, { name, from: at, to: Math.max(at, end) })
    // The oldest went while it was read.
    if (bytes === undefined) return 'more'
    const whole = ended && known !== undefined && at + bytes.length >= extent.end
    if (bytes.length === 0 && known !== undefined && !whole) return 'level'
    const next = await send({ attemptId, name, at, bytes, whole })
    if (failures > 0) health.good()
    failures = 0
    if (next === null) return 'unwanted'
    entry.at[name] = next
    if (whole && next >= extent.end) {
      entry.whole.add(name)
      return 'level'
    }
    return ended || next < extent.end ? 'more' : 'level'
  }

  async function mark(entry: Entry): Promise<void> {
    await markSent(entry.folder)
    forget(entry)
  }

  return {
    grew: (of) => wake(entryOf(of)),
    finish(of) {
      const entry = entryOf(of)
      entry.ended = true
      wake(entry)
      return entry.done.promise
    },
    async skip(of) {
      if (!entries.has(of.attemptId))
        await markSent(attemptLogFolder(dataDir, of.jobId, of.attemptId))
    },
    async resume() {
      for (const of of await unsent(dataDir)) {
        const entry = entryOf(of)
        entry.ended = true
        wake(entry)
      }
    },
    close() {
      closing.abort()
      for (const entry of entries.values()) entry.done.resolve()
    },
  }
}

/** The bytes of a row between two places; undefined where they are not all there any more. */
async function readPiece(
  folder: string,
  range: { readonly name: LogRow; readonly from: number; readonly to: number },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(range.to - range.from)
  let at = 0
  for await (const part of readAttemptLog(folder, range)) {
    bytes.set(part, at)
    at += part.length
  }
  return at === bytes.length ? bytes : undefined
}

async function markSent(folder: string): Promise<void> {
  try {
    await writeFile(join(folder, SENT), '', { mode: 0o600 })
  } catch (error) {
    // Removed with its job, or a full disk: the next process asks the server once more.
    if (!['ENOENT', 'ENOSPC', 'EDQUOT'].includes((error as { code?: string }).code ?? ''))
      throw error
  }
}

async function unsent(dataDir: string): Promise<LogOf[]> {
  const found: LogOf[] = []
  for (const of of await keptLogs(dataDir)) {
    const path = join(attemptLogFolder(dataDir, of.jobId, of.attemptId), SENT)
    if ((await stat(path).catch(() => undefined)) === undefined) found.push(of)
  }
  return found
}
