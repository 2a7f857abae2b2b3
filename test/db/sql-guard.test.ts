/**
 * What SQL from outside may not do, and the ways around that must not work.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { HranaError } from '../../src/db/hrana-error.ts'
import { guardStatement, type SqlEffect } from '../../src/db/sql-guard.ts'
import { parametersOf, splitStatements } from '../../src/db/sql-text.ts'

const REFUSED = new Set(['readfile', 'fsdir', 'load_extension'])

function effects(sql: string): SqlEffect[] {
  return splitStatements(sql).map((statement) => guardStatement(statement, REFUSED))
}

describe('sql-guard', () => {
  it('knows what each statement needs', () => {
    for (const [sql, effect] of [
      ['select 1', 'read'],
      ["VALUES ('insert')", 'read'],
      ['/* update */ SELECT "delete"', 'read'],
      ['WITH a AS (SELECT 1), b(x) AS (VALUES (1)) SELECT * FROM a', 'read'],
      ['WITH RECURSIVE a AS MATERIALIZED (SELECT 1) INSERT INTO t SELECT * FROM a', 'write'],
      ['with x as (select 1) delete from t returning *', 'write'],
      ['INSERT INTO t VALUES (1)', 'write'],
      ['CREATE TEMP TABLE t (x)', 'write'],
      ["create virtual table f using fts5(x, y, content = '', tokenize = 'trigram')", 'write'],
      ['Begin Immediate', 'control'],
      ['savepoint a', 'control'],
      ['PRAGMA table_info(t)', 'read'],
      ['PRAGMA main.user_version', 'read'],
      ['PRAGMA user_version = 7', 'write'],
      ['PRAGMA foreign_keys', 'read'],
      ['PRAGMA foreign_keys = off', 'session'],
      ['PRAGMA "foreign_keys"(0)', 'session'],
      ['EXPLAIN QUERY PLAN DELETE FROM t', 'explain'],
    ] as const) {
      assert.deepEqual(effects(sql), [effect], sql)
    }
  })

  it('refuses what reaches beyond the tables of the database', () => {
    for (const sql of [
      "ATTACH 'f' AS f",
      "aTTach DATABASE 'f' AS f",
      "/* SELECT */ -- x\n\t\uFEFFATTACH 'f' AS f",
      "SELECT 1; ; /**/ ATTACH 'f' AS f",
      'DETACH f',
      'VACUUM',
      "VACUUM INTO 'f'",
      "EXPLAIN ATTACH 'f' AS f",
      "EXPLAIN QUERY PLAN VACUUM INTO 'f'",
      'CREATE VIRTUAL TABLE f USING fts5(x)',
      "CREATE VIRTUAL TABLE f USING fts5(x, content='t')",
      "CREATE VIRTUAL TABLE f USING fts5(x, content='', content='t')",
      "CREATE VIRTUAL TABLE f USING fts5(x, content='', content_rowid='y', content=t)",
      "CREATE VIRTUAL TABLE f USING rtree(x, content='')",
      'CREATE VIRTUAL TABLE f USING fts5("content=t", content=\'\')',
      "SELECT readfile('/etc/passwd')",
      "SELECT READFILE ('/etc/passwd')",
      'SELECT "readfile"(\'f\'), 1',
      "SELECT [ReadFile]('f')",
      "SELECT `readfile`('f')",
      "SELECT * FROM 'fsdir'('/')",
      "SELECT * FROM fsdir WHERE path = '/'",
      "CREATE VIEW v AS SELECT readfile('f')",
      "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT readfile('f'); END",
      "SELECT load_extension('f')",
      'PRAGMA writable_schema = 1',
      'PRAGMA journal_mode = delete',
      'PRAGMA main."journal_mode"(delete)',
      'EXPLAIN PRAGMA foreign_keys = 1',
      "PRAGMA temp_store_directory = '/tmp'",
      'PRAGMA query_only = off',
      'PRAGMA locking_mode = exclusive',
      'PRAGMA busy_timeout = 100000',
      'SELECT * FROM pragma_database_list',
      'SELECT * FROM "pragma_Database_List"',
    ]) {
      assert.throws(
        () => effects(sql),
        (error) => error instanceof HranaError && error.code === 'SQL_REFUSED',
        sql,
      )
    }
  })

  it('is not fooled about where quotes, comments, parameters and triggers end', () => {
    for (const sql of [
      // SQLite reads `$a(')` as one parameter: what looks like a text after it is none.
      "SELECT $a('); ATTACH 'f' AS f; SELECT (''",
      "SELECT @a::b('); ATTACH 'f' AS f; SELECT (''",
      "SELECT 'it''s'; ATTACH 'f' AS f",
      'SELECT "a""b"; ATTACH \'f\' AS f',
      "SELECT [a'b]; ATTACH 'f' AS f; SELECT '1'",
      "SELECT `a'b`; ATTACH 'f' AS f; SELECT '1'",
      "SELECT 1 -- ' \n; ATTACH 'f' AS f -- '",
      "SELECT 1 /* ' */; ATTACH 'f' AS f /* ' */",
      "SELECT 1 /* -- */; ATTACH 'f' AS f",
      "SELECT 1 /* /* */; ATTACH 'f' AS f",
      "SELECT x'00'; ATTACH 'f' AS f",
      "CREATE TRIGGER x; ATTACH 'f' AS f; END",
      "CREATE TABLE trigger_x (x); ATTACH 'f' AS f; END",
      "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; ATTACH 'f' AS f",
      "EXPLAIN CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; ATTACH 'f' AS f",
    ]) {
      assert.throws(
        () => effects(sql),
        (error) => error instanceof HranaError && /ATTACH/.test(error.message),
        sql,
      )
    }
  })

  it('takes texts that only look like it', () => {
    for (const sql of [
      "SELECT 'ATTACH x; VACUUM', \"attach\", $attach, 'a -- b', '/* '",
      "SELECT 1 /* ; ATTACH 'f' AS f */ -- ; VACUUM",
      'SELECT attach.vacuum FROM attach',
    ]) {
      assert.deepEqual(effects(sql), ['read'], sql)
    }
  })

  it('refuses a text that SQLite would read only in part', () => {
    for (const sql of [
      'SELECT 1\0; ATTACH',
      "SELECT 'a",
      'SELECT "a',
      'SELECT [a',
      'SELECT $a(b c)',
    ]) {
      assert.throws(() => effects(sql), RangeError, sql)
    }
  })
})

describe('parametersOf', () => {
  it('numbers parameters as SQLite does', () => {
    for (const [sql, names] of [
      ['?, ?', [null, null]],
      ['?2, ?', [null, '?2', null]],
      [':a, @a, $a, :a', [':a', '@a', '$a']],
      ['\':a\', ":b" -- ?\n, ?1', ['?1']],
      ['$a::b(c), ?', ['$a::b(c)', null]],
    ] as const) {
      const [statement] = splitStatements(`SELECT ${sql}`)
      assert.deepEqual(parametersOf(statement), names, sql)
    }
  })
})
