/**
 * The files of tables: below the folders that a run may use.
 * @module
 */
import { readdir, realpath, rename, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Table } from '../../../flow/sql/table.ts'

export interface Places {
  /** What relative paths are below, and may be written to. */
  readonly folder: string | null
  /** May be read. */
  readonly readable: readonly string[]
  /** May be read and written. */
  readonly writable: readonly string[]
}

/** Where a table lies, and the folder through which a run may be there. */
export interface Place {
  readonly path: string
  readonly root: string
}

/** The files of a path, which hidden ones are not; null where nothing is there. */
export async function shownFiles(path: string): Promise<string[] | null> {
  await recover(path)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return [path]
  if (!found?.isDirectory()) return null
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  const isShown = (file: string) =>
    relative(path, file)
      .split(sep)
      .every((part) => !part.startsWith('.') && !part.startsWith('_'))
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isShown)
}

/** What the end of the name of a table begins with that is being replaced. */
export const OLD = 'old-'

/** A hidden path beside another. */
export function beside(path: string, end: string): string {
  return join(dirname(path), `.${basename(path)}.weft-${end}`)
}

/** Puts back a table whose replacement was cut off between its two steps. */
export async function recover(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) return
  const prefix = basename(beside(path, OLD))
  const names = await readdir(dirname(path)).catch(() => [])
  const left = names.find((name) => name.startsWith(prefix))
  if (left !== undefined) await rename(join(dirname(path), left), path)
}

/** Where a table lies; its links lead nowhere else. */
export async function placeOf(
  { path, name }: Table,
  { folder, readable, writable }: Places,
  use: 'read' | 'write',
): Promise<Place> {
  const written = path ?? ''
  let plain = written
  if (/^file:/i.test(written)) {
    try {
      plain = fileURLToPath(written.replace(/^file:\/{0,2}(?=\/)/i, 'file://'))
    } catch (cause) {
      throw new Error(`The path "${written}" of table ${name} names no file of this host`, {
        cause,
      })
    }
  } else if (/^[a-z][a-z0-9+.-]*:/i.test(written)) {
    throw new Error(
      `The path "${written}" of table ${name} needs Flink: without it there are files of this host only`,
    )
  }
  if (plain.includes('\0') || /[*?[\]]/.test(plain))
    throw new Error(`The path "${written}" of table ${name} has signs that are not allowed there`)
  if (folder === null && !plain.startsWith(sep))
    throw new Error(
      `The path "${written}" of table ${name} is relative, and the work has no folder`,
    )
  const wanted = folder === null ? resolve(plain) : resolve(folder, plain)
  const real = await realOf(wanted)
  const roots = [
    ...(folder === null ? [] : [folder]),
    ...writable,
    ...(use === 'read' ? readable : []),
  ]
  for (const root of roots) {
    const base = await realOf(root)
    const way = relative(base, real)
    if (way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep))
      return { path: real, root: base }
  }
  throw new Error(
    `The path "${written}" of table ${name} is not below a folder that works may ${use}: the work's own` +
      `${use === 'read' ? ', those of WEFT_IMPORT_ROOTS' : ''}, or WEFT_EXPORT_DIR`,
  )
}

/** A path without links, also where its last parts are not there yet. */
async function realOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined)
  if (real !== undefined) return real
  const above = dirname(path)
  return above === path ? path : join(await realOf(above), basename(path))
}
