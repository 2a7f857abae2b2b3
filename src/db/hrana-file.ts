/**
 * The streams of a database file: who holds which connection, for how long, and what each request does with it.
 * @module
 */
import { HranaConnection } from './hrana-connection.ts'
import { HranaError, toFailure } from './hrana-error.ts'
import type {
  HranaAnswer,
  HranaBatch,
  HranaBatchResult,
  HranaCaller,
  HranaCondition,
  HranaDatabase,
  HranaRequest,
  HranaResult,
  HranaSql,
} from './hrana-type.ts'
import { type SqlStatement, splitStatements } from './sql-text.ts'

const MIB = 1024 * 1024

export interface HranaFileOptions {
  /** Path of the database file, which must be there. */
  readonly path: string
  /** How long a writer waits for the lock, in milliseconds. */
  readonly busyMs?: number
  /** How long a stream may rest between two calls, in milliseconds. */
  readonly idleMs?: number
  /** How long a stream may keep the write lock over several calls: shorter than others wait for it. */
  readonly holdMs?: number
  /** Most streams at once. */
  readonly maxStreams?: number
  /** Most SQL texts that one stream may store. */
  readonly maxTexts?: number
  readonly maxRows?: number
  readonly maxBytes?: number
}

const DEFAULTS = {
  busyMs: 5000,
  idleMs: 10_000,
  holdMs: 4000,
  maxStreams: 128,
  maxTexts: 256,
  maxRows: 200_000,
  maxBytes: 32 * MIB,
}
const POOL = 16

/** Serves the database file at `path`. */
export function openHranaFile(options: HranaFileOptions): HranaDatabase {
  return new FileStreams({ ...DEFAULTS, ...options })
}

interface Stream {
  readonly caller: HranaCaller
  readonly connection: HranaConnection
  readonly texts: Map<number, string>
  closed: boolean
}

interface Parked {
  readonly stream: Stream
  readonly timer: ReturnType<typeof setTimeout>
}

class FileStreams implements HranaDatabase {
  readonly #options: typeof DEFAULTS & { readonly path: string }
  readonly #parked = new Map<string, Parked>()
  readonly #idle = { read: [] as HranaConnection[], write: [] as HranaConnection[] }
  #open = 0
  #closed = false

  constructor(options: typeof DEFAULTS & { readonly path: string }) {
    this.#options = options
  }

  pipeline(
    caller: HranaCaller,
    call: { readonly baton: string | null; readonly requests: readonly HranaRequest[] },
  ): Promise<HranaAnswer<HranaResult[]>> {
    return this.#within(caller, call.baton, async (stream) => {
      const results: HranaResult[] = []
      for (const request of call.requests) results.push(await this.#answer(stream, request))
      return results
    })
  }

  batch(
    caller: HranaCaller,
    call: { readonly baton: string | null; readonly batch: HranaBatch },
  ): Promise<HranaAnswer<HranaBatchResult>> {
    return this.#within(caller, call.baton, (stream) => runBatch(stream, call.batch))
  }

  close(): void {
    this.#closed = true
    for (const { stream, timer } of this.#parked.values()) {
      clearTimeout(timer)
      stream.connection.close()
    }
    this.#parked.clear()
    for (const connection of [...this.#idle.read, ...this.#idle.write]) connection.close()
    this.#idle.read.length = 0
    this.#idle.write.length = 0
  }

  async #within<T>(
    caller: HranaCaller,
    baton: string | null,
    work: (stream: Stream) => Promise<T>,
  ): Promise<HranaAnswer<T>> {
    const stream = baton === null ? this.#start(caller) : this.#take(caller, baton)
    let finished = false
    try {
      const results = await work(stream)
      finished = true
      if (stream.closed || this.#closed) return { baton: null, results }
      return { baton: this.#park(stream), results }
    } finally {
      if (!finished || stream.closed || this.#closed) this.#release(stream)
    }
  }

  async #answer(stream: Stream, request: HranaRequest): Promise<HranaResult> {
    try {
      const response = await respond(stream, request, this.#options.maxTexts)
      return { type: 'ok', response: { type: request.type, ...response } }
    } catch (error) {
      return { type: 'error', error: toFailure(error) }
    }
  }

  #start(caller: HranaCaller): Stream {
    if (this.#open >= this.#options.maxStreams || this.#closed) {
      throw new HranaError(
        'STREAM_LIMIT',
        `${this.#options.maxStreams} streams are open already: close some, or try again`,
      )
    }
    const { path, busyMs, maxRows, maxBytes } = this.#options
    const { readOnly } = caller
    const connection =
      this.#idle[readOnly ? 'read' : 'write'].pop() ??
      new HranaConnection({ path, readOnly, busyMs, maxRows, maxBytes })
    this.#open++
    return { caller, connection, texts: new Map(), closed: false }
  }

  #take(caller: HranaCaller, baton: string): Stream {
    const parked = this.#parked.get(baton)
    if (parked?.stream.caller.owner !== caller.owner) {
      throw new HranaError(
        'STREAM_EXPIRED',
        'The stream is gone and its transaction was rolled back: ' +
          `it rested for ${this.#options.idleMs} ms, kept the write lock for ${this.#options.holdMs} ms, ` +
          'or the server was started anew. Begin again',
      )
    }
    clearTimeout(parked.timer)
    this.#parked.delete(baton)
    return parked.stream
  }

  #park(stream: Stream): string {
    const baton = crypto.randomUUID()
    const { lockedAt } = stream.connection
    const { idleMs, holdMs } = this.#options
    const rest =
      lockedAt === undefined
        ? idleMs
        : Math.min(idleMs, Math.max(0, lockedAt + holdMs - Date.now()))
    const timer = setTimeout(() => {
      this.#parked.delete(baton)
      this.#release(stream)
    }, rest)
    this.#parked.set(baton, { stream, timer })
    return baton
  }

  #release({ caller, connection }: Stream): void {
    this.#open--
    const idle = this.#idle[caller.readOnly ? 'read' : 'write']
    if (connection.clean && idle.length < POOL && !this.#closed) idle.push(connection)
    else connection.close()
  }
}

