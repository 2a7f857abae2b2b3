/**
 * The data sets that this runner's parties offer: the list that their owner keeps, and reading what is on it.
 *
 * The list is a JSON file, `WEFT_DATASETS` or `datasets.json` in the data directory:
 *
 *     [{ "name": "loans.csv", "party": "9999", "source": { "type": "csv", "path": "loans.csv" },
 *        "index": "uid", "features": ["age", "job"] }]
 *
 * or `{ "type": "sqlite", "path": "loans.db", "table": "loans" }`, a table or view of a SQLite or libSQL file.
 * Only what is listed can be asked for, column by column, and only by its name: no caller learns where it lies.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { z } from 'zod'

import type { Column, Frame } from '../../compute/ml/frame.ts'
import type { OfferedDataset } from '../../domain/work.ts'
import { CsvSource, openCsvSource } from './source/csv.ts'
import { openSqliteSource, SqliteSource } from './source/sqlite.ts'

const Source = z.discriminatedUnion('type', [CsvSource, SqliteSource])

const Entry = z.strictObject({
  name: z.string().min(1).max(200),
  party: z.string().min(1).optional(),
  source: Source,
  index: z.string().min(1),
  /** `*` for every column of the source. */
  features: z.union([z.literal('*'), z.array(z.string().min(1)).min(1).max(100_000)]),
})

/** A data set on the list. Paths are whole. */
export interface DatasetEntry extends z.output<typeof Entry> {
  readonly party: string
}

/** The columns of a source, and its rows in parts; the ids come from the column that was asked for. */
export interface SourceTable {
  readonly columns: readonly string[]
  readonly parts: AsyncIterable<Frame>
  close(): Promise<void>
}

/**
 * Reads the list; none where the file is not there. Throws a sentence that names the file and the entry at fault.
 * `parties` are those that the runner serves, null for every one.
 */
export async function readDatasetList(
  path: string,
  { parties }: { readonly parties: readonly string[] | null },
): Promise<readonly DatasetEntry[]> {
  const text = await textOf(path)
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
    return { ...entry, party, source: withWholePath(entry.source, dirname(path)) }
  })
}

/** What the server may know of a data set: its columns and whether they are numbers, by its first rows. */
export async function describeDataset(entry: DatasetEntry): Promise<OfferedDataset> {
  const table = await openSource(entry)
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
    return { party: entry.party, name: entry.name, index: entry.index, features }
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
  const table = await openSource(entry)
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

async function openSource({ source, index, name }: DatasetEntry): Promise<SourceTable> {
  if (source.type === 'sqlite') return openSqliteSource(source, { index, name })
  return openCsvSource(source, { index, name })
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

function withWholePath<S extends z.output<typeof Source>>(source: S, folder: string): S {
  return { ...source, path: resolve(folder, source.path) }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}
