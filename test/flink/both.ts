/**
 * One statement on the real Flink and on the engine that is built in, and how their answers differ.
 * @module
 */
import type { TaskOrder, WorkRunSpec } from '../../src/domain/work.ts'
import { splitStatements } from '../../src/flow/sql/split.ts'
import { duckDbEngine } from '../../src/runner/work/duckdb/engine.ts'
import type { StatementFact, StatementRows, WorkRun } from '../../src/runner/work/engine.ts'
import { sqlGateway } from '../../src/runner/work/flink/gateway.ts'
import { service } from '../../src/runner/work/flink/http.ts'

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** A session of the gateway in which statements are batches, one after the other. */
export async function flinkSession(url: string): Promise<{
  ask(script: string): Promise<Answer>
  close(): Promise<void>
}> {
  const session = await sqlGateway(service(url)).open('cross-check', {
    'execution.runtime-mode': 'batch',
    'table.dml-sync': 'true',
    'table.local-time-zone': 'UTC',
    'parallelism.default': '1',
  })
  return {
    async ask(script) {
      let answer: Answer = { columns: [], rows: [] }
      for (const { text } of splitStatements(script)) {
        const operation = await session.execute(text)
        let page = await session.result(operation, null)
        while (!page.ready) page = await session.result(operation, null)
        const { columns } = page
        const rows = page.rows.map(({ fields }) => fields)
        while (page.next !== null) {
          page = await session.result(operation, page.next)
          rows.push(...page.rows.map(({ fields }) => fields))
        }
        answer = { columns, rows }
      }
      return answer
    },
    close: () => session.close(),
  }
}

export interface LocalRun {
  readonly answers: readonly StatementRows[]
  readonly log: readonly string[]
  readonly statements: readonly StatementFact[]
  /** Null where it succeeded. */
  readonly reason: string | null
}

/** A script on the engine that is built in. */
export async function runLocal(
  script: string,
  options: {
    folder?: string
    signal?: AbortSignal
    key?: string
    attempt?: number
    /** False: the runner is lost before the server has heard of the end. */
    settled?: boolean
    spec?: Partial<WorkRunSpec>
  } = {},
): Promise<LocalRun> {
  const answers: StatementRows[] = []
  const log: string[] = []
  const statements: StatementFact[] = []
  const spec: WorkRunSpec = {
    type: 'work',
    engine: 'duckdb',
    workId: 'w',
    name: 'a work',
    category: 'FLINK_SQL',
    mode: 'BATCH',
    script,
    directory: null,
    mainClass: null,
    params: [],
    javaVersion: null,
    savepoint: null,
    timeLimitMs: null,
    ...options.spec,
  }
  const run: WorkRun = {
    spec,
    attempt: options.attempt ?? 1,
    key: options.key ?? '0'.repeat(32),
    again: (options.attempt ?? 1) > 1,
    signal: options.signal ?? new AbortController().signal,
    folder: options.folder ?? null,
    log: (_, text) => void log.push(text),
    progress: () => undefined,
    fact: () => undefined,
    statement: (fact) => void (statements[fact.index] = fact),
    result: (rows) => {
      answers.push(rows)
      return Promise.resolve()
    },
    orders: () => Promise.resolve<TaskOrder[]>([]),
  }
  const engine = duckDbEngine({
    memoryMb: 1000,
    threads: 2,
    importRoots: [],
    exportDir: null,
    natives: [],
  })
  const outcome = await engine.run(run)
  if (options.settled !== false) await engine.settled?.(run)
  return {
    answers,
    log,
    statements,
    reason: outcome.state === 'succeeded' ? null : (outcome.reason ?? ''),
  }
}

/** How two answers differ, in sentences. */
export function differences(flink: Answer, local: Answer, ordered: boolean): string[] {
  const found: string[] = []
  const heads = [flink, local].map(({ columns }) =>
    columns.map(({ name, type }) => `${name} ${type}`),
  )
  for (let index = 0; index < Math.max(heads[0]?.length ?? 0, heads[1]?.length ?? 0); index += 1) {
    const [a, b] = heads.map((head) => head[index])
    if (a !== b) found.push(`column ${index + 1}: ${a} at Flink, ${b} here`)
  }
  const [a = [], b = []] = [flink, local].map(({ rows }) => {
    const lines = rows.map((row) => JSON.stringify(row.map(plain)))
    return ordered ? lines : lines.toSorted()
  })
  if (a.length !== b.length) found.push(`${a.length} rows at Flink, ${b.length} here`)
  for (const [index, line] of a.entries()) {
    if (line !== b[index]) found.push(`row ${index + 1}: ${line} at Flink, ${b[index]} here`)
  }
  return found
}

/** The gateway's JSON has numbers of any length, of which a double remains. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, plain(own)]))
  if (typeof value === 'string' && /^-?\d{12,}(?:\.\d+)?$|^-?\d+\.\d{12,}$/.test(value))
    return Number(value)
  return Object.is(value, -0) ? 0 : value
}
