/**
 * Values with others inside, at DuckDB: making them, taking them apart, and doing something with all that is inside. An
 * ARRAY is a list, a ROW a struct of f0, f1 and so on.
 * @module
 */
import { unified } from './operand.ts'
import {
  arrayOf,
  insideOf,
  isInteger,
  isInterval,
  isNested,
  rowOf,
  type SqlType,
  typeWords,
} from './type.ts'
import { type Context, quote, type Typed } from './typed.ts'

interface Place {
  readonly at: number
  readonly refuse: Context['refuse']
}

/** `ARRAY[…]`. */
export function arrayValue(elements: readonly Typed[], { at, refuse }: Place): Typed {
  const { values, type } = unified(elements, { what: 'ARRAY', refuse })
  requireValue({ sql: '', type, at }, refuse)
  return { sql: `[${values.join(', ')}]`, type: arrayOf(type), at }
}

/** `ROW(…)`, whose fields have the names that columns without one have. */
export function rowValue(values: readonly Typed[], { at, refuse }: Place): Typed {
  for (const value of values) requireValue(value, refuse)
  const fields = values.map(({ type }, index) => ({ name: `EXPR$${index}`, type }))
  const cells = values.map(({ sql }, index) => `'f${index}': ${sql}`)
  return { sql: `{${cells.join(', ')}}`, type: rowOf(fields), at }
}

function requireValue({ type, at }: Typed, refuse: Context['refuse']): void {
  if (type.name === 'NULL')
    throw refuse('NULL has no type there: write CAST(NULL AS INT), or what it should be', at)
  if (isInterval(type)) throw refuse('an interval is no value of an ARRAY or ROW here', at)
}

/** `a[1]`. */
export function elementOf(of: Typed, index: Typed, { at, refuse }: Place): Typed {
  if (of.type.of === undefined)
    throw refuse(`[ ] takes an ARRAY in front, not ${typeWords(of.type)}`, at)
  if (!isInteger(index.type))
    throw refuse(`the place in an ARRAY is a whole number, not ${typeWords(index.type)}`, index.at)
  if (index.literal !== undefined && Number(index.literal) < 1)
    throw refuse(`the first place in an ARRAY is 1, not ${index.literal}`, index.at)
  return { sql: `weft_element(${of.sql}, ${index.sql})`, type: of.type.of, at }
}

/** `(r).x`. */
export function fieldOf(of: Typed, name: string, { at, refuse }: Place): Typed {
  const { fields } = of.type
  if (fields === undefined)
    throw refuse(`.${name} takes a ROW in front, not ${typeWords(of.type)}`, at)
  const index = fields.findIndex((field) => field.name === name)
  const field = fields[index]
  if (field === undefined) throw refuse(`${typeWords(of.type)} has no field ${name}`, at)
  return { sql: fieldSql(of.sql, `f${index}`), type: field.type, at }
}

function fieldSql(sql: string, name: string): string {
  return `struct_extract(${sql}, ${quote(name)})`
}

/** What is done with a value inside, which is given by a name. */
export type Change = (sql: string, type: SqlType, index: number) => string

/** The elements of an ARRAY, each changed. */
export function eachElement({ sql, type }: Typed, change: Change): string {
  const [element] = insideOf(type)
  if (element === undefined) throw new TypeError('An ARRAY has no type of its elements')
  const name = freshName(sql)
  return `list_transform(${sql}, lambda ${name}: ${change(name, element, 0)})`
}

/** What is made of the fields of a ROW; NULL stays. They are f0, f1 and so on unless they have other names yet. */
export function ofFields(
  { sql, type }: Typed,
  make: (fields: string[]) => string,
  change: Change,
  names: readonly string[] = [],
): string {
  const name = freshName(sql)
  const fields = insideOf(type).map((own, index) =>
    change(fieldSql(name, names[index] ?? `f${index}`), own, index),
  )
  // As an element of a list it has a name, and is worked out once.
  const body = `CASE WHEN ${name} IS NULL THEN NULL ELSE ${make(fields)} END`
  return `list_transform([${sql}], lambda ${name}: ${body})[1]`
}

/** A value whose innermost values are changed; `nameOf` says what fields are called then. */
export function innermost(
  { sql, type, at }: Typed,
  change: (sql: string, type: SqlType) => string,
  nameOf: (name: string, index: number) => string,
): string {
  const inner: Change = (part, own) => innermost({ sql: part, type: own, at }, change, nameOf)
  if (type.of) return eachElement({ sql, type, at }, inner)
  if (!type.fields) return change(sql, type)
  const names = type.fields.map(({ name }, index) => quote(nameOf(name, index)))
  const make = (fields: string[]) =>
    `{${fields.map((field, index) => `${names[index]}: ${field}`).join(', ')}}`
  return ofFields({ sql, type, at }, make, inner)
}

/** A name that a text does not have yet. */
function freshName(sql: string): string {
  let count = 0
  while (sql.includes(`weft_x${count}_`)) count += 1
  return `weft_x${count}_`
}

/** Refuses what has others inside. */
export function requirePlain(
  { type, at }: Pick<Typed, 'type' | 'at'>,
  { what, refuse }: { what: string; refuse: Context['refuse'] },
): void {
  if (isNested(type)) throw refuse(`${what} of ${typeWords(type)} is not supported here`, at)
}
