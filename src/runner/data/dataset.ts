/**
 * The data sets that this runner's parties offer: the list that their owner keeps, and reading what is on it.
 *
 * The list is a JSON file, `WEFT_DATASETS` or `datasets.json` in the data directory:
 *
 *     [{ "name": "loans.csv", "party": "9999", "source": { "type": "csv", "path": "loans.csv" },
 *        "index": "uid", "features": ["age", "job"] }]
 *
 * Other sources, of which a table or view is named:
 *
 *     { "type": "parquet", "path": "loans.parquet" }
 *     { "type": "sqlite", "path": "loans.db", "table": "loans" }
 *     { "type": "libsql", "url": "https://db.example", "table": "loans", "token": { "file": "token" } }
 *     { "type": "postgres", "host": "db", "database": "bank", "table": "loans", "user": "weft",
 *       "password": { "env": "BANK_PASSWORD" }, "tls": "verify", "ca": "bank.pem" }
 *     { "type": "mysql", … as of PostgreSQL, without "schema" }, or "mariadb"
 *
 * `"maxEpsilon": 3` beside them is how much all trainings may tell of any one of its labels together, by differential
 * privacy; one that would exceed it, or adds no noise, is refused by the server, which counts.
 *
 * A password stands in a variable of the runner's environment or in a file, never in the list. Only what is listed can be asked for, column by column, and only by its name: no caller learns where it lies.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { z } from 'zod'

import type { Column, Frame } from '../../compute/ml/frame.ts'
import type { OfferedDataset } from '../../domain/work.ts'
import { absent } from '../absent.ts'
import { CsvSource, openCsvSource } from './source/csv.ts'
import { LibsqlSource, openLibsqlSource } from './source/libsql.ts'
import { MysqlSource, openMysqlSource } from './source/mysql.ts'
import { openParquetSource, ParquetSource } from './source/parquet.ts'
import { openPostgresSource, PostgresSource } from './source/postgres.ts'
import type { Wanted } from './source/rows.ts'
import type { HeldSecret } from './source/secret.ts'
import { openSqliteSource, SqliteSource } from './source/sqlite.ts'

const Source = z.discriminatedUnion('type', [
  CsvSource,
  ParquetSource,
  SqliteSource,
  LibsqlSource,
  PostgresSource,
  MysqlSource,
])

const Entry = z.strictObject({
  name: z.string().min(1).max(200),
  party: z.string().min(1).optional(),
  source: Source,
  index: z.string().min(1),
  /** `*` for every column of the source. */
  features: z.union([z.literal('*'), z.array(z.string().min(1)).min(1).max(100_000)]),
  /** What trainings may promise of its labels together, at most; any number of trainings without it. */
  maxEpsilon: z.number().positive().max(1e6).optional(),
})

/** A data set on the list. Paths are whole. */
export interface DatasetEntry extends z.output<typeof Entry> {
  readonly party: string
}

/** A source that was opened; the ids come from the column that was asked for. */
export interface SourceTable {
  /** Every column that it has beside the ids. */
  readonly columns: readonly string[]
  /** Its rows: of the columns those that were asked for, where the source can choose. */
  readonly parts: AsyncIterable<Frame>
  close(): Promise<void>
}

/**
 * Reads the list; none where the file is not there. Throws a sentence that names the file and the entry at fault.
 * `parties` are those that the runner serves, null for every one.
 */
export async function readDatasetList(
  path: string,
  {
    parties,
    env = {},
  }: {
    readonly parties: readonly string[] | null
    /** Where passwords may be. */
    readonly env?: Readonly<Record<string, string | undefined>>
  },
): Promise<readonly DatasetEntry[]> {
  const text = await readFile(path, 'utf8').catch(absent)
  if (text === undefined) return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Error(`The list of data sets ${path} is not valid JSON`, { cause })
  }
  const parsed = z.array(Entry).safeParse(value)
  if (!parsed.success) {
    throw new Error(
      `The list of data sets ${path} is not usable:\n${z.prettifyError(parsed.error)}`,
    )
  }
  const seen = new Set<string>()
  return parsed.data.map((entry) => {
    const party = entry.party ?? onlyParty(entry.name, parties)
    if (parties !== null && !parties.includes(party)) {
      throw new Error(
        `${path}: data set "${entry.name}" is of party ${party}, which this runner does not serve (WEFT_PARTIES)`,
      )
    }
    const key = JSON.stringify([party, entry.name])
    if (seen.has(key)) {
      throw new Error(
        `${path}: party ${party} has two data sets "${entry.name}": names must differ`,
      )
    }
    seen.add(key)
    return { ...entry, party, source: withPlaces(entry.source, { folder: dirname(path), env }) }
  })
}

