/**
 * A data set in a table or view of a SQLite or libSQL file.
 * @module
 */
import { existsSync } from 'node:fs'

import Libsql from 'libsql'
import { z } from 'zod'

import type { Column, Frame } from '../../../compute/ml/frame.ts'
import type { SourceTable } from '../dataset.ts'

/** How the owner names such a table. */
export const SqliteSource = z.strictObject({
  type: z.literal('sqlite'),
  /** Relative to the list. */
  path: z.string().min(1),
  table: z.string().min(1),
})

const ROWS_AT_ONCE = 4096

/** Opens the table to be read only. Throws a sentence that names the data set and not the path, its owner's alone. */
export function openSqliteSource(
  source: z.output<typeof SqliteSource>,
  dataset: { readonly index: string; readonly name: string },
): Promise<SourceTable> {
  const { index, name } = dataset
  const unusable = (why: string, cause?: unknown) =>
    new Error(`The table of data set "${name}" ${why}: see the list of data sets of its runner`, {
      cause,
    })
  // Opened for reading only, a file that is missing is not made.
  if (!existsSync(source.path)) throw unusable('lies in a file that is not there')
  const db = new Libsql(source.path, { readonly: true })
  try {
    db.exec('pragma query_only = on')
    const known = db
      .prepare('select name from pragma_table_info(?)')
      .all(source.table)
      .map((row) => String((row as { name: unknown }).name))
    if (known.length === 0) throw unusable(`"${source.table}" is not there`)
    if (!known.includes(index)) throw unusable(`has no column "${index}"`)
    const columns = known.filter((column) => column !== index)
    // Casts leave numbers as SQLite writes them, of whatever size.
    const list = [index, ...columns].map((column) => `cast(${quoted(column)} as text)`).join(', ')
    const rows = db.prepare(`select ${list} from ${quoted(source.table)}`).raw(true)
    return Promise.resolve({
      columns,
      parts: partsOf(rows.iterate(), { index, columns, name }),
      close: () => {
        db.close()
        return Promise.resolve()
      },
    })
  } catch (error) {
    db.close()
    if (error instanceof Error && error.message.startsWith('The table of')) throw error
    throw unusable('cannot be read', error)
  }
}

async function* partsOf(
  rows: IterableIterator<unknown>,
  of: { index: string; columns: readonly string[]; name: string },
): AsyncGenerator<Frame> {
  const seen = new Set<string>()
  let part: (string | null)[][] = []
  for (const row of rows) {
    // Every column is cast to text.
    const cells = row as (string | null)[]
    const [id] = cells
    if (id === null || id === '') throw new Error(`Data set "${of.name}" has a row without an id`)
    if (seen.has(id)) throw new Error(`Data set "${of.name}" has an id more than once`)
    seen.add(id)
    part.push(cells)
    if (part.length < ROWS_AT_ONCE) continue
    yield frameOf(part, of)
    part = []
  }
  if (part.length > 0) yield frameOf(part, of)
}

function frameOf(
  rows: readonly (string | null)[][],
  { index, columns }: { index: string; columns: readonly string[] },
): Frame {
  return {
    kind: 'raw',
    idName: index,
    ids: rows.map(([id]) => id ?? ''),
    columns: columns.map((name, at): Column => ({
      name,
      type: 'text',
      values: rows.map((cells) => cells[at + 1] ?? ''),
    })),
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
