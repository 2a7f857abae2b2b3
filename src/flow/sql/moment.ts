/**
 * Dates, times and intervals: as they are written, added, subtracted and rounded.
 * @module
 */
import type { Expression } from './ast.ts'
import type { Refuse } from './lex.ts'
import { BIGINT, DATE, INTEGER, isInterval, plain, time, timestamp, typeWords } from './type.ts'
import { castTo, type Typed } from './typed.ts'

/** Milliseconds of the units that always have as many. */
const MILLIS: Readonly<Record<string, number>> = {
  WEEK: 7 * 86_400_000,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
}
/** The units that hold as many of these. */
const CLOCK_WHOLE: Readonly<Record<string, number>> = {
  HOUR: 86_400_000,
  MINUTE: 3_600_000,
  SECOND: 60_000,
}
const MONTHS: Readonly<Record<string, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 }

const FORMS = {
  DATE: /^\d{4}-\d{2}-\d{2}$/,
  TIME: /^\d{2}:\d{2}:\d{2}$/,
  TIMESTAMP: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?$/,
}

/** A date, time, timestamp or interval that is written as such. */
export function moment(
  node: Extract<Expression, { kind: 'moment' | 'interval' }>,
  refuse: Refuse,
): Typed {
  const { at, value } = node
  if (node.kind === 'interval') {
    const [amount, type] = readInterval(node, refuse)
    const sql = type === 'MONTHS' ? `to_months(${amount})` : `to_milliseconds(${amount})`
    return { sql, type: plain(type), at, literal: String(amount) }
  }
  if (!FORMS[node.type].test(value) || !isReal(node.type, value))
    throw refuse(`'${value}' is no ${node.type}`, at)
  const digits = value.split('.')[1]?.length ?? 0
  const type = node.type === 'DATE' ? DATE : node.type === 'TIME' ? time(0) : timestamp(digits)
  return { sql: `${node.type} '${value}'`, type, at }
}

function isReal(type: string, value: string): boolean {
  const iso =
    type === 'TIME'
      ? `1970-01-01T${value}Z`
      : `${value.replace(' ', 'T')}${type === 'DATE' ? 'T00:00:00' : ''}Z`
  const time = Date.parse(iso)
  return (
    !Number.isNaN(time) &&
    (type === 'TIME' || new Date(time).toISOString().startsWith(value.slice(0, 10)))
  )
}

/** The length of an interval: in months, or in milliseconds. */
export function readInterval(
  { value, unit, to, at }: Extract<Expression, { kind: 'interval' }>,
  refuse: Refuse,
): [amount: number, type: 'MONTHS' | 'MILLIS'] {
  const bad = () =>
    refuse(`INTERVAL '${value}' ${unit}${to === null ? '' : ` TO ${to}`} is not supported here`, at)
  const sign = value.trim().startsWith('-') ? -1 : 1
  const text = value.trim().replace(/^[-+]/, '')
  if (to === null) {
    const months = MONTHS[unit]
    if (months !== undefined && /^\d{1,6}$/.test(text))
      return [sign * Number(text) * months, 'MONTHS']
    const millis = MILLIS[unit]
    const form = unit === 'SECOND' ? /^\d{1,9}(?:\.\d{1,3})?$/ : /^\d{1,6}$/
    if (millis === undefined || !form.test(text)) throw bad()
    return [sign * Math.round(Number(text) * millis), 'MILLIS']
  }
  if (unit === 'YEAR' && to === 'MONTH') {
    const [, years, months] = /^(\d{1,4})-(\d{1,2})$/.exec(text) ?? []
    if (years === undefined) throw bad()
    return [sign * (Number(years) * 12 + Number(months)), 'MONTHS']
  }
  const units = ['DAY', 'HOUR', 'MINUTE', 'SECOND']
  const [from, end] = [units.indexOf(unit), units.indexOf(to)]
  if (from < 0 || end <= from) throw bad()
  const parts = text.split(/[ :]/)
  if (parts.length !== end - from + 1 || !parts.every((part) => /^\d+(?:\.\d{1,3})?$/.test(part)))
    throw bad()
  const total = parts.reduce((sum, part, index) => {
    return sum + Number(part) * (MILLIS[units[from + index] ?? ''] ?? 0)
  }, 0)
  return [sign * Math.round(total), 'MILLIS']
}

