/**
 * The functions that are known, each with what it takes, the type it gives, and its like at DuckDB.
 * @module
 */
import type { Call } from './ast.ts'
import { type Arguments, countAt, type SqlFunction, valueAt } from './function.ts'
import { ARRAYS } from './functions-array.ts'
import { CLOCKS } from './functions-clock.ts'
import { NUMBERS } from './functions-number.ts'
import { addTo, datePattern, difference, extract, roundTo } from './moment.ts'
import { requirePlain } from './nested.ts'
import { alike, requireText, unified } from './operand.ts'
import {
  BOOLEAN,
  char,
  DATE,
  INTEGER,
  isText,
  MOST,
  STRING,
  timestamp,
  typeWords,
  varchar,
  type SqlType,
} from './type.ts'
import { type Context, quote, type Typed, wordsOf } from './typed.ts'

/** A call of a function, translated. */
export function callFunction(call: Call & { readonly at: number }, context: Context): Typed {
  const { refuse } = context
  const { name, at, unit } = call
  const known = [FUNCTIONS, NUMBERS, CLOCKS, ARRAYS]
    .map((table) => own(table, name))
    .find((found) => found !== undefined)
  if (known === undefined) throw refuse(`the function ${name} is not supported here`, at)
  if (call.distinct || call.star || call.filter || call.over)
    throw refuse(`${name} is no aggregate: it takes no DISTINCT, *, FILTER or OVER`, at)
  const values = call.arguments.map((argument) => context.translate(argument, context))
  if (values.length < known.least || values.length > known.most)
    throw refuse(`${name} does not take ${values.length} values (${wordsOf(values)})`, at)
  return { ...known.build({ name, values, unit, at, refuse }), at }
}

function own(table: Readonly<Record<string, SqlFunction>>, name: string): SqlFunction | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** The text of a place. */
export function textAt(call: Arguments, index: number): string {
  const value = valueAt(call, index)
  requireText(value, { what: call.name, refuse: call.refuse })
  return value.sql
}

function fn(least: number, most: number, build: SqlFunction['build']): SqlFunction {
  return { least, most, build }
}

/** A text of the length that the first value has at most. */
function sameText(least: number, most: number, sql: (call: Arguments) => string): SqlFunction {
  return fn(least, most, (call) => ({ sql: sql(call), type: varchar(lengthOf(valueAt(call, 0))) }))
}

function text(least: number, most: number, sql: (call: Arguments) => string): SqlFunction {
  return fn(least, most, (call) => ({ sql: sql(call), type: STRING }))
}

function lengthOf({ type }: Typed): number {
  return isText(type) ? type.length : MOST
}

function substring(call: Arguments): string {
  const from = countAt(call, 1)
  const rest = call.values.length === 3 ? `, ${countAt(call, 2)}` : ''
  // Position 0 is the first one, too.
  return `substring(${textAt(call, 0)}, CASE WHEN ${from} = 0 THEN 1 ELSE ${from} END${rest})`
}

function position(needle: string, hay: string): { sql: string; type: SqlType } {
  return { sql: `CAST(strpos(${hay}, ${needle}) AS INTEGER)`, type: INTEGER }
}

function length(call: Arguments): { sql: string; type: SqlType } {
  return { sql: `CAST(length(${textAt(call, 0)}) AS INTEGER)`, type: INTEGER }
}

/** A pattern that RE2 and Java read alike. */
function regex(call: Arguments, index: number): string {
  const { literal, at } = valueAt(call, index)
  if (literal === undefined)
    throw call.refuse(`the pattern of ${call.name} has to be written as a text`, at)
  if (/\(\?[=!<>]|\\[1-9kGZ]|[*+?}]\+|&&|\\[hHRX]/.test(literal))
    throw call.refuse(
      'patterns that look around, refer back or never give back are not supported here',
      at,
    )
  return quote(literal)
}

function trim(call: Arguments): string {
  const kind = { BOTH: 'trim', LEADING: 'ltrim', TRAILING: 'rtrim' }[call.unit ?? 'BOTH'] ?? 'trim'
  const characters = call.values.length === 2 ? textAt(call, 1) : "' '"
  return `${kind}(${textAt(call, 0)}, ${characters})`
}

function pad(kind: 'lpad' | 'rpad'): SqlFunction {
  return text(3, 3, (call) => {
    const size = countAt(call, 1)
    return `CASE WHEN ${size} < 0 THEN NULL ELSE ${kind}(${textAt(call, 0)}, ${size}, ${textAt(call, 2)}) END`
  })
}

function part(unit: string): SqlFunction {
  return fn(1, 1, (call) => extract(unit, valueAt(call, 0), call))
}

