/**
 * CAST and TRY_CAST as Flink has them: which texts are numbers, what becomes of digits too many, how values are written.
 * @module
 */
import type { Refuse } from './lex.ts'
import { type Change, eachElement, ofFields } from './nested.ts'
import {
  duckType,
  insideOf,
  isApproximate,
  isInteger,
  isInterval,
  isNested,
  isNumeric,
  isText,
  MOST,
  timestamp,
  type SqlType,
  typeWords,
  varchar,
} from './type.ts'
import { castTo, type Typed } from './typed.ts'

export interface CastOptions {
  readonly isTry: boolean
  readonly refuse: Refuse
}

/** A value as another type. */
export function cast(value: Typed, type: SqlType, { isTry, refuse }: CastOptions): Typed {
  const from = value.type
  const { at } = value
  const operator = isTry ? 'TRY_CAST' : 'CAST'
  const to = (sql: string): Typed => ({ sql: `${operator}(${sql} AS ${duckType(type)})`, type, at })
  if (from.name === 'NULL') return { sql: `CAST(NULL AS ${duckType(type)})`, type, at }
  const impossible = () =>
    refuse(`CAST of ${typeWords(from)} to ${typeWords(type)} is not supported here`, at)
  if (isInterval(from) || isInterval(type)) throw impossible()
  if (isNested(from) || isNested(type))
    return castNested(value, type, { isTry, refuse, impossible })
  const isInstant = type.name === 'TIMESTAMP_LTZ'
  // An instant is what clocks of the session show then, and the other way round.
  if (from.name === 'TIMESTAMP_LTZ' && !isInstant) {
    const shown = { ...value, sql: `weft_local(${value.sql})`, type: timestamp(from.precision) }
    // Unlike that of a timestamp, the date of an instant before 1970 is the one that calendars show.
    if (type.name === 'DATE') return to(shown.sql)
    return cast(shown, type, { isTry, refuse })
  }
  if (isInstant && from.name !== 'TIMESTAMP_LTZ') {
    if (!isText(from) && from.name !== 'TIMESTAMP' && from.name !== 'DATE') throw impossible()
    const read = cast(value, timestamp(type.precision), { isTry, refuse })
    return { ...read, sql: `weft_instant(${read.sql})`, type }
  }
  if (isText(type)) return { sql: sized(textOf(value), from, type), type, at }
  if (isText(from)) {
    const read = to(parsed(value.sql, type))
    const isCut = type.name === 'TIMESTAMP' && type.precision < 6
    return isCut ? { ...read, sql: cut(read.sql, type.precision) } : read
  }
  if (
    from.name === type.name &&
    !['DECIMAL', 'TIMESTAMP', 'TIMESTAMP_LTZ', 'TIME'].includes(from.name)
  )
    return { sql: value.sql, type, at }
  if (isNumeric(from) && isNumeric(type)) {
    if (isInteger(type) && !isInteger(from)) return to(`trunc(${value.sql})`)
    if (type.name === 'DECIMAL' && isApproximate(from)) return to(textOf(value))
    return to(value.sql)
  }
  if (isNumeric(from) && type.name === 'BOOLEAN' && isInteger(from))
    return { sql: `(${value.sql} <> 0)`, type, at }
  if (from.name === 'BOOLEAN' && isNumeric(type)) return to(`CAST(${value.sql} AS INTEGER)`)
  if (isInstant || (type.name === 'TIMESTAMP' && ['TIMESTAMP', 'DATE'].includes(from.name)))
    return {
      sql:
        from.name === 'DATE' || type.precision >= from.precision
          ? `CAST(${value.sql} AS TIMESTAMP)`
          : isInstant || type.precision >= 3
            ? cut(value.sql, type.precision)
            : `weft_short(${value.sql}, ${10 ** (6 - type.precision)})`,
      type,
      at,
    }
  if (from.name === 'TIMESTAMP' && type.name === 'DATE')
    return { sql: `weft_day(${value.sql})`, type, at }
  if (from.name === 'TIMESTAMP' && type.name === 'TIME' && type.precision === 0)
    return to(cut(value.sql, 0))
  throw impossible()
}