/** A moment and an interval; undefined where neither side is an interval. */
export function shift(
  operator: string,
  { left, right, at, refuse }: { left: Typed; right: Typed; at: number; refuse: Refuse },
): Typed | undefined {
  const swap = isInterval(left.type) && operator === '+'
  const [base, interval] = swap ? [right, left] : [left, right]
  if (!isInterval(interval.type)) return undefined
  const { name } = base.type
  if (name !== 'DATE' && name !== 'TIMESTAMP')
    throw refuse(`${operator} of ${typeWords(base.type)} and an interval is not supported here`, at)
  const whole = interval.type.name === 'MONTHS' || Number(interval.literal) % 86_400_000 === 0
  if (name === 'DATE' && !whole)
    throw refuse('a DATE takes intervals of whole days: CAST it to TIMESTAMP', interval.at)
  return {
    sql: castTo(
      { ...base, sql: `(${base.sql} ${operator} ${interval.sql})`, type: plain('NULL') },
      base.type,
    ),
    type: base.type,
    at,
  }
}

/** EXTRACT: a part of a moment. */
export function extract(
  unit: string,
  of: Typed,
  { at, refuse }: { at: number; refuse: Refuse },
): Typed {
  if (of.type.name === 'TIMESTAMP_LTZ')
    return extract(
      unit,
      { ...of, sql: `weft_local(${of.sql})`, type: timestamp(3) },
      { at, refuse },
    )
  const { name } = of.type
  const parts: Readonly<Record<string, string>> = {
    YEAR: 'year',
    QUARTER: 'quarter',
    MONTH: 'month',
    WEEK: 'week',
    DAY: 'day',
    DOY: 'dayofyear',
    ISODOW: 'isodow',
    ISOYEAR: 'isoyear',
  }
  const clock: Readonly<Record<string, string>> = {
    HOUR: 'hour',
    MINUTE: 'minute',
    SECOND: 'second',
  }
  if (name !== 'DATE' && name !== 'TIMESTAMP' && name !== 'TIME')
    throw refuse(`EXTRACT takes a moment, not ${typeWords(of.type)}`, of.at)
  const dated = name !== 'TIME'
  const timed = name !== 'DATE'
  const day = name === 'TIMESTAMP' ? `weft_day(${of.sql})` : of.sql
  if (unit === 'DOW' && dated) return { sql: `(dayofweek(${day}) + 1)`, type: BIGINT, at }
  if (unit === 'MILLISECOND' && name === 'TIMESTAMP')
    return { sql: `(epoch_ms(${of.sql}) % 1000 + 1000) % 1000`, type: BIGINT, at }
  const part = (dated ? parts[unit] : undefined) ?? (timed ? clock[unit] : undefined)
  if (part === undefined)
    throw refuse(`EXTRACT(${unit} FROM ${typeWords(of.type)}) is not supported here`, at)
  if (name !== 'TIMESTAMP') return { sql: `${part}(${of.sql})`, type: BIGINT, at }
  const [whole, millis] = [CLOCK_WHOLE[unit], MILLIS[unit]]
  // Before 1970 Flink counts towards it, days and times of day alike.
  return clock[unit] === undefined
    ? { sql: `${part}(${day})`, type: BIGINT, at }
    : { sql: `((weft_millis(${of.sql}) % ${whole}) // ${millis})`, type: BIGINT, at }
}

/** FLOOR and CEIL of a moment to a unit. */
export function roundTo(
  { unit, up, at }: { unit: string; up: boolean; at: number },
  { of, refuse }: { of: Typed; refuse: Refuse },
): Typed {
  const { type } = of
  const days = ['YEAR', 'QUARTER', 'MONTH', 'DAY']
  const units = type.name === 'TIMESTAMP' ? [...days, 'HOUR', 'MINUTE', 'SECOND'] : days
  if ((type.name !== 'DATE' && type.name !== 'TIMESTAMP') || !units.includes(unit))
    throw refuse(
      `${up ? 'CEIL' : 'FLOOR'} of ${typeWords(type)} to ${unit} is not supported here`,
      at,
    )
  const to = type.name
  const floor = `CAST(date_trunc('${unit.toLowerCase()}', ${of.sql}) AS ${to})`
  if (!up) return { sql: floor, type, at }
  const next = `CAST(${floor} + ${stepOf(unit)} AS ${to})`
  return { sql: `(CASE WHEN ${floor} = ${of.sql} THEN ${of.sql} ELSE ${next} END)`, type, at }
}

