/**
 * Values with others inside, and what is taken out of them: `ARRAY[1, 2]`, `ROW(1, 'x')`, `a[1]`, `(r).x`.
 * @module
 */
import type { Expression } from './ast.ts'
import type { Cursor, Parsers } from './cursor.ts'

/** Elements and fields that may be taken of one another. */
const MOST_PARTS = 50

/** An array or a row, if one comes next. */
export function parseNested(cursor: Cursor, parsers: Parsers): Expression | undefined {
  const { value, at, kind } = cursor.peek()
  if (kind !== 'word') return undefined
  if (value === 'ARRAY' && cursor.isSign('[', 1)) {
    cursor.next()
    cursor.next()
    if (cursor.isSign(']')) throw cursor.refuse('ARRAY[] has no type: give it an element', at)
    const values = parsers.list(cursor, parsers)
    cursor.expectSign(']')
    return { kind: 'array', values, at }
  }
  if (value === 'ROW' && cursor.isSign('(', 1)) {
    cursor.next()
    cursor.next()
    const values = parsers.list(cursor, parsers)
    cursor.expectSign(')')
    return { kind: 'row', values, at }
  }
  return undefined
}

/** A value with the elements and fields that are taken of it. */
export function parseParts(value: Expression, cursor: Cursor, parsers: Parsers): Expression {
  let of = value
  for (let count = 0; ; count += 1) {
    const { at } = cursor.peek()
    if (count > MOST_PARTS)
      throw cursor.refuse(`more than ${MOST_PARTS} parts are taken of one another`, at)
    if (cursor.acceptSign('[')) {
      of = { kind: 'element', of, index: parsers.expression(cursor, parsers), at: of.at }
      cursor.expectSign(']')
    } else if (of.kind !== 'number' && of.kind !== 'text' && cursor.acceptSign('.')) {
      of = { kind: 'field', of, name: cursor.name('the name of a field'), at: of.at }
    } else return of
  }
}
