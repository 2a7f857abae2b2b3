/**
 * Opens a database over HTTP. `open-file.ts` opens files; it stays apart so that an edge bundle never meets
 * the native driver.
 * @module
 */
import { Kysely } from 'kysely'

import { LibsqlRemoteDialect, type RemoteOptions } from './remote.ts'
import type { Database } from './schema.ts'

/** A database behind a Hrana endpoint. */
export function openRemote(options: RemoteOptions): Kysely<Database> {
  return new Kysely<Database>({ dialect: new LibsqlRemoteDialect(options) })
}
