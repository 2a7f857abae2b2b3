/**
 * Calls of functions, with the forms that have words inside: `EXTRACT(YEAR FROM d)`, `TRIM(BOTH 'x' FROM s)`.
 * @module
 */
import type { Bound, Call, Expression, Frame, Order, Window } from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'

/** Functions that are called without brackets. */
const BARE = new Set([
  'CURRENT_DATE',
  'LOCALTIMESTAMP',
  'LOCALTIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_TIME',
])
const UNITS = new Set(
  'YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND DOW DOY ISODOW ISOYEAR EPOCH DECADE CENTURY MILLENNIUM'.split(
    ' ',
  ),
)

/** Whether the word that comes next is called. */
export function isCallStart(cursor: Cursor): boolean {
  const { kind, value } = cursor.peek()
  return kind === 'word' && (cursor.isSign('(', 1) || BARE.has(value))
}

/** A call. */
export function parseCall(cursor: Cursor, parsers: Parsers): Expression & Call {
  const { value: name, at } = cursor.next()
  const call = {
    kind: 'call' as const,
    name,
    at,
    arguments: [] as Expression[],
    unit: null as string | null,
    star: false,
    distinct: false,
    filter: null as Expression | null,
    over: null as Window | null,
    nulls: null,
  }
  if (!cursor.acceptSign('(')) return call
  if (!cursor.isSign(')')) readArguments(cursor, parsers, call)
  cursor.expectSign(')')
  if (cursor.is('WITHIN'))
    throw cursor.refuse('WITHIN GROUP is not supported here', cursor.peek().at)
  if (cursor.is('IGNORE', 'NULLS') || cursor.is('RESPECT', 'NULLS'))
    throw cursor.refuse(`${cursor.peek().value} NULLS is not supported here`, cursor.peek().at)
  if (cursor.accept('FILTER')) {
    cursor.expectSign('(')
    cursor.expect('WHERE')
    call.filter = parsers.expression(cursor, parsers)
    cursor.expectSign(')')
  }
  if (cursor.accept('OVER')) call.over = parseOver(cursor, parsers)
  return call
}

interface Draft {
  name: string
  arguments: Expression[]
  unit: string | null
  star: boolean
  distinct: boolean
}

function readArguments(cursor: Cursor, parsers: Parsers, call: Draft): void {
  const expression = () => parsers.expression(cursor, parsers)
  switch (call.name) {
    case 'EXTRACT':
      call.unit = unit(cursor)
      cursor.expect('FROM')
      call.arguments = [expression()]
      return
    case 'TIMESTAMPDIFF':
    case 'TIMESTAMPADD':
      call.unit = unit(cursor)
      cursor.expectSign(',')
      call.arguments = parsers.list(cursor, parsers)
      return
    case 'FLOOR':
    case 'CEIL':
    case 'CEILING':
      call.arguments = [expression()]
      if (cursor.accept('TO')) call.unit = unit(cursor)
      return
    case 'TRIM':
      readTrim(cursor, parsers, call)
      return
    case 'POSITION':
      // The text that is looked for ends at IN, which otherwise is an operator.
      call.arguments = readPosition(cursor, parsers)
      return
    case 'SUBSTRING':
    case 'SUBSTR':
      call.arguments = [expression()]
      if (cursor.accept('FROM')) {
        call.arguments.push(expression())
        if (cursor.accept('FOR')) call.arguments.push(expression())
      } else {
        while (cursor.acceptSign(',')) call.arguments.push(expression())
      }
      return
    case 'OVERLAY':
      call.arguments = [expression()]
      cursor.expect('PLACING')
      call.arguments.push(expression())
      cursor.expect('FROM')
      call.arguments.push(expression())
      if (cursor.accept('FOR')) call.arguments.push(expression())
      return
    default:
      if (cursor.acceptSign('*')) {
        call.star = true
        return
      }
      call.distinct = cursor.accept('DISTINCT')
      if (!call.distinct) cursor.accept('ALL')
      call.arguments = parsers.list(cursor, parsers)
  }
}

