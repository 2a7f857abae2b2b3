/**
 * Kysely over any Hrana endpoint (Turso, sqld, another Weft's `/hrana`), with `fetch` only: runs at the edge.
 * @module
 */
import { createClient, type Client, type InValue, type Transaction } from '@libsql/client/web'
import {
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely'

import { ConcurrentAdapter } from './adapter.ts'

export interface RemoteOptions {
  /** `libsql:`, `https:` or `http:` URL of the database. */
  readonly url: string
  readonly authToken?: string
}

/** A Kysely dialect for a libSQL database behind HTTP. */
export class LibsqlRemoteDialect implements Dialect {
  readonly #options: RemoteOptions

  constructor(options: RemoteOptions) {
    this.#options = options
  }

  createDriver(): Driver {
    return new RemoteDriver(this.#options)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new ConcurrentAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

class RemoteDriver implements Driver {
  readonly #client: Client

  constructor(options: RemoteOptions) {
    this.#client = createClient({
      url: asFolder(options.url),
      authToken: options.authToken,
      intMode: 'number',
    })
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(new RemoteConnection(this.#client))
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RemoteConnection).begin()
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RemoteConnection).end('commit')
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RemoteConnection).end('rollback')
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}

class RemoteConnection implements DatabaseConnection {
  readonly #client: Client
  #transaction: Transaction | undefined

  constructor(client: Client) {
    this.#client = client
  }

  async begin(): Promise<void> {
    this.#transaction = await this.#client.transaction('write')
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction
    this.#transaction = undefined
    await transaction?.[how]()
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = { sql: query.sql, args: query.parameters.map(toArgument) }
    const result = await (this.#transaction ?? this.#client).execute(statement)
    return {
      rows: result.rows.map((row) => toRecord(row, result.columns)) as R[],
      numAffectedRows: BigInt(result.rowsAffected),
      insertId: result.lastInsertRowid,
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }
}

/** The client joins its calls to the address as a browser joins links: without a slash the last part is dropped. */
function asFolder(url: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(url) ?? []
  return path.endsWith('/') ? url : `${path}/${query}`
}

function toRecord(row: Record<string, unknown>, columns: readonly string[]): object {
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column]
      return [column, value instanceof ArrayBuffer ? new Uint8Array(value) : value]
    }),
  )
}

function toArgument(value: unknown): InValue {
  if (value === undefined) return null
  return value as InValue
}
