/**
 * Functions of arrays.
 * @module
 */
import { type Arguments, type SqlFunction, valueAt } from './function.ts'
import { requirePlain } from './nested.ts'
import { requireText, unified } from './operand.ts'
import {
  arrayOf,
  BOOLEAN,
  commonType,
  hasRow,
  INTEGER,
  type SqlType,
  STRING,
  typeWords,
} from './type.ts'
import type { Typed } from './typed.ts'

/** The array of a place, with the type of its elements. */
function arrayAt(call: Arguments, index: number): Typed & { readonly of: SqlType } {
  const value = valueAt(call, index)
  const { of } = value.type
  if (of !== undefined) return { ...value, of }
  throw call.refuse(`${call.name} takes an ARRAY there, not ${typeWords(value.type)}`, value.at)
}

/** An array and a value as one that could be in it. */
function withElement(call: Arguments): { array: string; element: string; of: SqlType } {
  const array = arrayAt(call, 0)
  const value = valueAt(call, 1)
  const of = commonType(array.of, value.type)
  if (of === undefined || hasRow(of))
    throw call.refuse(
      `${call.name} does not take ${typeWords(array.type)} and ${typeWords(value.type)} here`,
      value.at,
    )
  const list = { sql: `[${value.sql}]`, type: arrayOf(value.type), at: value.at }
  const { values } = unified([array, list], { what: call.name, refuse: call.refuse })
  return { array: values[0] ?? '', element: `(${values[1]})[1]`, of }
}

function text(call: Arguments, index: number): string {
  const value = valueAt(call, index)
  requireText(value, { what: call.name, refuse: call.refuse })
  return value.sql
}

/** By name. */
export const ARRAYS: Readonly<Record<string, SqlFunction>> = {
  CARDINALITY: {
    least: 1,
    most: 1,
    build: (call) => ({ sql: `CAST(len(${arrayAt(call, 0).sql}) AS INTEGER)`, type: INTEGER }),
  },
  ELEMENT: {
    least: 1,
    most: 1,
    build(call) {
      const { sql, of } = arrayAt(call, 0)
      return { sql: `weft_only(${sql})`, type: of }
    },
  },
  ARRAY_CONTAINS: {
    least: 2,
    most: 2,
    build(call) {
      const { array, element } = withElement(call)
      return { sql: `weft_contains(${array}, ${element})`, type: BOOLEAN }
    },
  },
  ARRAY_JOIN: {
    least: 2,
    most: 3,
    build(call) {
      const array = arrayAt(call, 0)
      requireText({ ...array, type: array.of }, { what: call.name, refuse: call.refuse })
      const other = call.values.length === 3 ? text(call, 2) : 'NULL'
      return { sql: `weft_join(${array.sql}, ${text(call, 1)}, ${other})`, type: STRING }
    },
  },
  ARRAY_CONCAT: {
    least: 1,
    most: 64,
    build(call) {
      call.values.forEach((_, index) => arrayAt(call, index))
      const { values, type } = unified(call.values, { what: call.name, refuse: call.refuse })
      // Unlike DuckDB's, NULL where any is.
      const nulls = values.map((value) => `${value} IS NULL`).join(' OR ')
      const all = values.reduce((joined, value) => `list_concat(${joined}, ${value})`)
      return { sql: `(CASE WHEN ${nulls} THEN NULL ELSE ${all} END)`, type }
    },
  },
  ARRAY_REVERSE: {
    least: 1,
    most: 1,
    build(call) {
      const { sql, type } = arrayAt(call, 0)
      return { sql: `list_reverse(${sql})`, type }
    },
  },
  ARRAY_MAX: {
    least: 1,
    most: 1,
    build(call) {
      const array = arrayAt(call, 0)
      requirePlain({ type: array.of, at: array.at }, { what: call.name, refuse: call.refuse })
      return { sql: `list_max(${array.sql})`, type: array.of }
    },
  },
  SPLIT: {
    least: 2,
    most: 2,
    build: (call) => ({
      sql: `weft_split(${text(call, 0)}, ${text(call, 1)})`,
      type: arrayOf(STRING),
    }),
  },
}
