/**
 * The guard against SQLite itself: whatever text it lets through attaches nothing when SQLite runs it.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'
import Libsql from 'libsql'

import { guardStatement } from '../../src/db/sql-guard.ts'
import { splitStatements } from '../../src/db/sql-text.ts'

const PAYLOAD = "ATTACH ':memory:' AS stolen"
const PIECES = [
  PAYLOAD,
  'SELECT 1',
  'SELECT ',
  'EXPLAIN ',
  'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1',
  'END',
  'BEGIN',
  ';',
  '\n',
  '\u00A0',
  ...`; ' '' " \` [ ] ( ) -- /* */ / * $a @a :a #a $ :: ? ?1 x' . , \\ \uFEFF \v \f é`.split(' '),
  ' ',
]

/** Whether SQLite, given the text as one script, comes to attach another database. */
function attaches(sql: string): boolean {
  const db = new Libsql(':memory:')
  try {
    db.exec('CREATE TABLE t (x)')
    try {
      db.exec(sql)
    } catch {
      // Most texts are no SQL; what came before the error has run.
    }
    return db.prepare('SELECT name FROM pragma_database_list').all([]).length > 1
  } finally {
    db.close()
  }
}

function passes(sql: string): boolean {
  try {
    for (const statement of splitStatements(sql)) guardStatement(statement, new Set())
    return true
  } catch {
    return false
  }
}

describe('sql-guard against SQLite', () => {
  it('lets no text through that attaches a database', () => {
    let reached = 0
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }), (pieces) => {
        for (const sql of [
          pieces.join(''),
          `SELECT 1;${pieces.join('')}`,
          `${pieces.join('')};${PAYLOAD}`,
        ]) {
          if (!attaches(sql)) continue
          reached++
          assert.equal(passes(sql), false, JSON.stringify(sql))
        }
      }),
      { numRuns: 1000 },
    )
    assert.ok(reached > 100, `only ${reached} texts reached SQLite's ATTACH`)
  })

  it('lets through what only mentions it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^'\0]*$/), (text) => {
        assert.ok(passes(`SELECT '${text};${PAYLOAD.replaceAll("'", "''")}' -- ;${PAYLOAD}`))
      }),
    )
  })
})
