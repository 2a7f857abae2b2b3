/**
 * Queries: from tokens to a tree.
 * @module
 */
import type {
  Alias,
  Body,
  Expression,
  Grouping,
  Item,
  JoinType,
  Query,
  Select,
  Source,
  Window,
  WindowTable,
} from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'
import { parseOrder, parseWindow } from './parse-call.ts'
import { isQueryStart, parseExpression, parseList } from './parse-expression.ts'

/** All of them. */
export const PARSERS: Parsers = {
  query: parseQuery,
  expression: parseExpression,
  list: parseList,
}

const DEEPEST = 50
const depths = new WeakMap<Cursor, number>()

/** A query with what it is sorted and cut by. */
export function parseQuery(cursor: Cursor): Query {
  const { at } = cursor.peek()
  const depth = (depths.get(cursor) ?? 0) + 1
  if (depth > DEEPEST) throw cursor.refuse(`queries lie at most ${DEEPEST} deep in one another`, at)
  depths.set(cursor, depth)
  const named: { alias: Alias; query: Query; at: number }[] = []
  if (cursor.accept('WITH')) {
    if (cursor.is('RECURSIVE')) throw cursor.refuse('WITH RECURSIVE is not supported here', at)
    do {
      const place = cursor.peek().at
      const name = cursor.name('a name')
      const columns = cursor.isSign('(') ? parseNames(cursor) : null
      cursor.expect('AS')
      cursor.expectSign('(')
      const query = parseQuery(cursor)
      cursor.expectSign(')')
      named.push({ alias: { name, columns }, query, at: place })
    } while (cursor.acceptSign(','))
  }
  const body = parseUnion(cursor)
  const order = cursor.accept('ORDER', 'BY') ? parseOrder(cursor, PARSERS) : []
  let limit: Expression | null = null
  let offset: Expression | null = null
  if (cursor.accept('LIMIT')) limit = cursor.accept('ALL') ? null : parseExpression(cursor, PARSERS)
  if (cursor.accept('OFFSET')) {
    offset = parseExpression(cursor, PARSERS)
    if (!cursor.accept('ROWS')) cursor.accept('ROW')
  }
  if (cursor.accept('FETCH')) {
    if (!cursor.accept('FIRST')) cursor.expect('NEXT')
    limit = parseExpression(cursor, PARSERS)
    if (!cursor.accept('ROWS')) cursor.expect('ROW')
    cursor.expect('ONLY')
  }
  depths.set(cursor, depth - 1)
  return { with: named, body, order, limit, offset, at }
}

function parseUnion(cursor: Cursor): Body {
  let left = parseIntersection(cursor)
  for (;;) {
    const { at } = cursor.peek()
    const operator = cursor.accept('UNION')
      ? 'UNION'
      : cursor.accept('EXCEPT') || cursor.accept('MINUS')
        ? 'EXCEPT'
        : null
    if (operator === null) return left
    const all = cursor.accept('ALL')
    if (!all) cursor.accept('DISTINCT')
    left = {
      kind: 'set',
      operator,
      all,
      left: bare(left),
      right: bare(parseIntersection(cursor)),
      at,
    }
  }
}

function parseIntersection(cursor: Cursor): Body {
  let left = parseBody(cursor)
  for (;;) {
    const { at } = cursor.peek()
    if (!cursor.accept('INTERSECT')) return left
    const all = cursor.accept('ALL')
    if (!all) cursor.accept('DISTINCT')
    left = {
      kind: 'set',
      operator: 'INTERSECT',
      all,
      left: bare(left),
      right: bare(parseBody(cursor)),
      at,
    }
  }
}

function bare(body: Body): Query {
  return { with: [], body, order: [], limit: null, offset: null, at: body.at }
}

function parseBody(cursor: Cursor): Body {
  const { at } = cursor.peek()
  if (cursor.acceptSign('(')) {
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return { kind: 'nested', query, at }
  }
  if (cursor.accept('VALUES')) {
    const rows: Expression[][] = []
    do rows.push(parseRow(cursor))
    while (cursor.acceptSign(','))
    return { kind: 'values', rows, at }
  }
  return parseSelect(cursor)
}

function parseRow(cursor: Cursor): Expression[] {
  if (cursor.is('ROW') && cursor.isSign('(', 1)) cursor.next()
  if (!cursor.acceptSign('(')) return [parseExpression(cursor, PARSERS)]
  const row = parseList(cursor, PARSERS)
  cursor.expectSign(')')
  return row
}