function unit(cursor: Cursor): string {
  const { value, at, kind } = cursor.next()
  const name = value.replace(/^SQL_TSI_/, '')
  if (kind === 'word' && UNITS.has(name)) return name
  throw cursor.refuse(`${value} is no unit of time that is supported here`, at)
}

function readTrim(cursor: Cursor, parsers: Parsers, call: Draft): void {
  const side = ['BOTH', 'LEADING', 'TRAILING'].find((word) => cursor.accept(word))
  call.unit = side ?? 'BOTH'
  if (side !== undefined && cursor.accept('FROM')) {
    call.arguments = [parsers.expression(cursor, parsers)]
    return
  }
  const first = parsers.expression(cursor, parsers)
  call.arguments = cursor.accept('FROM') ? [parsers.expression(cursor, parsers), first] : [first]
}

function readPosition(cursor: Cursor, parsers: Parsers): Expression[] {
  const both = parseExpressionBefore(cursor, parsers)
  cursor.expect('IN')
  return [both, parsers.expression(cursor, parsers)]
}

/** A text, a column or a call, which is all that stands before IN. */
function parseExpressionBefore(cursor: Cursor, parsers: Parsers): Expression {
  const { at, kind } = cursor.peek()
  if (kind === 'text') return { kind: 'text', value: cursor.next().value, at }
  if (isCallStart(cursor)) return parseCall(cursor, parsers)
  if (cursor.acceptSign('(')) {
    const inner = parsers.expression(cursor, parsers)
    cursor.expectSign(')')
    return inner
  }
  const path = [cursor.name('a text')]
  while (cursor.acceptSign('.')) path.push(cursor.name('the name of a column'))
  return { kind: 'column', path, at }
}

/** What comes after OVER. */
function parseOver(cursor: Cursor, parsers: Parsers): Window {
  if (cursor.isSign('(')) return parseWindow(cursor, parsers)
  const { at } = cursor.peek()
  return { named: cursor.name('a window'), partition: [], order: [], frame: null, at }
}

/** A window in brackets. */
export function parseWindow(cursor: Cursor, parsers: Parsers): Window {
  const { at } = cursor.peek()
  cursor.expectSign('(')
  const partition = cursor.accept('PARTITION', 'BY') ? parsers.list(cursor, parsers) : []
  const order = cursor.accept('ORDER', 'BY') ? parseOrder(cursor, parsers) : []
  const frame = parseFrame(cursor, parsers)
  cursor.expectSign(')')
  return { named: null, partition, order, frame, at }
}

function parseFrame(cursor: Cursor, parsers: Parsers): Frame | null {
  const unit = cursor.accept('ROWS') ? 'ROWS' : cursor.accept('RANGE') ? 'RANGE' : null
  if (unit === null) return null
  const bound = (): Bound => {
    if (cursor.accept('CURRENT', 'ROW')) return { side: 'CURRENT', distance: null }
    const distance = cursor.accept('UNBOUNDED') ? null : parsers.expression(cursor, parsers)
    if (cursor.accept('PRECEDING')) return { side: 'PRECEDING', distance }
    cursor.expect('FOLLOWING')
    return { side: 'FOLLOWING', distance }
  }
  if (!cursor.accept('BETWEEN'))
    return { unit, from: bound(), to: { side: 'CURRENT', distance: null } }
  const from = bound()
  cursor.expect('AND')
  return { unit, from, to: bound() }
}

/** What rows are sorted by. */
export function parseOrder(cursor: Cursor, parsers: Parsers): Order[] {
  const orders: Order[] = []
  do {
    const by = parsers.expression(cursor, parsers)
    const descending = cursor.accept('DESC')
    if (!descending) cursor.accept('ASC')
    const nulls = cursor.accept('NULLS', 'FIRST')
      ? 'FIRST'
      : cursor.accept('NULLS', 'LAST')
        ? 'LAST'
        : null
    orders.push({ by, descending, nulls })
  } while (cursor.acceptSign(','))
  return orders
}
