/**
 * Statements: from text to a tree.
 * @module
 */
import type { ColumnNode, Insert, Option, StatementNode } from './ast.ts'
import { type Cursor, cursor as startCursor } from './cursor.ts'
import { lex, type Refuse, refuser } from './lex.ts'
import { parseExpression } from './parse-expression.ts'
import { PARSERS, parseQuery } from './parse-query.ts'
import { parseNames, parsePath } from './parse-source.ts'
import { parseType } from './parse-type.ts'
import type { Statement } from './split.ts'

/** The tree of a statement. Throws SqlError, with the place in the script, for what is not supported. */
export function parseStatement(statement: Statement): { node: StatementNode; refuse: Refuse } {
  const refuse = refuser(statement)
  const cursor = startCursor(lex(statement.text, refuse), refuse)
  const node = parse(cursor)
  cursor.acceptSign(';')
  if (cursor.peek().kind !== 'end') throw cursor.unexpected('the end of the statement')
  return { node, refuse }
}

function parse(cursor: Cursor): StatementNode {
  const { at, value, raw } = cursor.peek()
  if (cursor.is('INSERT')) return parseInsert(cursor)
  if (cursor.accept('EXECUTE', 'STATEMENT', 'SET', 'BEGIN')) return parseInserts(cursor, at)
  if (cursor.accept('BEGIN', 'STATEMENT', 'SET')) {
    cursor.acceptSign(';')
    return parseInserts(cursor, at)
  }
  if (cursor.accept('EXECUTE')) {
    if (cursor.is('INSERT')) return parseInsert(cursor)
    return { kind: 'query', query: parseQuery(cursor), at }
  }
  if (cursor.is('CREATE')) return parseCreate(cursor)
  if (cursor.is('DROP')) return parseDrop(cursor)
  if (cursor.accept('SET')) {
    if (cursor.peek().kind === 'end') return { kind: 'set', key: null, value: '', at }
    const key = cursor.text('the name of the setting')
    cursor.expectSign('=')
    return { kind: 'set', key, value: cursor.text('its value'), at }
  }
  if (cursor.accept('RESET')) {
    const key = cursor.peek().kind === 'end' ? null : cursor.text('the name of the setting')
    return { kind: 'reset', key, at }
  }
  if (['SELECT', 'WITH', 'VALUES'].includes(value) || cursor.isSign('('))
    return { kind: 'query', query: parseQuery(cursor), at }
  throw cursor.refuse(
    `statements with ${raw.toUpperCase() || value} are not supported here: they need Flink`,
    at,
  )
}

function parseInserts(cursor: Cursor, at: number): StatementNode {
  const inserts: Insert[] = []
  while (!cursor.accept('END')) {
    inserts.push(parseInsert(cursor))
    cursor.expectSign(';')
  }
  if (inserts.length === 0) throw cursor.refuse('the statement set has no INSERT', at)
  return { kind: 'inserts', inserts, at }
}

function parseInsert(cursor: Cursor): Insert {
  const { at } = cursor.peek()
  cursor.expect('INSERT')
  const overwrite = cursor.accept('OVERWRITE')
  if (!overwrite) cursor.expect('INTO')
  const table = parsePath(cursor)
  if (cursor.is('PARTITION'))
    throw cursor.refuse('INSERT … PARTITION is not supported here', cursor.peek().at)
  let columns: { name: string; at: number }[] | null = null
  if (cursor.isSign('(') && !['SELECT', 'WITH', 'VALUES', '('].includes(cursor.peek(1).value)) {
    cursor.next()
    columns = []
    do columns.push({ at: cursor.peek().at, name: cursor.name('the name of a column') })
    while (cursor.acceptSign(','))
    cursor.expectSign(')')
  }
  return { kind: 'insert', overwrite, table, columns, query: parseQuery(cursor), at }
}

