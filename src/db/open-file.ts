/**
 * Opens whatever a database URL names, files included: for Node, Deno and the single binary.
 * @module
 */
import { Kysely } from 'kysely'

import { LibsqlFileDialect } from './file.ts'
import { openHranaFile } from './hrana-file.ts'
import type { HranaDatabase } from './hrana-type.ts'
import { openRemote } from './open.ts'
import type { Database } from './schema.ts'

export interface OpenOptions {
  /** `file:PATH`, `:memory:`, or a Hrana URL. */
  readonly url: string
  readonly authToken?: string
  readonly busyMs?: number
}

/** Opens the database that `url` names; files are created when missing. */
export function openDatabase(options: OpenOptions): Kysely<Database> {
  const path = filePath(options.url)
  if (path === undefined) return openRemote(options)
  return new Kysely<Database>({ dialect: new LibsqlFileDialect({ path, busyMs: options.busyMs }) })
}

/** The same database for Hrana clients; undefined where it is not a file. */
export function openHrana(url: string): HranaDatabase | undefined {
  const path = databaseFile(url)
  return path === undefined ? undefined : openHranaFile({ path })
}

/** The path of the database file; undefined where it is in memory or behind a network. */
export function databaseFile(url: string): string | undefined {
  const path = filePath(url)
  return path === ':memory:' ? undefined : path
}

function filePath(url: string): string | undefined {
  if (url === ':memory:') return url
  return url.startsWith('file:') ? url.slice('file:'.length) : undefined
}
