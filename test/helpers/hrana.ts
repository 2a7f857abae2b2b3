/**
 * A small Hrana server over HTTP (version 2, JSON) on a libSQL file, so that the remote driver and the edge
 * bundle can be tested against a real database with nothing installed.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import Libsql from 'libsql'

type Value =
  | { type: 'null' }
  | { type: 'integer' | 'text'; value: string }
  | { type: 'float'; value: number }
  | { type: 'blob'; base64: string }

interface Statement {
  sql?: string
  sql_id?: number
  args?: Value[]
  named_args?: { name: string; value: Value }[]
}

interface Request {
  type: string
  stmt?: Statement
  batch?: { steps: { stmt: Statement; condition?: Condition | null }[] }
  sql?: string
  sql_id?: number
}

type Condition =
  | { type: 'ok' | 'error'; step: number }
  | { type: 'not'; cond: Condition }
  | { type: 'and' | 'or'; conds: Condition[] }
  | { type: 'is_autocommit' }

export interface HranaServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves the database file at `path` on a free loopback port. */
export async function serveHrana(path: string): Promise<HranaServer> {
  const streams = new Map<string, Stream>()
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (request.method === 'GET') return { status: 200, body: {} }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { baton, requests } = JSON.parse(Buffer.concat(chunks).toString()) as {
      baton?: string | null
      requests: Request[]
    }
    const stream = baton ? streams.get(baton) : new Stream(path)
    if (!stream) return { status: 400, body: { message: 'The stream has expired' } }
    if (baton) streams.delete(baton)
    const results = []
    for (const one of requests) {
      try {
        results.push({ type: 'ok', response: { type: one.type, ...(await stream.run(one)) } })
      } catch (error) {
        results.push({ type: 'error', error: toError(error) })
      }
    }
    const next = stream.closed ? null : randomBytes(16).toString('hex')
    if (next !== null) streams.set(next, stream)
    return { status: 200, body: { baton: next, base_url: null, results } }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const stream of streams.values()) stream.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

class Stream {
  readonly #db: InstanceType<typeof Libsql>
  readonly #texts = new Map<number, string>()
  closed = false

  constructor(path: string) {
    this.#db = new Libsql(path)
    this.#db.exec('PRAGMA foreign_keys=ON')
  }

  async run(request: Request): Promise<object> {
    switch (request.type) {
      case 'execute':
        return { result: await this.#execute(request.stmt ?? {}) }
      case 'batch':
        return { result: await this.#batch(request.batch?.steps ?? []) }
      case 'sequence':
        await untilFree(() => this.#db.exec(this.#text(request)))
        return {}
      case 'store_sql':
        this.#texts.set(request.sql_id ?? 0, request.sql ?? '')
        return {}
      case 'close_sql':
        this.#texts.delete(request.sql_id ?? 0)
        return {}
      case 'get_autocommit':
        return { is_autocommit: !this.#db.inTransaction }
      case 'close':
        this.close()
        return {}
      default:
        throw new Error(`Unknown request ${request.type}`)
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#db.close()
  }

  #text(statement: { sql?: string; sql_id?: number }): string {
    const text = statement.sql ?? this.#texts.get(statement.sql_id ?? -1)
    if (text === undefined) throw new Error('The SQL text was not stored')
    return text
  }

  async #execute(statement: Statement): Promise<object> {
    const sql = this.#text(statement)
    if (/^\s*(begin|commit|end|rollback)\b/i.test(sql)) {
      await untilFree(() => this.#db.exec(sql))
      return { cols: [], rows: [], affected_row_count: 0, last_insert_rowid: null }
    }
    const prepared = this.#db.prepare(sql)
    prepared.safeIntegers(true)
    const args = (statement.args ?? []).map(decode)
    if (!(prepared as unknown as { reader: boolean }).reader) {
      const { changes, lastInsertRowid } = prepared.run(args)
      return {
        cols: [],
        rows: [],
        affected_row_count: Number(changes),
        last_insert_rowid: String(lastInsertRowid),
      }
    }
    prepared.raw(true)
    const rows = (prepared.all(args) as unknown[][]).map((row) => row.map(encode))
    const cols = prepared.columns().map((column) => ({ name: column.name, decltype: column.type }))
    return { cols, rows, affected_row_count: rows.length, last_insert_rowid: null }
  }

  async #batch(steps: { stmt: Statement; condition?: Condition | null }[]): Promise<object> {
    const step_results: (object | null)[] = []
    const step_errors: (object | null)[] = []
    const holds = (condition: Condition | null | undefined): boolean => {
      if (!condition) return true
      switch (condition.type) {
        case 'ok':
          return step_results[condition.step] !== null
        case 'error':
          return step_errors[condition.step] !== null
        case 'not':
          return !holds(condition.cond)
        case 'and':
          return condition.conds.every(holds)
        case 'or':
          return condition.conds.some(holds)
        case 'is_autocommit':
          return !this.#db.inTransaction
      }
    }
    for (const { stmt, condition } of steps) {
      const index = step_results.push(null) - 1
      step_errors.push(null)
      if (!holds(condition)) continue
      try {
        step_results[index] = await this.#execute(stmt)
      } catch (error) {
        step_errors[index] = toError(error)
      }
    }
    return { step_results, step_errors }
  }
}

async function untilFree(attempt: () => void): Promise<void> {
  for (const end = Date.now() + 5000; ;) {
    try {
      attempt()
      return
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

function toError(error: unknown): { message: string; code: string } {
  const { message, code } = error as { message: string; code?: string }
  return { message, code: code ?? 'SQLITE_ERROR' }
}

function decode(value: Value): unknown {
  if (value.type === 'null') return null
  if (value.type === 'integer') return BigInt(value.value)
  if (value.type === 'blob') return Buffer.from(value.base64, 'base64')
  return value.value
}

function encode(value: unknown): Value {
  if (value === null || value === undefined) return { type: 'null' }
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) }
  if (typeof value === 'number') return { type: 'float', value }
  if (typeof value === 'string') return { type: 'text', value }
  return { type: 'blob', base64: Buffer.from(value as Uint8Array).toString('base64') }
}
