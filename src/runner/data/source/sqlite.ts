/**
 * A data set in a table or view of a SQLite or libSQL file.
 * @module
 */
import { existsSync } from 'node:fs'

import Libsql from 'libsql'
import { z } from 'zod'

import type { SourceTable } from '../dataset.ts'
import { partsOf, type Wanted, wantedOf } from './rows.ts'

/** How the owner names such a table. */
export const SqliteSource = z.strictObject({
  type: z.literal('sqlite'),
  /** Relative to the list. */
  path: z.string().min(1),
  table: z.string().min(1),
})

/** Opens the table to be read only. Throws a sentence that names the data set and not the path, its owner's alone. */
export function openSqliteSource(
  source: z.output<typeof SqliteSource>,
  wanted: Wanted,
): Promise<SourceTable> {
  const { index, name } = wanted
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
    const has = known.filter((column) => column !== index)
    const columns = wantedOf(wanted, has)
    // Casts leave numbers as SQLite writes them, of whatever size.
    const list = [index, ...columns].map((column) => `cast(${quoted(column)} as text)`).join(', ')
    const rows = db.prepare(`select ${list} from ${quoted(source.table)}`).raw(true)
    return Promise.resolve({
      columns: has,
      // Every column is cast to text.
      parts: partsOf(rows.iterate() as IterableIterator<(string | null)[]>, {
        index,
        columns,
        name,
      }),
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

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
