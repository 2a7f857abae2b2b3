/**
 * Expressions: from tokens to a tree, by the precedence that Flink gives operators.
 * @module
 */
import type { Expression } from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'
import { isCallStart, parseCall } from './parse-call.ts'
import { parseNested, parseParts } from './parse-nested.ts'
import { parseType } from './parse-type.ts'

/** Expressions may not lie deeper in one another. */
const DEEPEST = 200
const depths = new WeakMap<Cursor, number>()

/** An expression. */
export function parseExpression(cursor: Cursor, parsers: Parsers): Expression {
  const depth = (depths.get(cursor) ?? 0) + 1
  if (depth > DEEPEST)
    throw cursor.refuse(`expressions lie at most ${DEEPEST} deep in one another`, cursor.peek().at)
  depths.set(cursor, depth)
  const parsed = parseOr(cursor, parsers)
  depths.set(cursor, depth - 1)
  return parsed
}

function parseOr(cursor: Cursor, parsers: Parsers): Expression {
  let left = parseAnd(cursor, parsers)
  while (cursor.accept('OR')) left = binary('OR', left, parseAnd(cursor, parsers))
  return left
}

function parseAnd(cursor: Cursor, parsers: Parsers): Expression {
  let left = parseNot(cursor, parsers)
  while (cursor.accept('AND')) left = binary('AND', left, parseNot(cursor, parsers))
  return left
}

function parseNot(cursor: Cursor, parsers: Parsers): Expression {
  const { at } = cursor.peek()
  let count = 0
  while (cursor.accept('NOT')) count += 1
  if (count > DEEPEST) throw cursor.refuse(`there are more than ${DEEPEST} NOT in a row`, at)
  let parsed = parseIs(cursor, parsers)
  for (; count > 0; count -= 1) parsed = { kind: 'unary', operator: 'NOT', of: parsed, at }
  return parsed
}

const TRUTHS = ['NULL', 'TRUE', 'FALSE', 'UNKNOWN']

function parseIs(cursor: Cursor, parsers: Parsers): Expression {
  let of = parseComparison(cursor, parsers)
  while (cursor.is('IS')) {
    const { at } = cursor.next()
    const not = cursor.accept('NOT')
    if (cursor.accept('DISTINCT', 'FROM')) {
      of = { kind: 'distinct', left: of, right: parseComparison(cursor, parsers), not, at }
      continue
    }
    const what = cursor.peek().value
    if (cursor.peek().kind !== 'word' || !TRUTHS.includes(what))
      throw cursor.unexpected('NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM')
    cursor.next()
    of = { kind: 'is', of, what, not, at }
  }
  return of
}

const COMPARISONS = ['=', '<>', '!=', '<', '<=', '>', '>=']

function parseComparison(cursor: Cursor, parsers: Parsers): Expression {
  let left = parsePredicate(cursor, parsers)
  for (;;) {
    const sign = COMPARISONS.find((one) => cursor.isSign(one))
    if (sign === undefined) return left
    cursor.next()
    if (cursor.is('ALL') || cursor.is('ANY') || cursor.is('SOME'))
      throw cursor.refuse(
        `${sign} ${cursor.peek().value} is not supported here: use EXISTS, MIN or MAX`,
        cursor.peek().at,
      )
    left = binary(sign === '!=' ? '<>' : sign, left, parsePredicate(cursor, parsers))
  }
}

function parsePredicate(cursor: Cursor, parsers: Parsers): Expression {
  const of = parseSum(cursor, parsers)
  const { at } = cursor.peek()
  const not = cursor.accept('NOT')
  if (cursor.accept('BETWEEN')) {
    const symmetric = cursor.accept('SYMMETRIC')
    cursor.accept('ASYMMETRIC')
    const low = parseSum(cursor, parsers)
    cursor.expect('AND')
    return { kind: 'between', of, low, high: parseSum(cursor, parsers), not, symmetric, at }
  }
  if (cursor.accept('LIKE')) {
    const pattern = parseSum(cursor, parsers)
    const escape = cursor.accept('ESCAPE') ? parseSum(cursor, parsers) : null
    return { kind: 'like', of, pattern, escape, not, at }
  }
  if (cursor.accept('IN')) return parseIn(of, { cursor, parsers, not, at })
  if (cursor.is('SIMILAR'))
    throw cursor.refuse('SIMILAR TO is not supported here: use LIKE or REGEXP', at)
  if (not) throw cursor.unexpected('BETWEEN, LIKE or IN')
  return of
}

function parseIn(
  of: Expression,
  { cursor, parsers, not, at }: { cursor: Cursor; parsers: Parsers; not: boolean; at: number },
): Expression {
  cursor.expectSign('(')
  const parts = [of]
  if (isQueryStart(cursor)) {
    const query = parsers.query(cursor)
    cursor.expectSign(')')
    return { kind: 'in', of: parts, list: null, query, not, at }
  }
  const list = parseList(cursor, parsers)
  cursor.expectSign(')')
  return { kind: 'in', of: parts, list, query: null, not, at }
}

function parseSum(cursor: Cursor, parsers: Parsers): Expression {
  let left = parseProduct(cursor, parsers)
  for (;;) {
    const sign = ['+', '-'].find((one) => cursor.isSign(one))
    if (sign === undefined) return left
    cursor.next()
    left = binary(sign, left, parseProduct(cursor, parsers))
  }
}

function parseProduct(cursor: Cursor, parsers: Parsers): Expression {
  let left = parseUnary(cursor, parsers)
  for (;;) {
    const sign = ['*', '/', '%', '||'].find((one) => cursor.isSign(one))
    if (sign === undefined) return left
    cursor.next()
    left = binary(sign, left, parseUnary(cursor, parsers))
  }
}

