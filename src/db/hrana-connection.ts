/**
 * One native connection under a Hrana stream.
 *
 * Locks are taken only through `exec`, and waited for asynchronously: a prepared statement that fails with
 * SQLITE_BUSY spoils every later COMMIT of its connection. Where one fails so all the same, the connection says that
 * it is spoiled and is thrown away.
 * @module
 */
import Libsql from 'libsql'

import { HranaError } from './hrana-error.ts'
import type { HranaStatement, HranaStatementResult, HranaValue } from './hrana-type.ts'
import { bindValues, toWire, wireSize } from './hrana-value.ts'
import { guardStatement, refusedNames, type SqlEffect } from './sql-guard.ts'
import { parametersOf, type SqlStatement } from './sql-text.ts'

/** Takes the write lock inside a transaction that began without it, and changes nothing. */
const LOCK = 'PRAGMA incremental_vacuum(1)'

export interface ConnectionOptions {
  /** Path of the database file. */
  readonly path: string
  readonly readOnly: boolean
  /** How long a writer waits for the lock, in milliseconds. */
  readonly busyMs: number
  /** Most rows of one result. */
  readonly maxRows: number
  /** Most bytes of one result, about. */
  readonly maxBytes: number
}

export interface Described {
  readonly params: readonly { readonly name: string | null }[]
  readonly cols: HranaStatementResult['cols']
  readonly is_explain: boolean
  readonly is_readonly: boolean
}

type Native = InstanceType<typeof Libsql>
type Prepared = ReturnType<Native['prepare']> & { readonly reader: boolean }