function parseSelect(cursor: Cursor): Select {
  const { at } = cursor.peek()
  cursor.expect('SELECT')
  const distinct = cursor.accept('DISTINCT')
  if (!distinct) cursor.accept('ALL')
  const items = [parseItem(cursor)]
  while (cursor.acceptSign(',')) items.push(parseItem(cursor))
  const from = cursor.accept('FROM') ? parseSources(cursor) : null
  const where = cursor.accept('WHERE') ? parseExpression(cursor, PARSERS) : null
  const group = cursor.accept('GROUP', 'BY') ? parseGroups(cursor) : null
  const having = cursor.accept('HAVING') ? parseExpression(cursor, PARSERS) : null
  const windows: { name: string; window: Window }[] = []
  if (cursor.accept('WINDOW')) {
    do {
      const name = cursor.name('the name of a window')
      cursor.expect('AS')
      windows.push({ name, window: parseWindow(cursor, PARSERS) })
    } while (cursor.acceptSign(','))
  }
  if (cursor.is('QUALIFY')) throw cursor.refuse('QUALIFY is not supported here', cursor.peek().at)
  return { kind: 'select', distinct, items, from, where, group, having, windows, at }
}

function parseItem(cursor: Cursor): Item {
  const { at, kind } = cursor.peek()
  if (cursor.acceptSign('*')) return { kind: 'star', of: null, at }
  const dotted = (kind === 'word' || kind === 'name') && cursor.isSign('.', 1)
  if (dotted && cursor.isSign('*', 2)) {
    const of = cursor.name('a table')
    cursor.next()
    cursor.next()
    return { kind: 'star', of, at }
  }
  const value = parseExpression(cursor, PARSERS)
  const isNamed = cursor.accept('AS') || isNameNext(cursor)
  return { kind: 'item', value, name: isNamed ? cursor.name('a name') : null, at }
}

/** Words that end a list or a table, so that they are no alias without AS. */
const ENDS = new Set(
  `FROM WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH UNION EXCEPT MINUS INTERSECT JOIN INNER LEFT RIGHT FULL
  CROSS NATURAL ON USING AND AS MATCH_RECOGNIZE TABLESAMPLE FOR PIVOT QUALIFY`.split(/\s+/),
)

function isNameNext(cursor: Cursor): boolean {
  const { kind, value } = cursor.peek()
  return kind === 'name' || (kind === 'word' && !ENDS.has(value))
}

function parseGroups(cursor: Cursor): Grouping[] {
  const groups: Grouping[] = []
  do {
    const { at } = cursor.peek()
    if (cursor.accept('GROUPING', 'SETS'))
      groups.push({ kind: 'sets', sets: parseSets(cursor), at })
    else if (cursor.accept('ROLLUP')) groups.push({ kind: 'rollup', sets: parseSets(cursor), at })
    else if (cursor.accept('CUBE')) groups.push({ kind: 'cube', sets: parseSets(cursor), at })
    else groups.push({ kind: 'by', values: [parseExpression(cursor, PARSERS)], at })
  } while (cursor.acceptSign(','))
  return groups
}

function parseSets(cursor: Cursor): Expression[][] {
  const sets: Expression[][] = []
  cursor.expectSign('(')
  do {
    if (!cursor.acceptSign('(')) {
      sets.push([parseExpression(cursor, PARSERS)])
      continue
    }
    sets.push(cursor.isSign(')') ? [] : parseList(cursor, PARSERS))
    cursor.expectSign(')')
  } while (cursor.acceptSign(','))
  cursor.expectSign(')')
  return sets
}

function parseSources(cursor: Cursor): Source {
  let left = parseJoins(cursor)
  while (cursor.isSign(',')) {
    const { at } = cursor.next()
    const right = parseJoins(cursor)
    left = { kind: 'join', type: 'CROSS', left, right, on: null, using: null, natural: false, at }
  }
  return left
}

function parseJoins(cursor: Cursor): Source {
  let left = parseSource(cursor)
  for (;;) {
    const { at } = cursor.peek()
    const natural = cursor.accept('NATURAL')
    const type = parseJoinType(cursor)
    if (type === null) {
      if (natural) throw cursor.unexpected('JOIN')
      return left
    }
    const right = parseSource(cursor)
    const on = cursor.accept('ON') ? parseExpression(cursor, PARSERS) : null
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

function parseSource(cursor: Cursor): Source {
  const { at } = cursor.peek()
  const refused = ['LATERAL', 'UNNEST'].find((word) => cursor.is(word))
  if (refused !== undefined) throw cursor.refuse(`${refused} is not supported here`, at)
  if (cursor.is('TABLE') && cursor.isSign('(', 1)) {
    cursor.next()
    cursor.expectSign('(')
    const window = parseWindowTable(cursor)
    cursor.expectSign(')')
    return { kind: 'window', window, alias: parseAlias(cursor), at }
  }
  if (cursor.isSign('(')) {
    if (!isQueryStart(cursor)) {
      cursor.next()
      const inner = parseSources(cursor)
      cursor.expectSign(')')
      return inner
    }
    cursor.next()
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return { kind: 'query', query, alias: parseAlias(cursor), at }
  }
  const path = parsePath(cursor)
  return { kind: 'table', path, alias: parseAlias(cursor), at }
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

function parseWindowTable(cursor: Cursor): WindowTable {
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
    source = { kind: 'query', query: parseQuery(cursor), alias: null, at: place }
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
  while (cursor.acceptSign(',')) rest.push(parseExpression(cursor, PARSERS))
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
