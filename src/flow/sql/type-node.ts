/**
 * The types that are written in a statement.
 * @module
 */
import type { TypeNode } from './ast.ts'
import type { Refuse } from './lex.ts'
import {
  arrayOf,
  char,
  decimal,
  instant,
  INTEGER,
  MOST,
  plain,
  rowOf,
  STRING,
  time,
  timestamp,
  type SqlType,
  varchar,
} from './type.ts'

/** The type that is written. */
export function readType(node: TypeNode, refuse: Refuse): SqlType {
  const { name, arguments: args, element, fields, at } = node
  if (element) return arrayOf(readType(element, refuse))
  if (fields) {
    for (const [index, field] of fields.entries()) {
      const name = field.name.toLowerCase()
      if (fields.findIndex((one) => one.name.toLowerCase() === name) !== index)
        throw refuse(`a ROW has one field ${field.name} here, in capitals or not`, field.at)
    }
    return rowOf(fields.map((field) => ({ name: field.name, type: readType(field.type, refuse) })))
  }
  const number = (index: number, otherwise: number, [low, high]: readonly [number, number]) => {
    const value = args[index] ?? otherwise
    if (value >= low && value <= high) return value
    throw refuse(`${name} takes a number from ${low} to ${high} there, not ${value}`, at)
  }
  switch (name) {
    case 'INT':
      return INTEGER
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
      return plain(name)
    case 'STRING':
      return STRING
    case 'CHAR':
      return char(number(0, 1, [1, MOST]))
    case 'VARCHAR':
      return varchar(number(0, 1, [1, MOST]))
    case 'DEC':
    case 'NUMERIC':
    case 'DECIMAL': {
      const precision = number(0, 10, [1, 38])
      return decimal(precision, number(1, 0, [0, precision]))
    }
    case 'TIME':
      return time(number(0, 0, [0, 3]))
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      if ((args[0] ?? 6) > 6)
        throw refuse(`${name} has up to 6 digits of seconds here: write ${name}(6)`, at)
      return (name === 'TIMESTAMP' ? timestamp : instant)(number(0, 6, [0, 6]))
    default:
      throw refuse(`the type ${name} is not supported here`, at)
  }
}
