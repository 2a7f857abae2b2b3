/**
 * Expressions, translated to DuckDB's with the types and the meaning that Flink gives them.
 * @module
 */
import { translateAggregate } from './aggregate.ts'
import type { Expression } from './ast.ts'
import { cast } from './cast.ts'
import { callFunction } from './functions.ts'
import { moment, shift } from './moment.ts'
import { arrayValue, elementOf, fieldOf, rowValue } from './nested.ts'
import { alike, arithmetic, requireText, translateCondition, unified } from './operand.ts'
import { readType } from './type-node.ts'
import {
  BOOLEAN,
  char,
  decimal,
  DOUBLE,
  INTEGER,
  BIGINT,
  isInterval,
  isNumeric,
  MOST,
  plain,
  typeWords,
  varchar,
} from './type.ts'
import { type Context, quote, type Scope, type Typed } from './typed.ts'

/** An expression of DuckDB, with its type. Throws SqlError with the place of what is not supported. */
export function translate(expression: Expression, context: Context): Typed {
  const { grouped } = context
  const before = grouped?.loose.length ?? 0
  const typed = translateNode(expression, context)
  // What is grouped by as a whole may have columns inside that are not.
  if (grouped?.keys.has(typed.sql)) grouped.loose.length = before
  return typed
}

function translateNode(expression: Expression, context: Context): Typed {
  const { at } = expression
  const sub = (of: Expression) => translate(of, context)
  const { refuse } = context
  switch (expression.kind) {
    case 'number':
      return numberLiteral(expression.text, { at, refuse })
    case 'text': {
      const { value } = expression
      return { sql: quote(value), type: char(Math.max(1, value.length)), at, literal: value }
    }
    case 'boolean':
      return { sql: expression.value ? 'TRUE' : 'FALSE', type: BOOLEAN, at }
    case 'null':
      return { sql: 'NULL', type: plain('NULL'), at }
    case 'moment':
    case 'interval':
      return moment(expression, refuse)
    case 'column':
      return column(expression.path, { at, context })
    case 'array':
      return arrayValue(expression.values.map(sub), { at, refuse })
    case 'row':
      return rowValue(expression.values.map(sub), { at, refuse })
    case 'element':
      return elementOf(sub(expression.of), sub(expression.index), { at, refuse })
    case 'field':
      return fieldOf(sub(expression.of), expression.name, { at, refuse })
    case 'unary':
      return unary(expression.operator, sub(expression.of), { at, refuse })
    case 'binary':
      return binary(expression.operator, {
        left: sub(expression.left),
        right: sub(expression.right),
        at,
        refuse,
      })
    case 'is':
      return truth(expression, { of: sub(expression.of), refuse })
    case 'distinct': {
      const [a, b] = alike([sub(expression.left), sub(expression.right)], {
        what: 'IS DISTINCT FROM',
        refuse,
      })
      return condition(`${a} IS ${expression.not ? 'NOT ' : ''}DISTINCT FROM ${b}`, at)
    }
    case 'between': {
      const [of, low, high] = alike([expression.of, expression.low, expression.high].map(sub), {
        what: 'BETWEEN',
        refuse,
      })
      const plainly = `${of} BETWEEN ${low} AND ${high}`
      const either = expression.symmetric
        ? `(${plainly} OR ${of} BETWEEN ${high} AND ${low})`
        : plainly
      return condition(expression.not ? `NOT (${either})` : either, at)
    }
    case 'in':
      return inList(expression, context)
    case 'like': {
      const parts = [expression.of, expression.pattern].map(sub)
      for (const part of parts) requireText(part, { what: 'LIKE', refuse })
      const escape = expression.escape === null ? '' : ` ESCAPE ${sub(expression.escape).sql}`
      return condition(
        `${parts[0]?.sql} ${expression.not ? 'NOT ' : ''}LIKE ${parts[1]?.sql}${escape}`,
        at,
      )
    }
    case 'exists':
      return condition(`EXISTS (${context.query(expression.query, context.scope).sql})`, at)
    case 'scalar': {
      const around: Scope = { columns: [], tables: [], outer: null, hidden: context.scope }
      const { sql, columns } = context.query(expression.query, around)
      const [only] = columns
      if (columns.length !== 1 || only === undefined)
        throw refuse(`a query as a value has one column, not ${columns.length}`, at)
      return { sql: `(${sql})`, type: only.type, at }
    }
    case 'case':
      return caseOf(expression, context)
    case 'cast':
      return cast(sub(expression.of), readType(expression.type, refuse), {
        isTry: expression.isTry,
        refuse,
      })
    case 'call':
      return translateAggregate(expression, context) ?? callFunction(expression, context)
  }
}

