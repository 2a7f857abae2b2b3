/**
 * SQLite as Kysely should treat it here: reads need not wait for the transaction that runs.
 * @module
 */
import { SqliteAdapter } from 'kysely'

/** Kysely's adapter without its lock around every query of a database; the drivers queue what has to queue. */
export class ConcurrentAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** SQLite rolls back DDL too: a migration that is interrupted leaves nothing, and two at once take turns. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