async function respond(stream: Stream, request: HranaRequest, maxTexts: number): Promise<object> {
  if (stream.closed) throw new HranaError('STREAM_EXPIRED', 'The stream was closed before')
  switch (request.type) {
    case 'execute':
      return {
        result: await stream.connection.execute(oneStatement(stream, request.stmt), request.stmt),
      }
    case 'batch':
      return { result: await runBatch(stream, request.batch) }
    case 'sequence':
      for (const statement of splitStatements(textOf(stream, request))) {
        await stream.connection.execute(statement, { want_rows: false })
      }
      return {}
    case 'describe':
      return { result: stream.connection.describe(oneStatement(stream, request)) }
    case 'store_sql':
      if (stream.texts.size >= maxTexts && !stream.texts.has(request.sql_id)) {
        throw new HranaError('PROTOCOL', `The stream stores ${maxTexts} SQL texts already`)
      }
      stream.texts.set(request.sql_id, request.sql)
      return {}
    case 'close_sql':
      stream.texts.delete(request.sql_id)
      return {}
    case 'get_autocommit':
      return { is_autocommit: !stream.connection.inTransaction }
    case 'close':
      stream.closed = true
      return {}
  }
}

async function runBatch(stream: Stream, { steps }: HranaBatch): Promise<HranaBatchResult> {
  const outcome: HranaBatchResult = { step_results: [], step_errors: [] }
  for (const [index, { stmt, condition }] of steps.entries()) {
    outcome.step_results.push(null)
    outcome.step_errors.push(null)
    try {
      if (condition && !holds(condition, { outcome, stream, index })) continue
      outcome.step_results[index] = await stream.connection.execute(
        oneStatement(stream, stmt),
        stmt,
      )
    } catch (error) {
      outcome.step_errors[index] = toFailure(error)
    }
  }
  return outcome
}

function holds(
  condition: HranaCondition,
  at: { readonly outcome: HranaBatchResult; readonly stream: Stream; readonly index: number },
): boolean {
  switch (condition.type) {
    case 'ok':
    case 'error': {
      if (condition.step >= at.index) {
        throw new HranaError(
          'PROTOCOL',
          `Step ${at.index} asks for step ${condition.step}, which is not before it`,
        )
      }
      const { step_results: results, step_errors: errors } = at.outcome
      return (condition.type === 'ok' ? results : errors)[condition.step] !== null
    }
    case 'not':
      return !holds(condition.cond, at)
    case 'and':
      return condition.conds.every((one) => holds(one, at))
    case 'or':
      return condition.conds.some((one) => holds(one, at))
    case 'is_autocommit':
      return !at.stream.connection.inTransaction
  }
}

function oneStatement(stream: Stream, sql: HranaSql): SqlStatement {
  const statements = splitStatements(textOf(stream, sql))
  if (statements.length === 1) return statements[0]
  throw statements.length === 0
    ? new HranaError('SQL_NO_STATEMENT', 'The SQL text has no statement')
    : new HranaError(
        'SQL_MANY_STATEMENTS',
        'The SQL text has several statements: send them as a sequence (executeMultiple)',
      )
}

function textOf(stream: Stream, { sql, sql_id: id }: HranaSql): string {
  const text = sql ?? stream.texts.get(id ?? Number.NaN)
  if (text === undefined) {
    throw new HranaError('SQL_NOT_FOUND', `SQL text ${id ?? ''} was not stored in this stream`)
  }
  return text
}
