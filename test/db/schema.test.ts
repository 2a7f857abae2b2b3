/**
 * @module
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'

import { freshDatabase } from '../helpers/database.ts'

/** The interfaces of schema.ts and `table/` as `table → columns`, each with whether it may be null. */
async function declared(): Promise<Record<string, string[]>> {
  const room = new URL('../../src/db/', import.meta.url)
  const parts = await readdir(new URL('table/', room))
  const files = ['schema.ts', ...parts.map((name) => `table/${name}`)]
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, room), 'utf8')))
  const text = texts.join('\n')
  const blocks = new Map(
    [...text.matchAll(/^export interface (\w+) \{\n([^]*?)^\}/gm)].map(([, name, body]) => [
      name,
      [...body.matchAll(/^ {2}(\w+): (.+)$/gm)].map(([, column, type]) => ({ column, type })),
    ]),
  )
  const tables = blocks.get('Database') ?? []
  return Object.fromEntries(
    tables.map(({ column, type }) => [
      column,
      (blocks.get(type) ?? [])
        .map((entry) => `${entry.column}${entry.type.endsWith('| null') ? '?' : ''}`)
        .toSorted(),
    ]),
  )
}

describe('schema.ts', () => {
  it('names every table and column that the migrations make, and what may be null', async () => {
    const db = await freshDatabase()
    const found = (await db.introspection.getTables()).map(({ name, columns }) => [
      name,
      columns.map((column) => `${column.name}${column.isNullable ? '?' : ''}`).toSorted(),
    ])
    // The index of parts of texts has tables of its own, in which only it reads.
    const migrated = Object.fromEntries(
      found.filter(([name]) => !String(name).startsWith('work_gram')),
    )
    // An integer primary key is its row's number and never null, whatever SQLite says of it.
    for (const columns of Object.values<string[]>(migrated)) {
      const id = columns.indexOf('id?')
      if (id >= 0) columns[id] = 'id'
    }
    assert.deepEqual(migrated, await declared())
  })
})
