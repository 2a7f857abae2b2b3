/**
 * The app's files on its own disk: paths that clients name, and spooled uploads.
 * @module
 */
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'

import type { FileStore, WorkFiles } from '../api/deps.ts'
import type { Model } from '../component/define.ts'
import { DomainError, forbidden, notFound } from '../domain/error.ts'
import { randomId } from '../domain/id.ts'
import { readIfThere } from '../runner/absent.ts'
import { attemptLogExtent, attemptLogFolder, readAttemptLog } from '../runner/attempt-log.ts'
import { decodeFrames, decodeSlice } from '../runner/data/arrow.ts'
import { csvLines } from '../runner/data/csv-lines.ts'
import { decodeModel, saveModel } from '../runner/data/model-store.ts'
import { outputLocation, tableLocation } from '../runner/data/path.ts'
import { rowsOf } from '../runner/data/preview.ts'
import type { LogShelf } from './log-shelf.ts'
import { writeNew } from './new-file.ts'

/** A file store under `spoolDir` that lets clients name files under `importRoots`. */
export function diskFiles(options: {
  spoolDir: string
  importRoots: readonly string[]
  exportDir?: string
  /** Where tables of this host's own runner lie. */
  dataDir?: string
  /** Names the data directory that the spool belongs to. */
  site?: string
  /** The folders of works. */
  works?: WorkFiles
  /** What runners of other data directories send of their logs, and how long that stays. */
  logs?: { readonly shelf: LogShelf; readonly keepMs: number }
}): FileStore {
  const { logs } = options
  const spooled = (id: string) => {
    if (!/^[0-9a-f]{32}$/.test(id)) throw notFound(`No spooled upload "${id}"`)
    return join(options.spoolDir, id)
  }
  return {
    ...(options.site === undefined ? {} : { site: options.site }),
    ...(options.works === undefined ? {} : { works: options.works }),
    checkImport: (path) => checkImport(path, options.importRoots),
    checkExport: (path) => checkExport(path, options.exportDir),
    async openRows({ site, output, ...key }, { limit }) {
      const { dataDir } = options
      if (dataDir === undefined || site !== options.site) return undefined
      const bytes = await readIfThere(join(dataDir, outputLocation(key, 'table', output)))
      return bytes && { lines: () => csvLines(decodeFrames(bytes), { delimiter: ',', limit }) }
    },
    async readModel({ site, ...output }) {
      const { dataDir } = options
      if (dataDir === undefined || site !== options.site) return undefined
      const bytes = await readIfThere(join(dataDir, outputLocation(output, 'model')))
      return bytes && new TextDecoder().decode(bytes)
    },
    async openLog({ site, jobId, attemptId, name }) {
      const { dataDir } = options
      if (dataDir === undefined || site !== options.site)
        return logs?.shelf.open({ jobId, attemptId, name })
      const folder = attemptLogFolder(dataDir, jobId, attemptId)
      const extent = await attemptLogExtent(folder, name)
      return (
        extent && {
          ...extent,
          whole: true,
          comes: false,
          read: (from, to) => readAttemptLog(folder, { name, from, to }),
        }
      )
    },
    ...(logs ? { keepLog: logs.shelf.keep, keepLogMs: logs.keepMs } : {}),
    async dropTable(table) {
      if (options.dataDir === undefined) throw forbidden('This server keeps no tables')
      await rm(join(options.dataDir, tableLocation(table)), { force: true })
    },
    async dropOutput({ output, ...key }) {
      if (options.dataDir === undefined) throw forbidden('This server keeps no tables')
      await rm(join(options.dataDir, outputLocation(key, 'table', output)), { force: true })
    },
    async saveModel(output, text) {
      if (options.dataDir === undefined) throw forbidden('This server keeps no models')
      await saveModel(options.dataDir, outputLocation(output, 'model'), readModel(text))
    },
    async readRows({ site, output, ...key }, slice) {
      const { dataDir } = options
      if (dataDir === undefined || site !== options.site) return undefined
      const path = join(dataDir, outputLocation(key, 'table', output))
      await checkPaged(path)
      const bytes = await readIfThere(path)
      return bytes && rowsOf(decodeSlice(bytes, slice))
    },
    async spool(body, limit) {
      await mkdir(options.spoolDir, { recursive: true })
      const id = randomId()
      const bytes = await writeNew(spooled(id), body, spoolLimits(limit))
      return { id, bytes, ...(options.site === undefined ? {} : { site: options.site }) }
    },
    async fillSpool(id, body, limit) {
      await mkdir(options.spoolDir, { recursive: true })
      // What was sent again after half of it replaces that half.
      const draft = `${spooled(id)}.${randomId()}`
      await writeNew(draft, body, spoolLimits(limit))
      await rename(draft, spooled(id))
    },
    async openSpool(id) {
      const path = spooled(id)
      try {
        const file = await open(path)
        return file.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        throw notFound(`The uploaded file ${id} is gone: upload it again`)
      }
    },
    dropSpool: (id) => rm(spooled(id), { force: true }),
  }
}