function numberLiteral(
  text: string,
  { at, refuse }: Pick<Context, 'refuse'> & { at: number },
): Typed {
  if (/e/i.test(text)) return { sql: `CAST('${text}' AS DOUBLE)`, type: DOUBLE, at, literal: text }
  if (/^\d+$/.test(text)) {
    const value = BigInt(text)
    if (value < 2n ** 31n)
      return { sql: `CAST(${value} AS INTEGER)`, type: INTEGER, at, literal: text }
    if (value < 2n ** 63n)
      return { sql: `CAST(${value} AS BIGINT)`, type: BIGINT, at, literal: text }
    throw refuse(`the number ${text} is larger than a BIGINT`, at)
  }
  const [whole = '', fraction = ''] = text.split('.')
  const significant = whole.replace(/^0+/, '')
  const type = decimal(Math.max(significant.length + fraction.length, 1), fraction.length)
  if (type.precision > 38) throw refuse(`the number ${text} has more than 38 digits`, at)
  return {
    sql: `CAST('${text}' AS DECIMAL(${type.precision},${type.scale}))`,
    type,
    at,
    literal: text,
  }
}

function column(path: readonly string[], { at, context }: { at: number; context: Context }): Typed {
  const { scope, grouped, refuse } = context
  const within = fieldsOf(path, { at, context })
  if (within) return within
  const found = lookUp(path, scope)
  const name = path.join('.')
  if (found.length > 1)
    throw refuse(`there are several columns ${name}: put the table in front`, at)
  const [only] = found
  if (only) {
    grouped?.loose.push({ name, at })
    return { sql: only.sql, type: only.type, at }
  }
  for (let outer = scope.outer; outer; outer = outer.outer) {
    const [above] = lookUp(path, outer)
    if (above) return { sql: above.sql, type: above.type, at }
    if (outer.hidden && lookUp(path, outer.hidden).length > 0)
      throw refuse(
        `a query as a value takes no columns from around it here (${name}): use a join`,
        at,
      )
  }
  throw refuse(`there is no column ${name}`, at)
}

/** A field of a column, where the path is none of a column itself. */
function fieldsOf(
  path: readonly string[],
  { at, context }: { at: number; context: Context },
): Typed | undefined {
  const { scope, refuse } = context
  for (let length = path.length; length > 0; length -= 1) {
    const found = lookUp(path.slice(0, length), scope)
    if (found.length === 0) continue
    if (length === path.length || found.length > 1) return undefined
    const base = context.translate({ kind: 'column', path: path.slice(0, length), at }, context)
    return path.slice(length).reduce((of, name) => fieldOf(of, name, { at, refuse }), base)
  }
  return undefined
}

function lookUp(path: readonly string[], scope: Scope) {
  const [first, second, ...more] = path
  if (second === undefined) return scope.columns.filter(({ name }) => name === first)
  if (more.length > 0) return []
  return scope.tables
    .filter(({ name }) => name === first)
    .flatMap(({ columns }) => columns.filter(({ name }) => name === second))
}

interface Place {
  readonly at: number
  readonly refuse: Context['refuse']
}

function unary(operator: string, of: Typed, { at, refuse }: Place): Typed {
  if (operator === 'NOT') {
    if (of.type.name !== 'BOOLEAN' && of.type.name !== 'NULL')
      throw refuse(`NOT takes a condition, not ${typeWords(of.type)}`, at)
    return condition(`NOT ${of.sql}`, at)
  }
  if (isInterval(of.type) && operator === '-') return { sql: `(-${of.sql})`, type: of.type, at }
  if (!isNumeric(of.type)) throw refuse(`${operator} takes a number, not ${typeWords(of.type)}`, at)
  if (operator === '+') return of
  const literal = of.literal === undefined ? {} : { literal: `-${of.literal}` }
  return { sql: `(-${of.sql})`, type: of.type, at, ...literal }
}

