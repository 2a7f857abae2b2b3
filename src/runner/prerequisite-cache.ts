/**
 * What was fetched for programs before, on this host's disk: files by the sum of their bytes, repositories by address and
 * commit, and for addresses what was there. Several runners may have the same folder, and one may die at any moment:
 * everything is written beside and moved to its place whole, and looked at again before it is given away.
 * @module
 */
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import {
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { RunnerLog } from './log.ts'
import { MOST_MS } from './prerequisite-trouble.ts'

/** By what an answer can be told from another of the same address: a strong tag, or a time that is long past. */
export type Validator =
  | { readonly type: 'etag'; readonly text: string }
  | { readonly type: 'modified'; readonly text: string }

/** A file that was at an address. */
export interface KnownFile {
  readonly sha256: string
  readonly bytes: number
  /** Null where the address itself says the sum. */
  readonly validator: Validator | null
  /** A sum of the address at the end of the redirects, which may have secrets. */
  readonly at: string
}

/** What is known of a name; names are sums, made by `nameOf`. */
export interface FetchCache {
  known(name: string): Promise<KnownFile | undefined>
  /** Puts a copy of it there; false where it is not there any more, or not what it was. */
  takeFile(file: KnownFile, path: string): Promise<boolean>
  keepFile(name: string, file: KnownFile, path: string): Promise<void>
  /** Puts a copy of the folder there; false where there is none. */
  takeRepository(name: string, folder: string): Promise<boolean>
  keepRepository(name: string, folder: string): Promise<void>
  /** For one that turned out not to be what it was. */
  dropRepository(name: string): Promise<void>
  /** Of those that want the same at once the first goes ahead, and the others when it is done. */
  afterOthers<T>(name: string, signal: AbortSignal, act: () => Promise<T>): Promise<T>
}

/** What an address and what is asked of it are called. */
export function nameOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** More names, files and repositories than this are too many to look through. */
const MOST_ENTRIES = 10_000
/** Nobody writes at a draft for longer. */
const DRAFT_MS = 2 * MOST_MS
/** Disks that can share what two files have in common do. */
const COPY = { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE } as const

/** A cache in a folder of its own, which is made when it is needed; the longest unused goes when there is more. */
export function openFetchCache(
  folder: string,
  { maxBytes, log }: { readonly maxBytes: number; readonly log: RunnerLog },
): FetchCache {
  const [urls, files] = [join(folder, 'urls'), join(folder, 'files')]
  const [repositories, drafts] = [join(folder, 'repositories'), join(folder, 'drafts')]
  const flights = new Map<string, Promise<void>>()
  let sweeping: Promise<void> | undefined

  /** A cache is a help: where its disk is in trouble, everything is fetched. */
  async function helped<T>(act: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await act()
    } catch (error) {
      log.warn({ error: String(error) }, 'The cache of what is fetched for jobs does not work')
      return otherwise
    }
  }

  /** Writes beside, then looks whether there is too much. */
  function keep(put: (draft: string) => Promise<void>): Promise<void> {
    const draft = join(drafts, crypto.randomUUID())
    return helped(async () => {
      try {
        for (const one of [urls, files, repositories, drafts])
          await mkdir(one, { recursive: true, mode: 0o700 })
        await put(draft)
        sweeping ??= sweep().finally(() => (sweeping = undefined))
        await sweeping
      } finally {
        await rm(draft, { recursive: true, force: true })
      }
    }, undefined)
  }

  async function sweep(): Promise<void> {
    for (const { path, usedAt } of await entriesOf(drafts))
      if (Date.now() - usedAt > DRAFT_MS) await rm(path, { recursive: true, force: true })
    const names = await entriesOf(urls)
    for (const { path } of oldestFirst(names).slice(0, excess(names)))
      await rm(path, { force: true })
    const all = oldestFirst([
      ...(await entriesOf(files)),
      ...(await entriesOf(repositories, ({ path }) => sizeOf(path))),
    ])
    let bytes = all.reduce((sum, one) => sum + one.bytes, 0)
    let over = excess(all)
    for (const one of all) {
      if (bytes <= maxBytes && over <= 0) break
      await remove(one.path)
      bytes -= one.bytes
      over -= 1
    }
  }

  /** Of a folder nobody sees a half. */
  async function remove(path: string): Promise<void> {
    const gone = join(drafts, crypto.randomUUID())
    if (await moved(path, gone)) await rm(gone, { recursive: true, force: true })
  }

  return {
    known: (name) =>
      helped(async () => {
        const text = await readFile(join(urls, name), 'utf8').catch(nothing)
        return text === undefined ? undefined : readKnown(text)
      }, undefined),

    async takeFile({ sha256, bytes }, path) {
      const source = join(files, sha256)
      const taken = await helped(async () => {
        if ((await stat(source).catch(nothing)) === undefined) return false
        await copyFile(source, path, constants.COPYFILE_FICLONE)
        const whole = (await stat(path)).size === bytes && (await sumOf(path)) === sha256
        await (whole ? touch(source) : rm(source, { force: true }))
        return whole
      }, false)
      if (!taken) await rm(path, { force: true })
      return taken
    },

    keepFile: (name, file, path) =>
      keep(async (draft) => {
        if (file.bytes > maxBytes) return
        const place = join(files, file.sha256)
        if ((await stat(place).catch(nothing)) === undefined) {
          await copyFile(path, draft, constants.COPYFILE_FICLONE)
          await rename(draft, place)
        } else await touch(place)
        await writeFile(draft, JSON.stringify(file))
        await rename(draft, join(urls, name))
      }),

    async takeRepository(name, path) {
      const source = join(repositories, name)
      const taken = await helped(async () => {
        if ((await stat(source).catch(nothing)) === undefined) return false
        await cp(join(source, 'content'), path, COPY)
        await touch(source)
        return true
      }, false)
      if (!taken) await rm(path, { recursive: true, force: true })
      return taken
    },

    keepRepository: (name, path) =>
      keep(async (draft) => {
        const bytes = await bytesBelow(path)
        if (bytes > maxBytes) return
        await mkdir(draft, { mode: 0o700 })
        await cp(path, join(draft, 'content'), COPY)
        await writeFile(join(draft, 'bytes'), String(bytes))
        // Where another was faster it has the same commit.
        await moved(draft, join(repositories, name))
      }),

    dropRepository: (name) => helped(() => remove(join(repositories, name)), undefined),

    async afterOthers(name, signal, act) {
      const ahead = flights.get(name)
      if (ahead) {
        await Promise.race([ahead, aborted(signal)])
        signal.throwIfAborted()
        // What the first did not leave for others nobody would: they do not wait for each other.
        return act()
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      flights.set(name, promise)
      try {
        return await act()
      } finally {
        flights.delete(name)
        resolve()
      }
    },
  }
}

/** The sum of a file's bytes. */
async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function readKnown(text: string): KnownFile | undefined {
  try {
    const known = JSON.parse(text) as KnownFile
    return /^[0-9a-f]{64}$/.test(known.sha256) ? known : undefined
  } catch {
    return undefined // Torn by a fault of the disk: as if it had never been there.
  }
}

interface Entry {
  readonly path: string
  readonly bytes: number
  readonly usedAt: number
}

async function entriesOf(
  folder: string,
  bytesOf: (entry: Entry) => number | Promise<number> = ({ bytes }) => bytes,
): Promise<Entry[]> {
  const found: Entry[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    // Another runner may have removed it meanwhile.
    const facts = await stat(path).catch(nothing)
    if (facts === undefined) continue
    const entry = { path, bytes: facts.size, usedAt: facts.mtimeMs }
    found.push({ ...entry, bytes: await bytesOf(entry) })
  }
  return found
}

async function sizeOf(repository: string): Promise<number> {
  return Number((await readFile(join(repository, 'bytes'), 'utf8').catch(nothing)) ?? 0)
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

function oldestFirst(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => a.usedAt - b.usedAt)
}

function excess(entries: readonly Entry[]): number {
  return Math.max(0, entries.length - MOST_ENTRIES)
}

/** False where it is gone already, or something else is there. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) return false
    throw error
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  // It may have been removed meanwhile.
  await utimes(path, now, now).catch(nothing)
}

/** For what may not be there; every other trouble goes on. */
function nothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
