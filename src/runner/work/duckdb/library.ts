/**
 * DuckDB, which is loaded when a script first needs it: it is an optional package.
 * @module
 */
import type { DuckDBConnection, DuckDBVector, DuckDBDataChunk } from '@duckdb/node-api'

import { MACROS, NATIVES } from '../../../flow/sql/natives.ts'
import { findNative, loadNative } from '../../natives.ts'

export interface DatabaseLimits {
  readonly memoryMb: number
  readonly threads: number
  /** Where it puts what does not fit into memory. */
  readonly scratch: string
  /** The only folders whose files it may open. */
  readonly folders: readonly string[]
  /** Folders with optional native packages, where it is not installed with this program. */
  readonly natives: readonly string[]
}

type DuckDb = typeof import('@duckdb/node-api')

/** DuckDB, installed with this program or in one of the folders. Rejects with a sentence where it is neither, or does not load. */
export async function loadDuckDb(natives: readonly string[]): Promise<DuckDb> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    if (findNative(DUCKDB, natives)) return loadNative(DUCKDB, natives) as DuckDb
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new Error(
      `This host has no DuckDB, which runs SQL where there is no Flink: npm install --prefix ${natives[0] ?? '.'} ${DUCKDB} (${why})`,
      { cause: error },
    )
  }
}

const DUCKDB = '@duckdb/node-api'

export interface Database {
  /** Runs a statement; how many rows it wrote. */
  run(sql: string): Promise<number>
  /** The rows of a query, some thousands at a time. */
  rows(sql: string): AsyncGenerator<readonly (readonly unknown[])[]>
  /** Stops what runs. */
  interrupt(): void
  close(): void
}

/** An empty database in memory that reaches no network, loads no extension and opens no file elsewhere. */
export async function openDatabase(limits: DatabaseLimits): Promise<Database> {
  const duckdb = await loadDuckDb(limits.natives)
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryMb}MB`,
    temp_directory: limits.scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const types = { DOUBLE: duckdb.DOUBLE, FLOAT: duckdb.FLOAT, VARCHAR: duckdb.VARCHAR }
  for (const { name, arguments: parameters, run } of NATIVES) {
    connection.registerScalarFunction(
      duckdb.DuckDBScalarFunction.create({
        name,
        parameterTypes: parameters.map((type) => types[type]),
        returnType: duckdb.VARCHAR,
        mainFunction: (_, input, output) => applyRows(run, input, output),
      }),
    )
  }
  const folders = [...limits.folders, limits.scratch].map(
    (path) => `'${path.replaceAll("'", "''")}'`,
  )
  for (const sql of [
    ...MACROS,
    "SET TimeZone = 'UTC'",
    "SET VARIABLE weft_zone = 'UTC'",
    `SET allowed_directories = [${folders.join(', ')}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ])
    await connection.run(sql)
  return {
    run: async (sql) => (await connection.run(sql)).rowsChanged,
    rows: (sql) => streamRows(connection, sql),
    interrupt: () => connection.interrupt(),
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function* streamRows(
  connection: DuckDBConnection,
  sql: string,
): AsyncGenerator<readonly (readonly unknown[])[]> {
  const result = await connection.stream(sql)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield chunk.getRows()
  }
}

function applyRows(
  run: (typeof NATIVES)[number]['run'],
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void {
  const columns = Array.from({ length: input.columnCount }, (_, index) =>
    input.getColumnVector(index),
  )
  for (let row = 0; row < input.rowCount; row += 1) {
    const values = columns.map((column) => column.getItem(row) as number | string | null)
    const isWhole = values.every((value) => value !== null)
    output.setItem(row, isWhole ? run(...values.filter((value) => value !== null)) : null)
  }
  output.flush()
}