function parseUnary(cursor: Cursor, parsers: Parsers): Expression {
  const { at } = cursor.peek()
  const sign = cursor.acceptSign('-') ? '-' : cursor.acceptSign('+') ? '+' : undefined
  if (sign === undefined) return parsePrimary(cursor, parsers)
  return { kind: 'unary', operator: sign, of: parseUnaryDeep(cursor, parsers), at }
}

function parseUnaryDeep(cursor: Cursor, parsers: Parsers): Expression {
  // Signs in a row count as depth, so that thousands of them are refused like brackets.
  const depth = (depths.get(cursor) ?? 0) + 1
  if (depth > DEEPEST)
    throw cursor.refuse(`expressions lie at most ${DEEPEST} deep in one another`, cursor.peek().at)
  depths.set(cursor, depth)
  const parsed = parseUnary(cursor, parsers)
  depths.set(cursor, depth - 1)
  return parsed
}

function parsePrimary(cursor: Cursor, parsers: Parsers): Expression {
  return parseParts(parseFirst(cursor, parsers), cursor, parsers)
}

function parseFirst(cursor: Cursor, parsers: Parsers): Expression {
  const token = cursor.peek()
  const { at } = token
  if (token.kind === 'number') return { kind: 'number', text: cursor.next().value, at }
  if (token.kind === 'text') return { kind: 'text', value: cursor.next().value, at }
  if (cursor.acceptSign('(')) {
    if (isQueryStart(cursor)) {
      const query = parsers.query(cursor)
      cursor.expectSign(')')
      return { kind: 'scalar', query, at }
    }
    const inner = parseExpression(cursor, parsers)
    if (cursor.isSign(',')) throw cursor.refuse('rows of values are not supported here', at)
    cursor.expectSign(')')
    return inner
  }
  if (token.kind === 'word') {
    const special = parseWord(cursor, parsers)
    if (special) return special
  }
  const path = [cursor.name('an expression')]
  while (cursor.acceptSign('.')) path.push(cursor.name('the name of a column'))
  if (cursor.isSign('(')) throw cursor.refuse(`there is no function ${path.join('.')}`, at)
  return { kind: 'column', path, at }
}

function parseWord(cursor: Cursor, parsers: Parsers): Expression | undefined {
  const { value, at } = cursor.peek()
  if (value === 'TRUE' || value === 'FALSE') {
    cursor.next()
    return { kind: 'boolean', value: value === 'TRUE', at }
  }
  if (cursor.accept('NULL')) return { kind: 'null', at }
  if (value === 'CASE') return parseCase(cursor, parsers)
  if (value === 'INTERVAL') return parseInterval(cursor)
  if (value === 'EXISTS') {
    cursor.next()
    cursor.expectSign('(')
    const query = parsers.query(cursor)
    cursor.expectSign(')')
    return { kind: 'exists', query, at }
  }
  if (value === 'CAST' || value === 'TRY_CAST') {
    cursor.next()
    cursor.expectSign('(')
    const of = parseExpression(cursor, parsers)
    cursor.expect('AS')
    const type = parseType(cursor)
    cursor.expectSign(')')
    return { kind: 'cast', of, type, isTry: value === 'TRY_CAST', at }
  }
  if (
    (value === 'DATE' || value === 'TIME' || value === 'TIMESTAMP') &&
    cursor.peek(1).kind === 'text'
  ) {
    cursor.next()
    return { kind: 'moment', type: value, value: cursor.next().value, at }
  }
  const nested = parseNested(cursor, parsers)
  if (nested) return nested
  if (['ARRAY', 'MAP', 'ROW', 'MULTISET'].includes(value))
    throw cursor.refuse(`${value} is not supported here`, at)
  return isCallStart(cursor) ? parseCall(cursor, parsers) : undefined
}

function parseCase(cursor: Cursor, parsers: Parsers): Expression {
  const { at } = cursor.next()
  const of = cursor.is('WHEN') ? null : parseExpression(cursor, parsers)
  const whens: { when: Expression; result: Expression }[] = []
  while (cursor.accept('WHEN')) {
    const when = parseExpression(cursor, parsers)
    cursor.expect('THEN')
    whens.push({ when, result: parseExpression(cursor, parsers) })
  }
  if (whens.length === 0) throw cursor.unexpected('WHEN')
  const otherwise = cursor.accept('ELSE') ? parseExpression(cursor, parsers) : null
  cursor.expect('END')
  return { kind: 'case', of, whens, otherwise, at }
}

function parseInterval(cursor: Cursor): Expression {
  const { at } = cursor.next()
  if (cursor.isSign('-'))
    throw cursor.refuse("write the sign into the interval: INTERVAL '-1' DAY", at)
  const value = cursor.text('the length of the interval')
  const unit = cursor.next().value.replace(/S$/, '')
  if (cursor.acceptSign('('))
    throw cursor.refuse('intervals with a precision are not supported', at)
  const to = cursor.accept('TO') ? cursor.next().value : null
  if (cursor.isSign('(')) throw cursor.refuse('intervals with a precision are not supported', at)
  return { kind: 'interval', value, unit, to, at }
}

/** Expressions with commas between them. */
export function parseList(cursor: Cursor, parsers: Parsers): Expression[] {
  const list = [parseExpression(cursor, parsers)]
  while (cursor.acceptSign(',')) list.push(parseExpression(cursor, parsers))
  return list
}

/** Whether a query comes next, maybe in brackets. */
export function isQueryStart(cursor: Cursor): boolean {
  let ahead = 0
  while (cursor.isSign('(', ahead)) ahead += 1
  const { kind, value } = cursor.peek(ahead)
  return kind === 'word' && ['SELECT', 'WITH', 'VALUES'].includes(value)
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, at: left.at }
}