/** What the server may know of a data set: its columns and whether they are numbers, by its first rows. */
export async function describeDataset(entry: DatasetEntry): Promise<OfferedDataset> {
  const table = await openSource(entry, entry.features)
  try {
    const names = offered(entry, table.columns)
    let first: Frame | undefined
    for await (const part of table.parts) {
      first = part
      break
    }
    const features = names.map((name) => {
      const values = first?.columns.find((column) => column.name === name)
      return { name, dtype: values && isNumeric(values) ? ('float' as const) : ('string' as const) }
    })
    const { party, name, index, maxEpsilon } = entry
    return { party, name, index, features, ...(maxEpsilon === undefined ? {} : { maxEpsilon }) }
  } finally {
    await table.close()
  }
}

/** The ids and the named columns of a data set, as texts. Throws for a column that its owner does not offer. */
export async function loadDataset(
  entry: DatasetEntry,
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<Frame> {
  const listed = entry.features
  // What is not listed is not even read.
  const asked = listed === '*' ? columns : columns.filter((name) => listed.includes(name))
  const table = await openSource(entry, asked)
  try {
    const names = new Set(offered(entry, table.columns))
    const missing = columns.filter((name) => !names.has(name))
    if (missing.length > 0) {
      throw new Error(
        `Data set "${entry.name}" of party ${entry.party} does not offer ${missing.map((name) => `"${name}"`).join(', ')}`,
      )
    }
    const ids: string[] = []
    const values = columns.map((): string[] => [])
    for await (const part of table.parts) {
      signal?.throwIfAborted()
      for (const id of part.ids) ids.push(id)
      columns.forEach((name, at) => {
        const found = part.columns.find((column) => column.name === name)
        for (const value of found?.values ?? []) values[at].push(String(value))
      })
    }
    return {
      kind: 'raw',
      idName: entry.index,
      ids,
      columns: columns.map((name, at): Column => ({ name, type: 'text', values: values[at] })),
    }
  } finally {
    await table.close()
  }
}

function openSource(
  { source, index, name }: DatasetEntry,
  columns: Wanted['columns'],
): Promise<SourceTable> {
  const wanted = { index, name, columns }
  switch (source.type) {
    case 'csv':
      return openCsvSource(source, wanted)
    case 'parquet':
      return openParquetSource(source, wanted)
    case 'sqlite':
      return openSqliteSource(source, wanted)
    case 'libsql':
      return openLibsqlSource(source, wanted)
    case 'postgres':
      return openPostgresSource(source, wanted)
    case 'mysql':
    case 'mariadb':
      return openMysqlSource(source, wanted)
  }
}

/** The columns that are offered; throws where the source lacks one. */
function offered(entry: DatasetEntry, columns: readonly string[]): readonly string[] {
  if (entry.features === '*') return columns
  const missing = entry.features.filter((name) => !columns.includes(name))
  if (missing.length === 0) return entry.features
  throw new Error(
    `Data set "${entry.name}" offers ${missing.map((name) => `"${name}"`).join(', ')}, which its source does not ` +
      `have: it has ${columns.join(', ') || 'no columns'}`,
  )
}

function isNumeric({ values }: Column): boolean {
  const texts = Array.from(values as ArrayLike<unknown>, (value) => String(value).trim())
  const filled = texts.filter((text) => text !== '')
  return filled.length > 0 && filled.every((text) => Number.isFinite(Number(text)))
}

function onlyParty(name: string, parties: readonly string[] | null): string {
  if (parties?.length === 1) return parties[0]
  throw new Error(
    `Data set "${name}" names no party, and this runner serves ${parties === null ? 'every one' : 'several'}: add "party" to it`,
  )
}

/** The source with whole paths, and with what the variables say that it names. */
function withPlaces<S extends z.output<typeof Source>>(
  source: S,
  around: { folder: string; env: Readonly<Record<string, string | undefined>> },
): S {
  const held = (secret: HeldSecret): HeldSecret =>
    'env' in secret
      ? { ...secret, text: around.env[secret.env] }
      : { file: resolve(around.folder, secret.file) }
  return {
    ...source,
    ...('ca' in source && source.ca ? { ca: resolve(around.folder, source.ca) } : {}),
    ...('path' in source ? { path: resolve(around.folder, source.path) } : {}),
    ...('password' in source && source.password ? { password: held(source.password) } : {}),
    ...('token' in source && source.token ? { token: held(source.token) } : {}),
  }
}