function spoolLimits(limit: number) {
  return { limit, mode: 0o600, refusal: `The upload is larger than ${limit} bytes` }
}

/** Removes uploads that nobody fetched: their jobs were stopped, or their runner never came. */
export async function sweepSpool(spoolDir: string, maxAgeMs: number): Promise<void> {
  const names = await readdir(spoolDir).catch(() => [])
  for (const name of names) {
    const path = join(spoolDir, name)
    const { mtimeMs } = await stat(path)
    if (mtimeMs < Date.now() - maxAgeMs) await rm(path, { force: true })
  }
}

/** Read and written again, so that nothing but a model gets to the disk. */
function readModel(text: string): Model {
  let model: Partial<Model> | undefined
  try {
    model = decodeModel(text)
  } catch (cause) {
    throw new DomainError('invalid', 'The archive holds a model that cannot be read', { cause })
  }
  const { name, param, meta } = model ?? {}
  if (typeof name === 'string' && typeof param === 'object' && typeof meta === 'object') {
    return model as Model
  }
  throw new DomainError('invalid', 'The archive holds a model without name, param and meta')
}

/** A page of a table costs reading its file. */
const PAGED_UP_TO = 512 * 1024 * 1024

async function checkPaged(path: string): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0
  if (size > PAGED_UP_TO) {
    const mib = Math.round(size / 1024 / 1024)
    throw new DomainError(
      'limit',
      `The table takes ${mib} MiB, which is too much to look at page by page: download it`,
    )
  }
}

async function checkImport(path: string, roots: readonly string[]): Promise<string> {
  // By its words alone: the answer must not tell which files there are elsewhere.
  const inside = roots.filter((root) => isUnder(root, resolve(root, path)))
  if (inside.length === 0) {
    throw forbidden(
      `"${path}" is outside the import folders of this server: move the file there, or add its folder to WEFT_IMPORT_ROOTS`,
    )
  }
  for (const root of inside) {
    const base = await realpath(root).catch(() => undefined)
    const target = await realpath(resolve(root, path)).catch(() => undefined)
    // A link that leaves the folder counts as nothing.
    if (base === undefined || target === undefined || !isUnder(base, target)) continue
    if ((await stat(target)).isFile()) return path
    throw new DomainError('invalid', `"${path}" is a folder: name a CSV file`)
  }
  throw notFound(
    `File "${path}" is not in the import folders of this server: put it there, add its folder to WEFT_IMPORT_ROOTS, or upload it as multipart/form-data`,
  )
}

/** By its words alone: the runner that writes looks at links, in its own folder. */
function checkExport(path: string, folder: string | undefined): void {
  if (folder === undefined) return
  if (!path.includes('\0') && isUnder(folder, resolve(folder, path))) return
  throw forbidden(
    `"${path}" is outside the export folder of this server: name a path below it, as "out.csv", or set WEFT_EXPORT_DIR`,
  )
}

function isUnder(folder: string, path: string): boolean {
  const inner = relative(folder, path)
  return inner !== '' && !inner.startsWith('..') && !isAbsolute(inner)
}