/** A connection of a stream. */
export class HranaConnection {
  readonly #options: ConnectionOptions
  readonly #native: Native
  readonly #counters: Prepared
  readonly #refused: ReadonlySet<string>
  /** Since when it holds the write lock; undefined while it does not. */
  #lockedAt: number | undefined
  #spoiled = false
  #changed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#native = open(options)
    this.#counters = prepare(this.#native, 'SELECT total_changes(), changes(), last_insert_rowid()')
    this.#refused = offeredNames(this.#native)
  }

  get inTransaction(): boolean {
    return !this.#spoiled && this.#native.inTransaction
  }

  get lockedAt(): number | undefined {
    return this.#lockedAt
  }

  /** Whether nothing of an earlier user is left in it. */
  get clean(): boolean {
    return !this.#spoiled && !this.#changed && !this.#native.inTransaction
  }

  /** Runs one statement; outside a transaction a writing one has a transaction of its own. */
  async execute(statement: SqlStatement, sent: HranaStatement = {}): Promise<HranaStatementResult> {
    const effect = this.#admit(statement)
    const values = bindValues(sent, parametersOf(statement))
    const wantRows = sent.want_rows !== false
    if (effect === 'control') return this.#control(statement)
    if (effect === 'explain') return this.#explain(statement, values)
    if (effect !== 'write' || this.#options.readOnly) return this.#run(statement, values, wantRows)
    if (this.#native.inTransaction) {
      await this.#lock(LOCK)
      return this.#run(statement, values, wantRows)
    }
    await this.#lock('BEGIN IMMEDIATE')
    try {
      const result = this.#run(statement, values, wantRows)
      this.#exec('COMMIT')
      return result
    } finally {
      if (this.inTransaction) this.#exec('ROLLBACK')
    }
  }

  /** What a statement takes and gives, without running it. */
  describe(statement: SqlStatement): Described {
    const effect = this.#admit(statement)
    const prepared = prepare(this.#native, statement.text)
    return {
      params: parametersOf(statement).map((name) => ({ name })),
      cols: prepared.reader ? columnsOf(prepared) : [],
      is_explain: effect === 'explain',
      is_readonly: effect !== 'write',
    }
  }

  /** Rolls back what is open and closes. */
  close(): void {
    if (this.inTransaction) this.#exec('ROLLBACK')
    this.#lockedAt = undefined
    if (!this.#spoiled) this.#native.close()
  }

  #admit(statement: SqlStatement): SqlEffect {
    if (this.#spoiled) {
      throw new HranaError(
        'STREAM_EXPIRED',
        'The transaction was rolled back after an earlier failure of this stream: open another one',
      )
    }
    const effect = guardStatement(statement, this.#refused)
    // What belongs to the connection alone must not reach the next one who gets it.
    const temporary = statement.tokens.some(({ value }) => /^temp(orary)?$/i.test(value))
    if (temporary || effect === 'session') this.#changed = true
    return effect
  }

  async #control(statement: SqlStatement): Promise<HranaStatementResult> {
    const [head, mode] = statement.tokens.map((token) => token.value)
    if (head === 'begin' && (mode === 'immediate' || mode === 'exclusive')) {
      await this.#lock(statement.text)
    } else {
      this.#exec(statement.text)
    }
    return { cols: [], rows: [], affected_row_count: 0, last_insert_rowid: null }
  }

  /** Takes the write lock by running `sql` until it is free; does nothing where the lock is held. */
  async #lock(sql: string): Promise<void> {
    if (this.#lockedAt !== undefined && sql === LOCK) return
    for (const end = Date.now() + this.#options.busyMs; ;) {
      try {
        this.#exec(sql)
        // SQLite lets a reader begin an immediate transaction that is none.
        this.#lockedAt = this.#native.inTransaction ? Date.now() : undefined
        return
      } catch (error) {
        // A snapshot that is too old stays so, however long one waits.
        if (codeOf(error) !== 'SQLITE_BUSY' || Date.now() > end) throw error
        await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 8))
      }
    }
  }

  #exec(sql: string): void {
    try {
      this.#native.exec(sql)
    } finally {
      if (!this.inTransaction) this.#lockedAt = undefined
    }
  }

  #run(statement: SqlStatement, values: unknown[], wantRows: boolean): HranaStatementResult {
    const [before] = this.#count()
    try {
      const prepared = prepare(this.#native, statement.text)
      const cols = prepared.reader ? columnsOf(prepared) : []
      const rows = prepared.reader ? this.#rows(prepared, values, wantRows) : []
      if (!prepared.reader) prepared.run(values)
      const [after, changes, rowid] = this.#count()
      const wrote = after !== before
      return {
        cols,
        rows,
        affected_row_count: wrote ? Number(changes) : 0,
        last_insert_rowid: wrote ? String(rowid) : null,
      }
    } catch (error) {
      const code = codeOf(error)
      if (code.startsWith('SQLITE_BUSY') || code === 'RESPONSE_TOO_LARGE') this.#spoil()
      throw error
    } finally {
      if (!this.inTransaction) this.#lockedAt = undefined
    }
  }

  #rows(prepared: Prepared, values: unknown[], wantRows: boolean): HranaValue[][] {
    const { maxRows, maxBytes } = this.#options
    const rows: HranaValue[][] = []
    let bytes = 0
    let unsendable: unknown
    prepared.raw(true)
    for (const row of prepared.iterate(values) as Iterable<unknown[]>) {
      if (!wantRows || unsendable !== undefined) continue
      try {
        const wire = row.map(toWire)
        for (const value of wire) bytes += wireSize(value)
        rows.push(wire)
      } catch (error) {
        // The statement runs to its end first: one that is left half-way stays open.
        unsendable = error
      }
      if (rows.length > maxRows || bytes > maxBytes) {
        throw new HranaError(
          'RESPONSE_TOO_LARGE',
          `The result has more than ${maxRows} rows or ${maxBytes} bytes: ask for less at once with LIMIT`,
        )
      }
    }
    if (unsendable !== undefined) throw unsendable
    return rows
  }

  /** An explained statement counts as running until it is freed, so it gets a connection that is closed after it. */
  #explain(statement: SqlStatement, values: unknown[]): HranaStatementResult {
    const other = open({ ...this.#options, readOnly: true })
    try {
      const prepared = prepare(other, statement.text)
      const cols = columnsOf(prepared)
      const rows = this.#rows(prepared, values, true)
      return { cols, rows, affected_row_count: 0, last_insert_rowid: null }
    } finally {
      other.close()
    }
  }

  #count(): unknown[] {
    return this.#counters.raw(true).all([])[0] as unknown[]
  }

  #spoil(): void {
    this.#spoiled = true
    this.#lockedAt = undefined
    try {
      this.#native.exec('ROLLBACK')
    } catch {
      // There was no transaction, or closing ends it.
    }
    this.#native.close()
  }
}

function open({ path, readOnly }: ConnectionOptions): Native {
  const uri = `file:${path.replace(/[%?#]/g, encodeURIComponent)}?mode=ro`
  const native = new Libsql(readOnly ? uri : path)
  native.exec('PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL')
  if (readOnly) native.exec('PRAGMA query_only=ON')
  return native
}

function prepare(native: Native, sql: string): Prepared {
  const prepared = native.prepare(sql) as Prepared
  prepared.safeIntegers(true)
  return prepared
}

function columnsOf(prepared: Prepared): HranaStatementResult['cols'] {
  return prepared.columns().map(({ name, type }) => ({ name, decltype: type }))
}

function offeredNames(native: Native): ReadonlySet<string> {
  const rows = prepare(
    native,
    'SELECT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list',
  ).all([]) as { name: string }[]
  return refusedNames(rows.map(({ name }) => name))
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