function binary(
  operator: string,
  { left, right, at, refuse }: Place & { left: Typed; right: Typed },
): Typed {
  if (operator === 'AND' || operator === 'OR') {
    for (const side of [left, right]) {
      if (side.type.name !== 'BOOLEAN' && side.type.name !== 'NULL')
        throw refuse(`${operator} takes conditions, not ${typeWords(side.type)}`, side.at)
    }
    return condition(`${left.sql} ${operator} ${right.sql}`, at)
  }
  if (['=', '<>', '<', '<=', '>', '>='].includes(operator)) {
    const [a, b] = alike([left, right], { what: operator, refuse })
    return condition(`${a} ${operator} ${b}`, at)
  }
  if (operator === '||') return joined(left, right, { at, refuse })
  if (operator === '+' || operator === '-') {
    const shifted = shift(operator, { left, right, at, refuse })
    if (shifted) return shifted
  }
  return arithmetic(operator, { left, right, at, refuse })
}

function joined(left: Typed, right: Typed, { at, refuse }: Place): Typed {
  for (const side of [left, right]) requireText(side, { what: '||', refuse })
  const length = Math.min(MOST, left.type.length + right.type.length)
  const both = left.type.name === 'CHAR' && right.type.name === 'CHAR'
  return { sql: `(${left.sql} || ${right.sql})`, type: both ? char(length) : varchar(length), at }
}

function condition(sql: string, at: number): Typed {
  return { sql: `(${sql})`, type: BOOLEAN, at }
}

function truth(
  { what, not, at }: { what: string; not: boolean; at: number },
  { of, refuse }: { of: Typed; refuse: Context['refuse'] },
): Typed {
  const isNull = what === 'NULL' || what === 'UNKNOWN'
  if (what !== 'NULL' && of.type.name !== 'BOOLEAN')
    throw refuse(`IS ${what} takes a condition, not ${typeWords(of.type)}`, at)
  if (isNull) return condition(`${of.sql} IS ${not ? 'NOT ' : ''}NULL`, at)
  return condition(`${of.sql} IS ${not ? '' : 'NOT '}DISTINCT FROM ${what}`, at)
}

function inList(
  { of, list, query, not, at }: Extract<Expression, { kind: 'in' }>,
  context: Context,
): Typed {
  const { refuse } = context
  const [first] = of
  if (first === undefined || of.length !== 1) throw refuse('IN takes one value', at)
  const value = translate(first, context)
  if (query === null) {
    const values = (list ?? []).map((one) => translate(one, context))
    const [subject, ...others] = alike([value, ...values], { what: 'IN', refuse })
    return condition(`${subject} ${not ? 'NOT ' : ''}IN (${others.join(', ')})`, at)
  }
  const answer = context.query(query, context.scope)
  const [only] = answer.columns
  if (answer.columns.length !== 1 || only === undefined)
    throw refuse(`IN takes a query of one column, not ${answer.columns.length}`, at)
  const [subject, cell] = alike([value, { sql: 'weft_in.c0', type: only.type, at }], {
    what: 'IN',
    refuse,
  })
  return condition(
    `${subject} ${not ? 'NOT ' : ''}IN (SELECT ${cell} FROM (${answer.sql}) AS weft_in(c0))`,
    at,
  )
}

function caseOf(
  { of, whens, otherwise, at }: Extract<Expression, { kind: 'case' }>,
  context: Context,
): Typed {
  const { refuse } = context
  const conditions = whens.map(({ when }) =>
    of === null
      ? translateCondition(when, { ...context, place: 'WHEN' })
      : translate({ kind: 'binary', operator: '=', left: of, right: when, at: when.at }, context)
          .sql,
  )
  const results = whens.map(({ result }) => translate(result, context))
  if (otherwise !== null) results.push(translate(otherwise, context))
  const { values, type } = unified(results, { what: 'CASE', refuse })
  const cases = conditions.map((when, index) => `WHEN ${when} THEN ${values[index]}`)
  const last = otherwise === null ? '' : ` ELSE ${values.at(-1)}`
  return { sql: `(CASE ${cases.join(' ')}${last} END)`, type, at }
}
