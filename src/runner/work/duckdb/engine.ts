/**
 * Batches of SQL without a Flink: our subset of its SQL over DuckDB, in this process, with the files of this host.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Outcome } from '../../../domain/work.ts'
import { createScript, type Plan, type PlannedInsert } from '../../../flow/sql/script.ts'
import { SqlError, type Statement, splitStatements } from '../../../flow/sql/split.ts'
import { copySql, scanSql, type Table } from '../../../flow/sql/table.ts'
import { typeLabel } from '../../../flow/sql/type.ts'
import { quote } from '../../../flow/sql/typed.ts'
import { failed } from '../../outcome.ts'
import type { StatementFact, StatementRows, WorkEngine, WorkRun } from '../engine.ts'
import { readScript } from '../folder.ts'
import { beginStatement } from '../statement.ts'
import type { Places } from './files.ts'
import { type Database, openDatabase } from './library.ts'
import { type Draft, forgetOutput, openOutput, type Output, type Told } from './output.ts'
import { printed, shown, shownSql } from './values.ts'

export interface DuckDbOptions {
  readonly memoryMb: number
  readonly threads: number
  /** Folders that works may read from, beside their own. */
  readonly importRoots: readonly string[]
  /** The folder that works may write to, beside their own. */
  readonly exportDir: string | null
  /** Folders with optional native packages. */
  readonly natives: readonly string[]
}

const MOST_STATEMENTS = 1000
/** Rows of an answer that are handed on; lines of a `print` that go to the log. */
const MOST_ROWS = 1000

/** The engine that is built in. */
export function duckDbEngine(options: DuckDbOptions): WorkEngine {
  return {
    name: 'duckdb',
    run: (run) => runScript(run, options),
    settled: ({ folder, key }) => forgetOutput(folder ?? options.exportDir, key),
  }
}

