/**
 * Types, as columns and CAST have them.
 * @module
 */
import type { TypeNode } from './ast.ts'
import type { Cursor } from './cursor.ts'

/** A type. */
export function parseType(cursor: Cursor): TypeNode {
  const token = cursor.next()
  const { at } = token
  if (token.kind !== 'word') throw cursor.refuse(`expected a type, found ${token.raw}`, at)
  let name = token.value
  if (name === 'DOUBLE') cursor.accept('PRECISION')
  if (name === 'CHARACTER') name = cursor.accept('VARYING') ? 'VARCHAR' : 'CHAR'
  if (name === 'CHAR' && cursor.accept('VARYING')) name = 'VARCHAR'
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
