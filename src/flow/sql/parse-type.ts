/**
 * Types, as columns and CAST have them.
 * @module
 */
import type { TypeNode } from './ast.ts'
import type { Cursor } from './cursor.ts'

/** Types may not lie deeper in one another. */
const DEEPEST = 20

/** A type. */
export function parseType(cursor: Cursor, depth = 0): TypeNode {
  const token = cursor.next()
  const { at } = token
  if (depth > DEEPEST) throw cursor.refuse(`types lie at most ${DEEPEST} deep in one another`, at)
  if (token.kind !== 'word') throw cursor.refuse(`expected a type, found ${token.raw}`, at)
  let name = token.value
  if (name === 'DOUBLE') cursor.accept('PRECISION')
  if (name === 'CHARACTER') name = cursor.accept('VARYING') ? 'VARCHAR' : 'CHAR'
  if (name === 'CHAR' && cursor.accept('VARYING')) name = 'VARCHAR'
  if (name === 'ARRAY' && cursor.acceptSign('<')) {
    const element = parseType(cursor, depth + 1)
    cursor.expectSign('>')
    return { name, arguments: [], element, at }
  }
  if (name === 'ROW' && (cursor.isSign('<') || cursor.isSign('('))) {
    const end = cursor.next().value === '<' ? '>' : ')'
    const fields: NonNullable<TypeNode['fields']>[number][] = []
    do {
      const place = cursor.peek().at
      const own = cursor.name('the name of a field')
      fields.push({ name: own, type: parseType(cursor, depth + 1), at: place })
    } while (cursor.acceptSign(','))
    cursor.expectSign(end)
    return { name, arguments: [], fields, at }
  }
  const args: number[] = []
  if (cursor.isSign('<')) throw cursor.refuse(`the type ${name} is not supported here`, at)
  if (cursor.acceptSign('(')) {
    do {
      const size = cursor.next()
      if (size.kind !== 'number' || !/^\d+$/.test(size.value))
        throw cursor.refuse(`${name} takes whole numbers in brackets, not ${size.raw}`, size.at)
      args.push(Number(size.value))
    } while (cursor.acceptSign(','))
    cursor.expectSign(')')
  }
  if (name === 'TIMESTAMP' && cursor.accept('WITH', 'LOCAL', 'TIME', 'ZONE'))
    return { name: 'TIMESTAMP_LTZ', arguments: args, at }
  if (cursor.accept('WITH'))
    throw cursor.refuse(
      `${name} WITH TIME ZONE is not supported here: use TIMESTAMP or TIMESTAMP_LTZ`,
      at,
    )
  if (cursor.accept('WITHOUT')) cursor.expect('TIME', 'ZONE')
  return { name, arguments: args, at }
}