async function runScript(run: WorkRun, options: DuckDbOptions): Promise<Outcome> {
  if (run.spec.category !== 'FLINK_SQL')
    return failed('A JAR needs Flink: set WEFT_FLINK_URL on its runner')
  if (run.spec.mode !== 'BATCH')
    return failed('A stream needs Flink: set WEFT_FLINK_URL on its runner')
  const statements = splitStatements(await readScript(run.spec.script, run.folder))
  if (statements.length === 0) return failed('The script has no statement')
  if (statements.length > MOST_STATEMENTS)
    return failed(`The script has ${statements.length} statements, more than ${MOST_STATEMENTS}`)
  const places: Places = {
    folder: run.folder,
    readable: options.importRoots,
    writable: options.exportDir === null ? [] : [options.exportDir],
  }
  const folders = [run.folder, ...places.readable, ...places.writable].filter(
    (path) => path !== null,
  )
  const output = openOutput({ places, key: run.key, attempt: run.attempt })
  const earlier = await output.earlier()
  if (earlier) return tellAgain(earlier, run)
  const scratch = await mkdtemp(join(tmpdir(), 'weft-sql-'))
  let database: Database | undefined
  let stopping: NodeJS.Timeout | undefined
  const stop = () => {
    database?.interrupt()
    // What begins a moment later would not hear of it.
    stopping = setInterval(() => database?.interrupt(), 50)
  }
  try {
    database = await openDatabase({ ...options, scratch, folders })
    run.signal.throwIfAborted()
    run.signal.addEventListener('abort', stop)
    return await runStatements(statements, { run, database, output })
  } finally {
    await output.discard()
    run.signal.removeEventListener('abort', stop)
    clearInterval(stopping)
    database?.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Work {
  readonly run: WorkRun
  readonly database: Database
  readonly output: Output
}

/** What an attempt did that was cut off before it could say so. */
async function tellAgain({ statements, results }: Told, run: WorkRun): Promise<Outcome> {
  run.log('info', 'An earlier attempt wrote all of it: it is not written again')
  for (const fact of statements) run.statement(fact)
  for (const rows of results) await run.result(rows)
  return { state: 'succeeded' }
}

async function runStatements(statements: readonly Statement[], work: Work): Promise<Outcome> {
  const { run } = work
  const script = createScript()
  const told: { statements: StatementFact[]; results: StatementRows[] } = {
    statements: [],
    results: [],
  }
  for (const [index, statement] of statements.entries()) {
    run.signal.throwIfAborted()
    const begun = beginStatement(run, statements, index)
    try {
      const rows = await perform(script.plan(statement), { ...work, index, results: told.results })
      const done = { ...begun, status: 'FINISHED', rows, endedAt: Date.now() } as const
      told.statements.push(done)
      run.statement(done)
      run.progress((index + 1) / statements.length)
    } catch (error) {
      const status = run.signal.aborted ? 'CANCELED' : 'FAILED'
      const why = reasonOf(error)
      run.statement({ ...begun, status, endedAt: Date.now(), error: why })
      run.signal.throwIfAborted()
      run.log('error', why)
      const { line, column } = statement
      return failed(
        error instanceof SqlError
          ? why
          : `The statement at line ${line}, column ${column} failed: ${why}`,
      )
    }
  }
  run.signal.throwIfAborted()
  await work.output.commit(told)
  return { state: 'succeeded' }
}

type Step = Work & { readonly index: number; readonly results: StatementRows[] }

async function perform(plan: Plan, step: Step): Promise<number | null> {
  if (plan.kind === 'nothing') return null
  if (plan.kind === 'zone') {
    await step.database.run(`SET VARIABLE weft_zone = ${quote(plan.zone)}`)
    return null
  }
  if (plan.kind === 'inserts') return write(plan.inserts, step)
  const { run, database, index } = step
  const { columns } = plan.query
  await offer(plan.reads, step)
  const rows: unknown[][] = []
  let total = 0
  for await (const some of database.rows(shownSql(plan.query))) {
    run.signal.throwIfAborted()
    total += some.length
    for (const row of some) {
      if (rows.length >= MOST_ROWS) break
      rows.push(columns.map(({ type }, at) => shown(row[at], type)))
    }
  }
  const types = columns.map(({ name, type }) => ({ name, type: typeLabel(type) }))
  const answer = { index, columns: types, rows, total }
  step.results.push(answer)
  await run.result(answer)
  return total
}

/** Makes tables readable, with the files that they have now. */
async function offer(tables: readonly Table[], { database, output }: Work): Promise<void> {
  for (const table of tables) {
    const files = table.connector === 'filesystem' ? await output.files(table) : []
    await database.run(`CREATE OR REPLACE TEMP VIEW ${table.scan} AS ${scanSql(table, files)}`)
  }
}

/** Writes all of a statement set, and lets the rest of the run see it once all of it is written. */
async function write(inserts: readonly PlannedInsert[], step: Step): Promise<number> {
  const { run, database, output, index } = step
  const drafts: Draft[] = []
  let rows = 0
  for (const [part, insert] of inserts.entries()) {
    await offer(insert.reads, step)
    const { into, overwrite } = insert
    if (into.connector === 'print') rows += await print(insert, step)
    else if (into.connector === 'blackhole') {
      for await (const some of database.rows(insert.sql)) rows += some.length
    } else {
      const draft = await output.draft(into, { overwrite, id: `${run.key}-${index}-${part}` })
      drafts.push(draft)
      rows += await database.run(copySql(into, insert.sql, draft.file))
    }
    run.signal.throwIfAborted()
  }
  output.add(drafts)
  return rows
}

async function print({ into, sql }: PlannedInsert, { run, database }: Step): Promise<number> {
  const types = into.columns.map(({ type }) => type)
  const identifier = into.options.get('print-identifier')
  const front = identifier === undefined || identifier === '' ? '' : `${identifier}> `
  let total = 0
  for await (const some of database.rows(shownSql({ sql, columns: into.columns }))) {
    run.signal.throwIfAborted()
    for (const row of some) {
      if (total < MOST_ROWS) run.log('info', `${front}${printed(row, types)}`)
      total += 1
    }
  }
  if (total > MOST_ROWS)
    run.log('warning', `${total - MOST_ROWS} more rows of ${into.name} are not in the log`)
  return total
}

/** Why a statement failed, without the translation that nobody wrote. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split(/\n+LINE \d+:/)[0]?.trim() ?? text
}
