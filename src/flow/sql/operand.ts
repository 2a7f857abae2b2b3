/**
 * Values side by side: as the one type that takes all of them, as texts, as conditions, as numbers.
 * @module
 */
import type { Expression } from './ast.ts'
import {
  arithmeticType,
  asDecimal,
  commonType,
  hasRow,
  isApproximate,
  isInteger,
  isInterval,
  isNested,
  isNumeric,
  isText,
  plain,
  type SqlType,
  typeWords,
} from './type.ts'
import { castTo, type Context, type Typed } from './typed.ts'

/** An expression that has to be a condition. */
export function translateCondition(expression: Expression, context: Context): string {
  const typed = context.translate(expression, context)
  if (typed.type.name === 'BOOLEAN' || typed.type.name === 'NULL') return typed.sql
  throw context.refuse(
    `${context.place} takes a condition, not ${typeWords(typed.type)}`,
    expression.at,
  )
}

/** Values as the type that takes all of them. */
export function unified(
  values: readonly Typed[],
  { what, refuse }: { what: string; refuse: Context['refuse'] },
): { values: string[]; type: SqlType } {
  let type: SqlType = plain('NULL')
  for (const value of values) {
    const common = commonType(type, value.type)
    if (common === undefined)
      throw refuse(
        `${what} takes values of one type, not ${typeWords(type)} and ${typeWords(value.type)}: use CAST`,
        value.at,
      )
    type = common
  }
  return { values: values.map((value) => castTo(value, type)), type }
}

/** Values that can be compared, as what they are compared as. */
export function alike(
  values: readonly Typed[],
  options: { what: string; refuse: Context['refuse'] },
): string[] {
  const { values: sql, type } = unified(values, options)
  if (isInterval(type))
    throw options.refuse(`${options.what} of intervals is not supported here`, values[0]?.at ?? 0)
  const isEquality = options.what === '=' || options.what === '<>'
  if (isNested(type) && (hasRow(type) || !isEquality))
    throw options.refuse(
      `${options.what} of ${typeWords(type)} is not supported here: compare what is inside`,
      values[0]?.at ?? 0,
    )
  return sql
}

/** Refuses what is no text. */
export function requireText(
  value: Typed,
  { what, refuse }: { what: string; refuse: Context['refuse'] },
): void {
  if (isText(value.type) || value.type.name === 'NULL') return
  throw refuse(`${what} takes texts, not ${typeWords(value.type)}: use CAST`, value.at)
}
/** An operation of two numbers. */
export function arithmetic(
  operator: string,
  { left, right, at, refuse }: { left: Typed; right: Typed; at: number; refuse: Context['refuse'] },
): Typed {
  for (const side of [left, right]) {
    if (!isNumeric(side.type))
      throw refuse(`${operator} takes numbers, not ${typeWords(side.type)}: use CAST`, side.at)
  }
  let type = arithmeticType(operator, left.type, right.type)
  if (isApproximate(type)) {
    if (operator === '%') throw refuse('% of FLOAT and DOUBLE is not supported here', at)
    const [a, b] = [castTo(left, type), castTo(right, type)]
    return { sql: `CAST(${a} ${operator} ${b} AS ${type.name})`, type, at }
  }
  if (isInteger(type)) {
    const [a, b] = [castTo(left, type), castTo(right, type)]
    if (operator === '/') return { sql: `CAST(weft_divide(${a}, ${b}) AS ${type.name})`, type, at }
    if (operator !== '%') return { sql: `CAST(${a} ${operator} ${b} AS ${type.name})`, type, at }
    type = right.type
    return { sql: `CAST(weft_modulo(${a}, ${b}) AS ${type.name})`, type, at }
  }
  const to = `DECIMAL(${type.precision},${type.scale})`
  const [a, b] = [castTo(left, asDecimal(left.type)), castTo(right, asDecimal(right.type))]
  if (operator === '/') {
    const quotient = `weft_quotient(CAST(${a} AS VARCHAR), CAST(${b} AS VARCHAR), '${type.scale}')`
    return { sql: `CAST(${quotient} AS ${to})`, type, at }
  }
  if (operator === '%') return { sql: `CAST(weft_modulo(${a}, ${b}) AS ${to})`, type, at }
  return { sql: `CAST(${a} ${operator} ${b} AS ${to})`, type, at }
}
