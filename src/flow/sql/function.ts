/**
 * What a function is: how many values it takes, and what becomes of them.
 * @module
 */
import { isInteger, type SqlType, typeWords } from './type.ts'
import type { Context, Typed } from './typed.ts'

/** What a function is called with. */
export interface Arguments {
  readonly name: string
  readonly values: readonly Typed[]
  readonly unit: string | null
  readonly at: number
  readonly refuse: Context['refuse']
}

/** A function: how many values it takes, and what becomes of them. */
export interface SqlFunction {
  readonly least: number
  readonly most: number
  build(call: Arguments): { readonly sql: string; readonly type: SqlType }
}

/** The value of a place, which is there. */
export function valueAt({ values, name, at, refuse }: Arguments, index: number): Typed {
  const value = values[index]
  if (value === undefined) throw refuse(`${name} takes more values`, at)
  return value
}

/** The whole number of a place. */
export function countAt(call: Arguments, index: number): string {
  const value = valueAt(call, index)
  if (isInteger(value.type)) return value.sql
  throw call.refuse(
    `${call.name} takes a whole number there, not ${typeWords(value.type)}`,
    value.at,
  )
}