/** A moment with fewer digits of seconds; those behind are cut off. */
function cut(sql: string, precision: number): string {
  return `weft_cut(${sql}, ${10 ** (6 - precision)})`
}

/** A text that is no longer than its type, and no shorter than CHAR. */
function sized(sql: string, from: SqlType, { name, length }: SqlType): string {
  if (length === MOST) return sql
  if (name === 'CHAR') return `rpad(left(${sql}, ${length}), ${length}, ' ')`
  return isText(from) && from.length <= length ? sql : `left(${sql}, ${length})`
}

/** All that is inside as what is inside the other type. */
function castNested(
  value: Typed,
  type: SqlType,
  { impossible, ...options }: CastOptions & { impossible: () => Error },
): Typed {
  const { type: from, at } = value
  // What is wrong inside makes all of it NULL at Flink.
  if (options.isTry) throw impossible()
  if (isText(type)) return { sql: sized(textOf(value), from, type), type, at }
  const inside = insideOf(type)
  if (from.name !== type.name || insideOf(from).length !== inside.length) throw impossible()
  const change: Change = (sql, own, index) =>
    cast({ sql, type: own, at }, inside[index] ?? own, options).sql
  const make = (fields: string[]) =>
    `{${fields.map((field, index) => `'f${index}': ${field}`).join(', ')}}`
  const sql = from.of ? eachElement(value, change) : ofFields(value, make, change)
  // Where there is no element, its type would not be known.
  return { sql: `CAST(${sql} AS ${duckType(type)})`, type, at }
}

/** `[1, NULL]` and `(1, x)`. */
function nestedText(value: Typed): string {
  const { at } = value
  const unexpected = (message: string) => {
    throw new TypeError(message)
  }
  const change: Change = (sql, type) => {
    const text = cast({ sql, type, at }, varchar(MOST), { isTry: false, refuse: unexpected })
    return `coalesce(${text.sql}, 'NULL')`
  }
  if (value.type.of) return `('[' || array_to_string(${eachElement(value, change)}, ', ') || ']')`
  return ofFields(value, (fields) => `('(' || ${fields.join(` || ', ' || `)} || ')')`, change)
}

/** How a value is written. */
export function textOf(value: Typed): string {
  const { sql, type } = value
  if (isText(type)) return sql
  if (isNested(type)) return nestedText(value)
  switch (type.name) {
    case 'BOOLEAN':
      return `(CASE ${sql} WHEN TRUE THEN 'TRUE' WHEN FALSE THEN 'FALSE' END)`
    case 'DOUBLE':
      return `weft_double_text(${sql})`
    case 'FLOAT':
      return `weft_float_text(${sql})`
    case 'TIMESTAMP':
      return stampText(sql, type.precision)
    case 'TIME':
      return `strftime(DATE '1970-01-01' + ${sql}, '%H:%M:%S')`
    default:
      return castTo(value, { ...type, name: 'VARCHAR' })
  }
}

function stampText(sql: string, precision: number): string {
  if (precision === 0) return `strftime(${sql}, '%Y-%m-%d %H:%M:%S')`
  return `left(strftime(${sql}, '%Y-%m-%d %H:%M:%S.%f'), ${20 + precision})`
}

/** A text as one that DuckDB reads as Flink would read this one; others as some that it does not read. */
function parsed(sql: string, type: SqlType): string {
  if (isInteger(type)) return `weft_integer(${sql})`
  if (type.name === 'BOOLEAN') return `weft_boolean(${sql})`
  if (isNumeric(type)) return `weft_number(${sql})`
  if (type.name === 'DATE') return `weft_date(${sql})`
  if (type.name === 'TIMESTAMP') return `weft_timestamp(${sql})`
  return `weft_time(${sql})`
}
