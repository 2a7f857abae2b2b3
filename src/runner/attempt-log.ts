/**
 * What a program prints, on the runner's disk: both streams, and the two as they came. Each is a row of files of which
 * the oldest go once all together are larger than they may be; a file is named after the byte that it begins with.
 * @module
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { absent } from './absent.ts'
import { segment } from './data/path.ts'

/** The rows of files of an attempt. */
export const LOG_ROWS = ['all', 'stdout', 'stderr'] as const
export type LogRow = (typeof LOG_ROWS)[number]

/** Into so many files a log is divided; at most one of them too much is kept. */
export const LOG_FILES = 8
const CHUNK = 256 * 1024
/** More than this is not held back in memory: the program waits. */
const MOST_HELD = 1024 * 1024
/** What was printed is to be read after so long. */
const FLUSH_MS = 200

/** Takes lines of one attempt. */
export interface AttemptLog {
  /** A promise where the disk does not keep up. */
  write(stream: 'stdout' | 'stderr', line: string): void | Promise<void>
  /** Writes what is left. Rejects when the disk did not take it, with the first failure. */
  close(): Promise<void>
}

/** Where the log of an attempt lies in a data directory. */
export function attemptLogFolder(dataDir: string, jobId: string, attemptId: string): string {
  // No name of a task has a dot.
  return join(dataDir, 'jobs', segment(jobId), '.log', segment(attemptId))
}

/** A new log of at most about `maxBytes` for each of its rows; `onWritten` is called when the disk has more of it. */
export async function createAttemptLog(
  folder: string,
  maxBytes: number,
  onWritten: () => void = () => {},
): Promise<AttemptLog> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fileBytes = Math.max(1, Math.ceil(maxBytes / LOG_FILES))
  const place = { folder, fileBytes, onWritten }
  const rows = {
    all: createRow('all', place),
    stdout: createRow('stdout', place),
    stderr: createRow('stderr', place),
  }
  return {
    write(stream, line) {
      const text = `${line}\n`
      const busy = rows[stream].add(text)
      return rows.all.add(text) ?? busy
    },
    async close() {
      const ends = await Promise.allSettled(Object.values(rows).map((row) => row.close()))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
  }
}

function createRow(
  name: LogRow,
  place: { readonly folder: string; readonly fileBytes: number; onWritten(): void },
) {
  const { folder, fileBytes } = place
  let pending: string[] = []
  let held = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let failure: unknown
  let file: FileHandle | undefined
  let inFile = 0
  let at = 0
  const starts: number[] = []

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const text = pending.join('')
    pending = []
    writing = writing
      .then(() => (failure === undefined ? put(Buffer.from(text)) : undefined))
      .then(() => place.onWritten())
      .catch((error: unknown) => {
        // A full disk ends the log, not the program.
        failure ??= error
      })
      .then(() => void (held -= text.length))
  }
  const put = async (bytes: Buffer): Promise<void> => {
    for (let from = 0; from < bytes.length;) {
      if (file === undefined || inFile >= fileBytes) await next()
      const part = bytes.subarray(from, from + fileBytes - inFile)
      await file?.writeFile(part)
      from += part.length
      inFile += part.length
      at += part.length
    }
  }
  const next = async (): Promise<void> => {
    await file?.close()
    file = await open(join(folder, logFileName(name, at)), 'wx', 0o600)
    inFile = 0
    starts.push(at)
    const old = starts.length > LOG_FILES + 1 ? starts.shift() : undefined
    if (old !== undefined) await rm(join(folder, logFileName(name, old)), { force: true })
  }

  return {
    add(text: string): Promise<void> | undefined {
      pending.push(text)
      held += text.length
      if (held >= CHUNK) flush()
      else timer ??= setTimeout(flush, FLUSH_MS)
      return held > MOST_HELD ? writing : undefined
    },
    async close(): Promise<void> {
      flush()
      await writing
      await file?.close()
      if (failure !== undefined) throw failure
    },
  }
}

/** What a file is called that begins with byte `start`. */
export function logFileName(name: LogRow, start: number): string {
  return `${name}.${start}`
}

/** What of a log is kept: from which byte of all that was printed to which. */
export interface LogExtent {
  readonly first: number
  /** The one after the last. */
  readonly end: number
}

/** One of the files. */
export interface LogPart extends LogExtent {
  readonly path: string
}

/** How much of a log there is now; undefined where there is none. */
export async function attemptLogExtent(
  folder: string,
  name: LogRow,
): Promise<LogExtent | undefined> {
  const parts = await logParts(folder, name)
  if (parts === undefined) return undefined
  return { first: parts.at(0)?.first ?? 0, end: parts.at(-1)?.end ?? 0 }
}

/** The bytes of a log from one to the one before `to`, a piece at a time; what is gone meanwhile is left out. */
export async function* readAttemptLog(
  folder: string,
  { name, from, to }: { name: LogRow; from: number; to: number },
): AsyncGenerator<Uint8Array, undefined> {
  for (const part of (await logParts(folder, name)) ?? []) {
    const start = Math.max(from, part.first)
    const end = Math.min(to, part.end)
    if (start >= end) continue
    const file = await openIfThere(part.path)
    if (file === undefined) continue
    try {
      for (let at = start; at < end;) {
        const piece = Buffer.allocUnsafe(Math.min(CHUNK, end - at))
        const { bytesRead } = await file.read(piece, 0, piece.length, at - part.first)
        if (bytesRead === 0) break
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  }
  return undefined
}

/** The files of a row in their order; undefined where there is no log. */
export async function logParts(folder: string, name: LogRow): Promise<LogPart[] | undefined> {
  const names = await readdir(folder).catch(absent)
  if (names === undefined) return undefined
  const starts = names
    .flatMap((file) => {
      const [row, start] = file.split('.')
      return row === name && /^\d+$/.test(start) ? [Number(start)] : []
    })
    .toSorted((a, b) => a - b)
  const parts: LogPart[] = []
  for (const first of starts) {
    const path = join(folder, logFileName(name, first))
    const found = await stat(path).catch(absent)
    if (found) parts.push({ path, first, end: first + found.size })
  }
  return parts
}

function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path).catch(absent)
}