function round(up: boolean): SqlFunction {
  return fn(1, 1, (call) => {
    const of = valueAt(call, 0)
    if (call.unit !== null)
      return roundTo({ unit: call.unit, up, at: call.at }, { of, refuse: call.refuse })
    const known = NUMBERS[up ? 'CEIL_NUMBER' : 'FLOOR_NUMBER']
    if (known === undefined) throw new TypeError('CEIL and FLOOR of numbers are missing')
    return known.build(call)
  })
}

function coalesce(call: Arguments): { sql: string; type: SqlType } {
  const { values, type } = unified(call.values, { what: call.name, refuse: call.refuse })
  return { sql: `COALESCE(${values.join(', ')})`, type }
}

const SECONDS = timestamp(3)

const FUNCTIONS: Readonly<Record<string, SqlFunction>> = {
  UPPER: sameText(1, 1, (call) => `upper(${textAt(call, 0)})`),
  LOWER: sameText(1, 1, (call) => `lower(${textAt(call, 0)})`),
  TRIM: sameText(1, 2, trim),
  LTRIM: sameText(1, 1, (call) => `ltrim(${textAt(call, 0)}, ' ')`),
  RTRIM: sameText(1, 1, (call) => `rtrim(${textAt(call, 0)}, ' ')`),
  SUBSTRING: sameText(2, 3, substring),
  SUBSTR: sameText(2, 3, substring),
  LEFT: sameText(2, 2, (call) => `left(${textAt(call, 0)}, greatest(${countAt(call, 1)}, 0))`),
  RIGHT: sameText(2, 2, (call) => `right(${textAt(call, 0)}, greatest(${countAt(call, 1)}, 0))`),
  OVERLAY: fn(3, 4, (call) => {
    const [whole, other] = [textAt(call, 0), textAt(call, 1)]
    const from = countAt(call, 2)
    const count = call.values.length === 4 ? countAt(call, 3) : `length(${other})`
    const type = varchar(Math.min(MOST, lengthOf(valueAt(call, 0)) + lengthOf(valueAt(call, 1))))
    return {
      sql: `(left(${whole}, ${from} - 1) || ${other} || substring(${whole}, ${from} + ${count}))`,
      type,
    }
  }),
  CONCAT: text(
    1,
    64,
    (call) => `(${call.values.map((_, index) => textAt(call, index)).join(' || ')})`,
  ),
  CONCAT_WS: text(
    2,
    64,
    (call) => `concat_ws(${call.values.map((_, index) => textAt(call, index)).join(', ')})`,
  ),
  REPLACE: text(
    3,
    3,
    (call) => `replace(${textAt(call, 0)}, ${textAt(call, 1)}, ${textAt(call, 2)})`,
  ),
  REPEAT: text(2, 2, (call) => `repeat(${textAt(call, 0)}, ${countAt(call, 1)})`),
  REVERSE: text(1, 1, (call) => `reverse(${textAt(call, 0)})`),
  LPAD: pad('lpad'),
  RPAD: pad('rpad'),
  SPLIT_INDEX: text(3, 3, (call) => {
    const index = countAt(call, 2)
    return `CASE WHEN ${index} < 0 THEN NULL ELSE string_split(${textAt(call, 0)}, ${textAt(call, 1)})[${index} + 1] END`
  }),
  REGEXP_EXTRACT: text(2, 3, (call) => {
    const group = call.values.length === 3 ? valueAt(call, 2).literal : '0'
    if (group === undefined || !/^\d$/.test(group))
      throw call.refuse('the group of REGEXP_EXTRACT has to be written as a number', call.at)
    const [subject, pattern] = [textAt(call, 0), regex(call, 1)]
    return `CASE WHEN regexp_matches(${subject}, ${pattern}) THEN regexp_extract(${subject}, ${pattern}, ${group}) END`
  }),
  REGEXP_REPLACE: text(3, 3, (call) => {
    const { literal, at } = valueAt(call, 2)
    if (literal === undefined || literal.includes('\\'))
      throw call.refuse('what REGEXP_REPLACE puts in has to be a text without backslashes', at)
    // A $ is one: Flink puts in no groups.
    return `regexp_replace(${textAt(call, 0)}, ${regex(call, 1)}, ${quote(literal)}, 'g')`
  }),
  REGEXP: fn(2, 2, (call) => ({
    sql: `regexp_matches(${textAt(call, 0)}, ${regex(call, 1)})`,
    type: BOOLEAN,
  })),
  POSITION: fn(2, 2, (call) => position(textAt(call, 0), textAt(call, 1))),
  LOCATE: fn(2, 2, (call) => position(textAt(call, 0), textAt(call, 1))),
  INSTR: fn(2, 2, (call) => position(textAt(call, 1), textAt(call, 0))),
  CHAR_LENGTH: fn(1, 1, length),
  CHARACTER_LENGTH: fn(1, 1, length),
  ASCII: fn(1, 1, (call) => ({ sql: `ascii(${textAt(call, 0)})`, type: INTEGER })),
  CHR: text(1, 1, (call) => `chr(CAST(${countAt(call, 0)} AS INTEGER))`),
  MD5: fn(1, 1, (call) => ({ sql: `md5(${textAt(call, 0)})`, type: char(32) })),
  SHA1: fn(1, 1, (call) => ({ sql: `sha1(${textAt(call, 0)})`, type: char(40) })),
  SHA256: fn(1, 1, (call) => ({ sql: `sha256(${textAt(call, 0)})`, type: char(64) })),
  TO_BASE64: text(1, 1, (call) => `to_base64(encode(${textAt(call, 0)}))`),
  FROM_BASE64: text(1, 1, (call) => `decode(from_base64(${textAt(call, 0)}))`),
  COALESCE: fn(1, 64, coalesce),
  IFNULL: fn(2, 2, coalesce),
  NULLIF: fn(2, 2, (call) => {
    const values = alike(call.values, { what: '=', refuse: call.refuse })
    const first = valueAt(call, 0)
    return {
      sql: `(CASE WHEN ${values.join(' = ')} THEN NULL ELSE ${first.sql} END)`,
      type: first.type,
    }
  }),
  IF: fn(3, 3, (call) => {
    const condition = valueAt(call, 0)
    if (condition.type.name !== 'BOOLEAN')
      throw call.refuse(`IF takes a condition, not ${typeWords(condition.type)}`, condition.at)
    const { values, type } = unified(call.values.slice(1), { what: 'IF', refuse: call.refuse })
    requirePlain({ type, at: call.at }, { what: 'IF', refuse: call.refuse })
    return { sql: `(CASE WHEN ${condition.sql} THEN ${values[0]} ELSE ${values[1]} END)`, type }
  }),
  FLOOR: round(false),
  CEIL: round(true),
  CEILING: round(true),
  EXTRACT: fn(1, 1, (call) => extract(call.unit ?? '', valueAt(call, 0), call)),
  YEAR: part('YEAR'),
  QUARTER: part('QUARTER'),
  MONTH: part('MONTH'),
  WEEK: part('WEEK'),
  DAYOFYEAR: part('DOY'),
  DAYOFMONTH: part('DAY'),
  DAYOFWEEK: part('DOW'),
  HOUR: part('HOUR'),
  MINUTE: part('MINUTE'),
  SECOND: part('SECOND'),
  TIMESTAMPADD: fn(2, 2, (call) => {
    countAt(call, 0)
    return addTo(call.unit ?? '', { amount: valueAt(call, 0), of: valueAt(call, 1), ...call })
  }),
  TIMESTAMPDIFF: fn(2, 2, (call) =>
    difference(call.unit ?? '', { from: valueAt(call, 0), to: valueAt(call, 1), ...call }),
  ),
  DATE_FORMAT: text(2, 2, (call) => {
    const of = valueAt(call, 0)
    const isInstant = of.type.name === 'TIMESTAMP_LTZ'
    if (of.type.name !== 'TIMESTAMP' && !isInstant)
      throw call.refuse(
        `DATE_FORMAT takes a TIMESTAMP here, not ${typeWords(of.type)}: use CAST`,
        of.at,
      )
    const shown = isInstant ? `weft_local(${of.sql})` : of.sql
    return `strftime(${shown}, ${quote(datePattern(valueAt(call, 1), call.refuse))})`
  }),
  TO_DATE: fn(1, 2, (call) => {
    if (call.values.length === 1)
      return { sql: `TRY_CAST(weft_date(${textAt(call, 0)}) AS DATE)`, type: DATE }
    const pattern = quote(datePattern(valueAt(call, 1), call.refuse))
    return { sql: `CAST(try_strptime(${textAt(call, 0)}, ${pattern}) AS DATE)`, type: DATE }
  }),
  TO_TIMESTAMP: fn(1, 2, (call) => {
    const read =
      call.values.length === 1
        ? `TRY_CAST(weft_timestamp(${textAt(call, 0)}) AS TIMESTAMP)`
        : `try_strptime(${textAt(call, 0)}, ${quote(datePattern(valueAt(call, 1), call.refuse))})`
    return { sql: `weft_cut(${read}, 1000)`, type: SECONDS }
  }),
  GREATEST: fn(2, 64, extreme('greatest')),
  LEAST: fn(2, 64, extreme('least')),
}

/** Unlike DuckDB's, these are NULL where any value is. */
function extreme(kind: 'greatest' | 'least'): SqlFunction['build'] {
  return (call) => {
    const { values, type } = unified(call.values, { what: call.name, refuse: call.refuse })
    requirePlain({ type, at: call.at }, { what: call.name, refuse: call.refuse })
    const nulls = values.map((value) => `${value} IS NULL`).join(' OR ')
    return { sql: `(CASE WHEN ${nulls} THEN NULL ELSE ${kind}(${values.join(', ')}) END)`, type }
  }
}
