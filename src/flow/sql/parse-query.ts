/**
 * Queries: from tokens to a tree.
 * @module
 */
import type { Alias, Body, Expression, Grouping, Item, Query, Select, Window } from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'
import { parseOrder, parseWindow } from './parse-call.ts'
import { parseExpression, parseList } from './parse-expression.ts'
import { isNameNext, parseNames, parseSources } from './parse-source.ts'

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
  const from = cursor.accept('FROM') ? parseSources(cursor, PARSERS) : null
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