function stepOf(unit: string): string {
  const months = MONTHS[unit]
  return months === undefined ? `to_milliseconds(${MILLIS[unit]})` : `to_months(${months})`
}

/** TIMESTAMPADD. */
export function addTo(
  unit: string,
  { amount, of, at, refuse }: { amount: Typed; of: Typed; at: number; refuse: Refuse },
): Typed {
  const { type } = of
  const isDate = type.name === 'DATE'
  const months = MONTHS[unit]
  const millis = MILLIS[unit]
  if ((!isDate && type.name !== 'TIMESTAMP') || (months ?? millis) === undefined)
    throw refuse(`TIMESTAMPADD(${unit}, …, ${typeWords(type)}) is not supported here`, at)
  if (isDate && months === undefined && unit !== 'DAY' && unit !== 'WEEK')
    throw refuse(`TIMESTAMPADD(${unit}, …) takes a TIMESTAMP here: use CAST`, of.at)
  const step =
    months === undefined
      ? `to_milliseconds(CAST(${amount.sql} AS BIGINT) * ${millis})`
      : `to_months(CAST(${amount.sql} AS INTEGER) * ${months})`
  return { sql: `CAST(${of.sql} + ${step} AS ${type.name})`, type, at }
}

/** TIMESTAMPDIFF. */
export function difference(
  unit: string,
  { from, to, at, refuse }: { from: Typed; to: Typed; at: number; refuse: Refuse },
): Typed {
  for (const { type, at: place } of [from, to]) {
    if (type.name !== 'DATE' && type.name !== 'TIMESTAMP')
      throw refuse(`TIMESTAMPDIFF takes dates and timestamps, not ${typeWords(type)}`, place)
  }
  const [a, b] = [from, to].map(({ sql }) => `CAST(${sql} AS TIMESTAMP)`)
  const months = MONTHS[unit]
  const millis = MILLIS[unit]
  if (months === undefined && millis === undefined)
    throw refuse(`TIMESTAMPDIFF(${unit}, …) is not supported here`, at)
  const sql =
    months === undefined
      ? `((epoch_ms(${b}) - epoch_ms(${a})) // ${millis})`
      : `(weft_months(${a}, ${b}) // ${months})`
  return { sql: `CAST(${sql} AS INTEGER)`, type: INTEGER, at }
}

/** Patterns of Java as those of DuckDB. */
const PATTERNS: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  MM: '%m',
  M: '%-m',
  MMM: '%b',
  MMMM: '%B',
  dd: '%d',
  d: '%-d',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  m: '%-M',
  ss: '%S',
  s: '%-S',
  SSS: '%g',
  SSSSSS: '%f',
  a: '%p',
  E: '%a',
  EEE: '%a',
  EEEE: '%A',
  DDD: '%j',
  D: '%-j',
  yy: '%y',
}

/** The pattern of DATE_FORMAT and TO_TIMESTAMP, which has to be written as a text. */
export function datePattern(pattern: Typed, refuse: Refuse): string {
  const { literal, at } = pattern
  if (literal === undefined) throw refuse('the pattern of a date has to be written as a text', at)
  return literal.replaceAll(
    /'((?:[^']|'')*)'|([A-Za-z])\2*|%|'/g,
    (part, quoted?: string, letter?: string) => {
      if (part === '%') return '%%'
      if (letter === undefined) {
        if (quoted === undefined)
          throw refuse(`the pattern '${literal}' has a quote that is not closed`, at)
        return quoted === '' ? "'" : quoted.replaceAll("''", "'").replaceAll('%', '%%')
      }
      const known = PATTERNS[part]
      if (known !== undefined) return known
      throw refuse(`"${part}" in the pattern '${literal}' is not supported here`, at)
    },
  )
}
