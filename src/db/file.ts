/**
 * Kysely over a libSQL file: one writing handle behind a queue, one reading handle.
 *
 * Locks are taken only with `exec('BEGIN IMMEDIATE')`: a prepared statement that fails with SQLITE_BUSY stays
 * in progress and spoils every later COMMIT of its connection (libsql-client-ts issue 352). The wait for a lock
 * is asynchronous, so a busy database never blocks the event loop that has to release it.
 * @module
 */
import {
  SqliteAdapter,
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
import Libsql from 'libsql'

import { ConcurrentAdapter } from './adapter.ts'

const STATEMENT_CACHE = 300
const MEMORY = ':memory:'

export interface FileOptions {
  /** Path of the database file, or `:memory:`. */
  readonly path: string
  /** How long a writer waits for another process's lock, in milliseconds. */
  readonly busyMs?: number
}

/** A Kysely dialect for a libSQL database file on this host. */
export class LibsqlFileDialect implements Dialect {
  readonly #options: FileOptions

  constructor(options: FileOptions) {
    this.#options = options
  }

  createDriver(): Driver {
    return new FileDriver(this.#options)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    // A database in memory has one handle, on which nobody may read in the middle of a transaction.
    return this.#options.path === MEMORY ? new SqliteAdapter() : new ConcurrentAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

class FileDriver implements Driver {
  readonly #options: FileOptions
  readonly #queue = new Queue()
  #writer: Handle | undefined
  #reader: Handle | undefined

  constructor(options: FileOptions) {
    this.#options = options
  }

  async init(): Promise<void> {
    const deadline = this.#options.busyMs ?? 5000
    this.#writer = new Handle(this.#options.path)
    await untilFree(deadline, () => this.writer.exec('PRAGMA journal_mode=WAL'))
    // Another handle on `:memory:` would be another database.
    this.#reader = this.#options.path === MEMORY ? this.#writer : new Handle(this.#options.path)
  }

  get writer(): Handle {
    if (!this.#writer) throw new Error('The database is closed')
    return this.#writer
  }

  get reader(): Handle {
    if (!this.#reader) throw new Error('The database is closed')
    return this.#reader
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(new FileConnection(this, this.#queue, this.#options.busyMs ?? 5000))
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as FileConnection).begin()
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return Promise.resolve((connection as FileConnection).end('COMMIT'))
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return Promise.resolve((connection as FileConnection).end('ROLLBACK'))
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    this.#writer?.close()
    if (this.#reader !== this.#writer) this.#reader?.close()
    this.#writer = undefined
    this.#reader = undefined
    return Promise.resolve()
  }
}

class FileConnection implements DatabaseConnection {
  readonly #driver: FileDriver
  readonly #queue: Queue
  readonly #busyMs: number
  #release: (() => void) | undefined

  constructor(driver: FileDriver, queue: Queue, busyMs: number) {
    this.#driver = driver
    this.#queue = queue
    this.#busyMs = busyMs
  }

  async begin(): Promise<void> {
    const release = await this.#queue.enter()
    try {
      await untilFree(this.#busyMs, () => this.#driver.writer.exec('BEGIN IMMEDIATE'))
      this.#release = release
    } catch (error) {
      release()
      throw error
    }
  }

  end(how: 'COMMIT' | 'ROLLBACK'): void {
    try {
      this.#driver.writer.exec(how)
    } catch (error) {
      // A full disk ends a transaction by itself: what is worth telling is why.
      if (how === 'ROLLBACK' && isOver(error)) return
      if (how === 'COMMIT') this.#rollbackQuietly()
      throw error
    } finally {
      this.#release?.()
      this.#release = undefined
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#release) return this.#driver.writer.run<R>(query.sql, query.parameters)
    if (query.query.kind === 'SelectQueryNode') {
      return this.#driver.reader.run<R>(query.sql, query.parameters)
    }
    await this.begin()
    try {
      const result = this.#driver.writer.run<R>(query.sql, query.parameters)
      this.end('COMMIT')
      return result
    } catch (error) {
      if (this.#release) this.end('ROLLBACK')
      throw error
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#driver.reader.iterate<R>(query.sql, query.parameters)) {
      yield await Promise.resolve({ rows: [row] })
    }
  }

  #rollbackQuietly(): void {
    try {
      this.#driver.writer.exec('ROLLBACK')
    } catch {
      // The failed COMMIT already ended the transaction.
    }
  }
}

function isOver(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no transaction is active')
}

type Statement = ReturnType<InstanceType<typeof Libsql>['prepare']> & { reader: boolean }

/** One native connection with a cache of prepared statements. */
class Handle {
  readonly #raw: InstanceType<typeof Libsql>
  readonly #statements = new Map<string, Statement>()

  constructor(path: string) {
    this.#raw = new Libsql(path)
    // Checkpoints wait for the disk: fewer and larger ones cost less.
    this.#raw.exec(
      'PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000',
    )
  }

  exec(sql: string): void {
    this.#raw.exec(sql)
  }

  run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const statement = this.#prepare(sql)
    const values = parameters.map(toNative)
    if (statement.reader) {
      return { rows: statement.all(values).map(fromNative) as R[] }
    }
    const { changes, lastInsertRowid } = statement.run(values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  *iterate<R>(sql: string, parameters: readonly unknown[]): IterableIterator<R> {
    const rows = this.#raw.prepare(sql).iterate(parameters.map(toNative))
    for (const row of rows) yield fromNative(row) as R
  }

  close(): void {
    this.#statements.clear()
    this.#raw.close()
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#raw.prepare(sql) as Statement
    if (this.#statements.size >= STATEMENT_CACHE) {
      const [oldest] = this.#statements.keys()
      if (oldest !== undefined) this.#statements.delete(oldest)
    }
    this.#statements.set(sql, statement)
    return statement
  }
}

function toNative(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return value.getTime()
  // The native binding takes Buffers only; a view shares the bytes.
  if (value instanceof Uint8Array && !Buffer.isBuffer(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return value === undefined ? null : value
}

/** The native binding answers blobs as ArrayBuffers; the schema says Uint8Array. */
function fromNative(row: unknown): unknown {
  const values = row as Record<string, unknown>
  for (const column in values) {
    const value = values[column]
    if (value instanceof ArrayBuffer) values[column] = new Uint8Array(value)
  }
  return row
}

/** First come, first served. */
class Queue {
  #tail: Promise<void> = Promise.resolve()

  async enter(): Promise<() => void> {
    const before = this.#tail
    let leave: () => void = () => {}
    this.#tail = new Promise((resolve) => (leave = resolve))
    await before
    return leave
  }
}

async function untilFree(deadlineMs: number, attempt: () => void): Promise<void> {
  const end = Date.now() + deadlineMs
  // Most transactions are over in a millisecond or two.
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 1.5, 8)) {
    try {
      attempt()
      return
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * waitMs))
    }
  }
}
