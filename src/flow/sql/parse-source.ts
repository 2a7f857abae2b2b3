/**
 * What queries read from: from tokens to a tree.
 * @module
 */
import type { Alias, Expression, JoinType, Source, WindowTable } from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'
import { isQueryStart } from './parse-expression.ts'

export function parseSources(cursor: Cursor, parsers: Parsers): Source {
  let left = parseJoins(cursor, parsers)
  while (cursor.isSign(',')) {
    const { at } = cursor.next()
    const right = parseJoins(cursor, parsers)
    left = { kind: 'join', type: 'CROSS', left, right, on: null, using: null, natural: false, at }
  }
  return left
}

function parseJoins(cursor: Cursor, parsers: Parsers): Source {
  let left = parseSource(cursor, parsers)
  for (;;) {
    const { at } = cursor.peek()
    const natural = cursor.accept('NATURAL')
    const type = parseJoinType(cursor)
    if (type === null) {
      if (natural) throw cursor.unexpected('JOIN')
      return left
    }
    const right = parseSource(cursor, parsers)
    const on = cursor.accept('ON') ? parsers.expression(cursor, parsers) : null
    const using = on === null && cursor.accept('USING') ? parseNames(cursor) : null
    if (type !== 'CROSS' && !natural && on === null && using === null)
      throw cursor.unexpected('ON or USING')
    left = { kind: 'join', type, left, right, on, using, natural, at }
  }
}

function parseJoinType(cursor: Cursor): JoinType | null {
  if (cursor.accept('JOIN') || cursor.accept('INNER', 'JOIN')) return 'INNER'
  if (cursor.accept('CROSS', 'JOIN')) return 'CROSS'
  for (const type of ['LEFT', 'RIGHT', 'FULL'] as const) {
    if (cursor.accept(type, 'JOIN') || cursor.accept(type, 'OUTER', 'JOIN')) return type
  }
  return null
}

function parseSource(cursor: Cursor, parsers: Parsers): Source {
  const { at } = cursor.peek()
  if (cursor.is('LATERAL')) throw cursor.refuse('LATERAL is not supported here', at)
  if (cursor.is('UNNEST')) return parseUnnest(cursor, parsers)
  if (cursor.is('TABLE') && cursor.isSign('(', 1)) {
    cursor.next()
    cursor.expectSign('(')
    const window = parseWindowTable(cursor, parsers)
    cursor.expectSign(')')
    return { kind: 'window', window, alias: parseAlias(cursor), at }
  }
  if (cursor.isSign('(')) {
    if (!isQueryStart(cursor)) {
      cursor.next()
      const inner = parseSources(cursor, parsers)
      cursor.expectSign(')')
      return inner
    }
    cursor.next()
    const query = parsers.query(cursor)
    cursor.expectSign(')')
    return { kind: 'query', query, alias: parseAlias(cursor), at }
  }
  const path = parsePath(cursor)
  return { kind: 'table', path, alias: parseAlias(cursor), at }
}

function parseUnnest(cursor: Cursor, parsers: Parsers): Source {
  const { at } = cursor.next()
  cursor.expectSign('(')
  const of = parsers.expression(cursor, parsers)
  if (cursor.isSign(',')) throw cursor.refuse('UNNEST takes one ARRAY here', cursor.peek().at)
  cursor.expectSign(')')
  if (cursor.is('WITH', 'ORDINALITY'))
    throw cursor.refuse('WITH ORDINALITY is not supported here', cursor.peek().at)
  return { kind: 'unnest', of, alias: parseAlias(cursor), at }
}

function parseAlias(cursor: Cursor): Alias | null {
  for (const word of ['MATCH_RECOGNIZE', 'TABLESAMPLE', 'FOR', 'PIVOT']) {
    if (cursor.is(word))
      throw cursor.refuse(
        `${word === 'FOR' ? 'FOR SYSTEM_TIME AS OF' : word} is not supported here`,
        cursor.peek().at,
      )
  }
  if (!cursor.accept('AS') && !isNameNext(cursor)) return null
  const name = cursor.name('a name')
  return { name, columns: cursor.isSign('(') ? parseNames(cursor) : null }
}

/** A name with its database and catalog, if it has them. */
export function parsePath(cursor: Cursor): string[] {
  const path = [cursor.name('a table')]
  while (cursor.acceptSign('.')) path.push(cursor.name('a name'))
  return path
}

/** Names in brackets. */
export function parseNames(cursor: Cursor): string[] {
  cursor.expectSign('(')
  const names = [cursor.name('a name')]
  while (cursor.acceptSign(',')) names.push(cursor.name('a name'))
  cursor.expectSign(')')
  return names
}

function parseWindowTable(cursor: Cursor, parsers: Parsers): WindowTable {
  const { value, at } = cursor.next()
  if (value !== 'TUMBLE' && value !== 'HOP' && value !== 'CUMULATE')
    throw cursor.refuse(`the table function ${value} is not supported here`, at)
  cursor.expectSign('(')
  if (cursor.peek(1).value === '=>')
    throw cursor.refuse(
      'named arguments of window functions are not supported here',
      cursor.peek().at,
    )
  let source: Source
  if (cursor.isSign('(')) {
    const place = cursor.next().at
    source = { kind: 'query', query: parsers.query(cursor), alias: null, at: place }
    cursor.expectSign(')')
  } else {
    cursor.expect('TABLE')
    const place = cursor.peek().at
    source = { kind: 'table', path: parsePath(cursor), alias: null, at: place }
  }
  cursor.expectSign(',')
  cursor.expect('DESCRIPTOR')
  cursor.expectSign('(')
  const column = { at: cursor.peek().at, name: cursor.name('the column of the time') }
  cursor.expectSign(')')
  const rest: Expression[] = []
  while (cursor.acceptSign(',')) rest.push(parsers.expression(cursor, parsers))
  cursor.expectSign(')')
  const needed = value === 'TUMBLE' ? 1 : 2
  if (rest.length < needed || rest.length > needed + 1)
    throw cursor.refuse(`${value} takes ${needed} intervals, and an offset`, at)
  return {
    name: value,
    source,
    column,
    intervals: rest.slice(0, needed),
    offset: rest[needed] ?? null,
    at,
  }
}

/** Words that end a list or a table, so that they are no alias without AS. */
const ENDS = new Set(
  `FROM WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH UNION EXCEPT MINUS INTERSECT JOIN INNER LEFT RIGHT FULL
  CROSS NATURAL ON USING AND AS MATCH_RECOGNIZE TABLESAMPLE FOR PIVOT QUALIFY`.split(/\s+/),
)

/** Whether a name comes next that is an alias without AS. */
export function isNameNext(cursor: Cursor): boolean {
  const { kind, value } = cursor.peek()
  return kind === 'name' || (kind === 'word' && !ENDS.has(value))
}