function parseCreate(cursor: Cursor): StatementNode {
  const { at } = cursor.next()
  if (cursor.is('OR')) throw cursor.refuse('CREATE OR REPLACE is not supported here', at)
  const temporary = cursor.accept('TEMPORARY')
  if (cursor.accept('VIEW')) {
    const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS')
    const table = parsePath(cursor)
    const columns = cursor.isSign('(') ? parseNames(cursor) : null
    if (cursor.accept('COMMENT')) cursor.text('the comment')
    cursor.expect('AS')
    return {
      kind: 'create-view',
      table,
      temporary,
      ifNotExists,
      columns,
      query: parseQuery(cursor),
      at,
    }
  }
  const { value, at: place } = cursor.peek()
  if (!cursor.accept('TABLE')) throw cursor.refuse(`CREATE ${value} is not supported here`, place)
  return parseCreateTable(cursor, { temporary, at })
}

function parseCreateTable(
  cursor: Cursor,
  { temporary, at }: { temporary: boolean; at: number },
): StatementNode {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS')
  const table = parsePath(cursor)
  const columns: ColumnNode[] = []
  if (cursor.acceptSign('(')) {
    do {
      const column = parseColumn(cursor)
      if (column) columns.push(column)
    } while (cursor.acceptSign(','))
    cursor.expectSign(')')
  }
  if (cursor.accept('COMMENT')) cursor.text('the comment')
  if (cursor.is('PARTITIONED') || cursor.is('DISTRIBUTED'))
    throw cursor.refuse(`${cursor.peek().value} BY is not supported here`, cursor.peek().at)
  const options = cursor.accept('WITH') ? parseOptions(cursor) : []
  if (cursor.is('AS'))
    throw cursor.refuse('CREATE TABLE … AS is not supported here', cursor.peek().at)
  let like: { path: readonly string[]; at: number } | null = null
  if (cursor.accept('LIKE')) {
    like = { at: cursor.peek().at, path: parsePath(cursor) }
    if (cursor.isSign('('))
      throw cursor.refuse('options of LIKE are not supported here', cursor.peek().at)
  }
  return { kind: 'create-table', table, temporary, ifNotExists, columns, options, like, at }
}

function parseColumn(cursor: Cursor): ColumnNode | null {
  const { at, value, kind } = cursor.peek()
  if (kind === 'word' && value === 'WATERMARK') {
    // In a batch a watermark changes nothing; what it is made of is read all the same.
    cursor.next()
    cursor.expect('FOR')
    cursor.name('a column')
    cursor.expect('AS')
    parseExpression(cursor, PARSERS)
    return null
  }
  if (kind === 'word' && (value === 'PRIMARY' || value === 'CONSTRAINT')) {
    if (cursor.accept('CONSTRAINT')) cursor.name('the name of the constraint')
    cursor.expect('PRIMARY', 'KEY')
    parseNames(cursor)
    cursor.expect('NOT', 'ENFORCED')
    return null
  }
  const name = cursor.name('the name of a column')
  if (cursor.accept('AS')) return { name, type: null, as: parseExpression(cursor, PARSERS), at }
  const type = parseType(cursor)
  if (cursor.is('METADATA'))
    throw cursor.refuse('columns of metadata are not supported here', cursor.peek().at)
  if (cursor.is('NOT', 'NULL'))
    throw cursor.refuse('NOT NULL of a column is not supported here', cursor.peek().at)
  cursor.accept('NULL')
  if (cursor.accept('PRIMARY', 'KEY')) cursor.expect('NOT', 'ENFORCED')
  if (cursor.accept('COMMENT')) cursor.text('the comment')
  return { name, type, as: null, at }
}

function parseOptions(cursor: Cursor): Option[] {
  const options: Option[] = []
  cursor.expectSign('(')
  do {
    const { at } = cursor.peek()
    const key = cursor.text('the name of an option')
    cursor.expectSign('=')
    options.push({ key, value: cursor.text('the value of the option'), at })
  } while (cursor.acceptSign(','))
  cursor.expectSign(')')
  return options
}

function parseDrop(cursor: Cursor): StatementNode {
  const { at } = cursor.next()
  cursor.accept('TEMPORARY')
  const what = cursor.accept('TABLE') ? 'TABLE' : cursor.accept('VIEW') ? 'VIEW' : null
  if (what === null)
    throw cursor.refuse(`DROP ${cursor.peek().value} is not supported here`, cursor.peek().at)
  const ifExists = cursor.accept('IF', 'EXISTS')
  return { kind: 'drop', what, table: parsePath(cursor), ifExists, at }
}
