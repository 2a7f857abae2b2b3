/**
 * Notices that a database file has changed, whoever wrote to it, without taking a lock.
 * @module
 */
import { watch as watchFolder } from 'node:fs'
import { basename, dirname } from 'node:path'

import type { Db } from '../db/type.ts'
import { versionOf } from '../db/version.ts'
import { systemClock } from './clock.ts'

export interface Watch {
  /** Remembers the state of the database: what comes later is a change. */
  mark(): Promise<void>
  /** Resolves when the database is no longer as it was at the last mark, or `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>
}

export interface WatchOptions {
  /** How often to look where the system does not tell of writes, in milliseconds. */
  readonly everyMs: number
  /** The database file: with it the system tells of writes, and looking is only for what it forgets to tell. */
  readonly file?: string
  /** How often to look although the system tells, in milliseconds. */
  readonly doubtMs?: number
}

export function createWatch(db: Db, options: WatchOptions): Watch {
  const { everyMs, file, doubtMs = 250 } = options
  const version = versionOf(db)
  let known: number | undefined

  return {
    async mark() {
      known = await version()
    },
    async changed(signal) {
      const told = file === undefined ? undefined : listenForWrites(file)
      try {
        while (!signal.aborted && (await version()) === known) {
          if (told === undefined || told.deaf) await systemClock.sleep(everyMs, signal)
          else await told.written(doubtMs, signal)
        }
      } finally {
        told?.close()
      }
    },
  }
}

/** Tells of writes to a database file. */
export interface Listener {
  /** True where the system does not tell. */
  readonly deaf: boolean
  /** How many writes were heard so far. */
  readonly writes: number
  /**
   * Resolves at the first write after number `since`, after `ms`, or when `signal` aborts. Without a number at the first
   * write since the last call.
   */
  written(ms: number, signal: AbortSignal, since?: number): Promise<void>
  close(): void
}

/** Listens for writes to the log in which SQLite keeps what is not yet in the file. */
export function listenForWrites(file: string): Listener {
  // The folder, as the log may be taken away and made anew.
  const log = `${basename(file)}-wal`
  const waiting = new Set<() => void>()
  let told = 0
  const wake = () => {
    for (const go of waiting) go()
  }
  const listener = {
    deaf: false,
    writes: 0,
    async written(ms: number, signal: AbortSignal, since = told) {
      if (listener.writes === since && !signal.aborted) {
        await new Promise<void>((resolve) => {
          function go(): void {
            clearTimeout(timer)
            signal.removeEventListener('abort', go)
            waiting.delete(go)
            resolve()
          }
          const timer = setTimeout(go, ms)
          signal.addEventListener('abort', go, { once: true })
          waiting.add(go)
        })
      }
      told = listener.writes
    },
    close: () => {},
  }
  try {
    const watcher = watchFolder(dirname(file), (_, name) => {
      if (name !== log) return
      listener.writes++
      wake()
    })
    watcher.on('error', () => {
      listener.deaf = true
      wake()
    })
    listener.close = () => watcher.close()
  } catch {
    // No watches left on this host, or a file system without them.
    listener.deaf = true
  }
  return listener
}
