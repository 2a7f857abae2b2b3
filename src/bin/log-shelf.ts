/**
 * Logs that runners of other data directories send: kept like their own, a row of files of which the oldest go. Every
 * process of the server may take a piece, as a piece has its place: sent again, it changes nothing.
 * @module
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { KeptLog, LogPiece, ShelvedLog } from '../api/deps.ts'
import { unavailable } from '../domain/error.ts'
import { absent } from '../runner/absent.ts'
import {
  LOG_FILES,
  logFileName,
  type LogPart,
  logParts,
  type LogRow,
  readAttemptLog,
} from '../runner/attempt-log.ts'
import { segment } from '../runner/data/path.ts'

/** After so long without a piece nobody waits for the rest of an attempt that is over. */
const PATIENCE_MS = 30_000
const DISK_FULL: readonly string[] = ['ENOSPC', 'EDQUOT']

/** Logs by attempt. */
export interface LogShelf {
  /** Takes a piece; answers the place of the next byte. Throws a DomainError where the disk is full. */
  keep(place: ShelvedLog, piece: LogPiece): Promise<number>
  open(place: ShelvedLog): Promise<KeptLog | undefined>
  /** Removes the logs of those jobs that `ended` names of all that have some. */
  sweep(ended: (jobIds: readonly string[]) => Promise<readonly string[]>): Promise<void>
}

/** A shelf in `folder`; of each row of an attempt about the last `maxBytes` are kept. */
export function logShelf({ folder, maxBytes }: { folder: string; maxBytes: number }): LogShelf {
  const fileBytes = Math.max(1, Math.ceil(maxBytes / LOG_FILES))
  /** Pieces of one row one after the other. */
  const turns = new Map<string, Promise<unknown>>()
  const folderOf = ({ jobId, attemptId }: Omit<ShelvedLog, 'name'>) =>
    join(folder, segment(jobId), segment(attemptId))

  async function keep(place: ShelvedLog, piece: LogPiece): Promise<number> {
    const key = join(folderOf(place), place.name)
    const before = turns.get(key) ?? Promise.resolve()
    const own = before.then(() => put(folderOf(place), place.name, piece))
    const settled = own.catch(() => undefined)
    turns.set(key, settled)
    try {
      return await own
    } catch (error) {
      if (!DISK_FULL.includes((error as { code?: string }).code ?? '')) throw error
      throw unavailable('The disk of the server is full: it takes no more of the log for now')
    } finally {
      if (turns.get(key) === settled) turns.delete(key)
    }
  }

  async function put(own: string, name: LogRow, { at, bytes, whole }: LogPiece): Promise<number> {
    let parts = (await logParts(own, name)) ?? []
    let end = parts.at(-1)?.end ?? 0
    if (bytes.length > 0 && at > end) {
      // What is missing between is gone at its runner, too: the log has one piece, its end.
      await remove(parts)
      parts = []
      end = at
    }
    const fresh = bytes.subarray(Math.max(0, end - at))
    if (fresh.length > 0 || whole) await mkdir(own, { recursive: true, mode: 0o700 })
    for (let from = 0; from < fresh.length;) {
      const last = parts.at(-1)
      const first = last !== undefined && end - last.first < fileBytes ? last.first : end
      const taken = fresh.subarray(from, from + fileBytes - (end - first))
      await writeAt(join(own, logFileName(name, first)), taken, end - first)
      from += taken.length
      end += taken.length
      if (first !== last?.first)
        parts.push({ path: join(own, logFileName(name, first)), first, end })
      await remove(parts.splice(0, Math.max(0, parts.length - LOG_FILES - 1)))
    }
    if (whole && at + bytes.length === end) await writeFile(markOf(own, name), '', { mode: 0o600 })
    return end
  }

  async function openLog(place: ShelvedLog): Promise<KeptLog | undefined> {
    const own = folderOf(place)
    const { name } = place
    const whole = (await changedAt(markOf(own, name))) !== undefined
    const parts = await logParts(own, name)
    if (parts === undefined) return undefined
    const last = parts.at(-1)
    const changed = (last && (await changedAt(last.path))) ?? (await changedAt(own)) ?? 0
    return {
      first: parts.at(0)?.first ?? 0,
      end: last?.end ?? 0,
      whole,
      comes: !whole && Date.now() - changed < PATIENCE_MS,
      read: (from, to) => readAttemptLog(own, { name, from, to }),
    }
  }

  async function sweep(
    ended: (jobIds: readonly string[]) => Promise<readonly string[]>,
  ): Promise<void> {
    const names = await readdir(folder).catch(absent)
    for (const jobId of await ended((names ?? []).flatMap(jobIn)))
      await rm(join(folder, segment(jobId)), { recursive: true, force: true })
  }

  return { keep, open: openLog, sweep }
}

/** The job whose logs are in a folder of that name; none where it is not one of ours. */
function jobIn(name: string): string[] {
  try {
    const jobId = decodeURIComponent(name)
    return segment(jobId) === name ? [jobId] : []
  } catch {
    return []
  }
}

/** Beside the files of a row once nothing more will come. */
function markOf(own: string, name: LogRow): string {
  return join(own, `${name}.whole`)
}

async function remove(parts: readonly LogPart[]): Promise<void> {
  for (const { path } of parts) await rm(path, { force: true })
}

async function writeAt(path: string, bytes: Uint8Array, position: number): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT
  const file = await open(path, flags, 0o600)
  try {
    for (let from = 0; from < bytes.length;) {
      const rest = bytes.subarray(from)
      from += (await file.write(rest, 0, rest.length, position + from)).bytesWritten
    }
  } finally {
    await file.close()
  }
}

async function changedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(absent))?.mtimeMs
}
