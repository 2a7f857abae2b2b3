/**
 * Aggregates, over groups and over windows, and the functions that only windows have.
 * @module
 */
import type { Bound, Call, Order, Window } from './ast.ts'
import { requirePlain } from './nested.ts'
import { requireText, translateCondition } from './operand.ts'
import {
  BIGINT,
  decimal,
  DOUBLE,
  duckType,
  isApproximate,
  isInteger,
  isNumeric,
  isText,
  MOST,
  type SqlType,
  typeWords,
} from './type.ts'
import { castTo, type Context, type Typed } from './typed.ts'

type Placed = Call & { readonly at: number }

const AGGREGATES = new Set(
  'COUNT SUM AVG MIN MAX STDDEV_POP STDDEV_SAMP STDDEV VAR_POP VAR_SAMP VARIANCE LISTAGG'.split(
    ' ',
  ),
)
const RANKS: Readonly<Record<string, SqlType>> = {
  ROW_NUMBER: BIGINT,
  RANK: BIGINT,
  DENSE_RANK: BIGINT,
  CUME_DIST: DOUBLE,
  PERCENT_RANK: DOUBLE,
}
const WINDOWED = new Set(['NTILE', 'LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE'])
const GROUPINGS = new Set(['GROUPING', 'GROUPING_ID'])

/** A call as an aggregate or a function of windows; undefined where it is neither. */
export function translateAggregate(call: Placed, context: Context): Typed | undefined {
  const { name, at } = call
  const { refuse, grouped } = context
  if (GROUPINGS.has(name)) return grouping(call, context)
  const isWindowed = Object.hasOwn(RANKS, name) || WINDOWED.has(name)
  if (!AGGREGATES.has(name) && !isWindowed) return undefined
  if (call.over !== null) {
    if (context.windows === null)
      throw refuse(`${context.place} takes no windows (${name} … OVER)`, at)
    return overWindow(call, context)
  }
  if (isWindowed) throw refuse(`${name} needs OVER here`, at)
  if (grouped === null) throw refuse(`${context.place} takes no aggregates such as ${name}`, at)
  const before = grouped.loose.length
  const count = grouped.aggregates
  const inner = { ...context, windows: null, place: `an aggregate` }
  const filter =
    call.filter === null
      ? ''
      : ` FILTER (WHERE ${translateCondition(call.filter, { ...inner, place: 'FILTER' })})`
  const result = aggregate(call, inner, filter)
  if (grouped.aggregates !== count) throw refuse(`${name} takes no aggregates`, at)
  grouped.loose.length = before
  grouped.aggregates += 1
  return result
}

/** An aggregate; `tail` comes after each of the calls that it is made of. */
function aggregate(call: Placed, context: Context, tail: string): Typed {
  const { name, at, distinct } = call
  const { refuse } = context
  if (name === 'COUNT') return count(call, context, tail)
  const [first, second, ...more] = call.arguments.map((argument) =>
    context.translate(argument, context),
  )
  if (first === undefined || more.length > 0 || (second !== undefined && name !== 'LISTAGG'))
    throw refuse(`${name} does not take ${call.arguments.length} values`, at)
  const { type } = first
  const unique = distinct ? 'DISTINCT ' : ''
  const give = (sql: string, to: SqlType): Typed => ({
    sql: `CAST(${sql} AS ${duckType(to)})`,
    type: to,
    at,
  })
  requirePlain(first, { what: name, refuse })
  if (name === 'MIN' || name === 'MAX') return give(`${name}(${first.sql})${tail}`, type)
  if (name === 'LISTAGG') return listAgg({ call, first, second, tail }, context)
  if (!isNumeric(type))
    throw refuse(`${name} takes numbers, not ${typeWords(type)}: use CAST`, first.at)
  const sum = `SUM(${unique}${isApproximate(type) ? castTo(first, DOUBLE) : first.sql})${tail}`
  if (name === 'SUM') return give(sum, type.name === 'DECIMAL' ? decimal(38, type.scale) : type)
  if (name === 'AVG') {
    const many = `COUNT(${unique}${first.sql})${tail}`
    if (isInteger(type)) return give(`(${sum} // ${many})`, type)
    if (isApproximate(type)) return give(`(CASE WHEN ${many} > 0 THEN ${sum} / ${many} END)`, type)
    const scale = Math.max(6, type.scale)
    const quotient = `weft_quotient(CAST(${sum} AS VARCHAR), CAST(${many} AS VARCHAR), '${scale}')`
    return give(`(CASE WHEN ${many} > 0 THEN ${quotient} END)`, decimal(38, scale))
  }
  if (type.name !== 'DOUBLE')
    throw refuse(`${name} of ${typeWords(type)} is not supported here: CAST it AS DOUBLE`, first.at)
  return give(variance(call, first.sql, tail), DOUBLE)
}

/** By sums of squares as Flink has it, to the last digit. */
function variance({ name, distinct }: Placed, value: string, tail: string): string {
  const unique = distinct ? 'DISTINCT ' : ''
  const sum = `SUM(${unique}${value})${tail}`
  const many = `COUNT(${unique}${value})${tail}`
  const squares = `SUM(${unique}${value} * ${value})${tail}`
  const isPopulation = name.endsWith('_POP')
  const divisor = isPopulation ? many : `(${many} - 1)`
  const quotient = `((${squares} - ${sum} * ${sum} / ${many}) / ${divisor})`
  const result = name.startsWith('STDDEV') ? `pow(${quotient}, 0.5)` : quotient
  return `(CASE WHEN ${many} > ${isPopulation ? 0 : 1} THEN ${result} END)`
}

function count(call: Placed, context: Context, tail: string): Typed {
  const { at, star, distinct } = call
  const values = call.arguments.map((argument) => context.translate(argument, context).sql)
  if (star || values.length === 1) {
    const inside = star ? '*' : `${distinct ? 'DISTINCT ' : ''}${values[0]}`
    return { sql: `COUNT(${inside})${tail}`, type: BIGINT, at }
  }
  throw context.refuse(`COUNT does not take ${values.length} values here`, at)
}

function listAgg(
  {
    call,
    first,
    second,
    tail,
  }: { call: Placed; first: Typed; second: Typed | undefined; tail: string },
  { refuse }: Context,
): Typed {
  requireText(first, { what: 'LISTAGG', refuse })
  if (isText(first.type) && first.type.length !== MOST)
    throw refuse(`LISTAGG of ${typeWords(first.type)} is cut by Flink: CAST it AS STRING`, first.at)
  if (second !== undefined && second.literal === undefined)
    throw refuse('what LISTAGG puts between has to be written as a text', second.at)
  const between = second === undefined ? "','" : second.sql
  const sql = `string_agg(${call.distinct ? 'DISTINCT ' : ''}${first.sql}, ${between})${tail}`
  return { sql, type: first.type, at: call.at }
}

function grouping(call: Placed, context: Context): Typed {
  const { grouped, refuse } = context
  const before = grouped?.loose.length ?? 0
  const values = call.arguments.map((argument) => context.translate(argument, context).sql)
  if (grouped === null || values.length === 0 || !values.every((value) => grouped.keys.has(value)))
    throw refuse(`${call.name} takes what rows are grouped by`, call.at)
  grouped.loose.length = before
  return { sql: `CAST(GROUPING(${values.join(', ')}) AS BIGINT)`, type: BIGINT, at: call.at }
}

function overWindow(call: Placed, context: Context): Typed {
  const { name, at } = call
  const { refuse } = context
  if (call.filter !== null) throw refuse('FILTER with OVER is not supported here', at)
  if (call.distinct) throw refuse(`${name}(DISTINCT …) OVER is not supported here`, at)
  const window = resolve(call, context)
  // Windows lie in no other windows.
  const inner: Context = { ...context, windows: null, place: 'a window' }
  const over = ` OVER (${windowText(window, inner)})`
  const rank = RANKS[name]
  if (rank !== undefined || WINDOWED.has(name)) {
    if (
      window.order.length === 0 &&
      name !== 'FIRST_VALUE' &&
      name !== 'LAST_VALUE' &&
      name !== 'ROW_NUMBER'
    )
      throw refuse(`${name} needs ORDER BY in its window`, at)
    return rank === undefined ? positional(call, inner, over) : ranked(call, rank, over, refuse)
  }
  return aggregate(call, inner, over)
}

function ranked(call: Placed, type: SqlType, over: string, refuse: Context['refuse']): Typed {
  if (call.arguments.length > 0) throw refuse(`${call.name} takes no values`, call.at)
  return { sql: `${call.name}()${over}`, type, at: call.at }
}

function positional(call: Placed, context: Context, over: string): Typed {
  const { name, at } = call
  const { refuse } = context
  const [first, second, third, ...more] = call.arguments.map((argument) =>
    context.translate(argument, context),
  )
  const most = name === 'LAG' || name === 'LEAD' ? 3 : 1
  if (first === undefined || call.arguments.length > most || more.length > 0)
    throw refuse(`${name} does not take ${call.arguments.length} values`, at)
  requirePlain(first, { what: name, refuse })
  if (name === 'NTILE') {
    if (first.literal === undefined)
      throw refuse('NTILE takes a number that is written as such', at)
    return { sql: `NTILE(${first.sql})${over}`, type: BIGINT, at }
  }
  if (second !== undefined && (second.literal === undefined || !isInteger(second.type)))
    throw refuse(`the distance of ${name} has to be written as a number`, second.at)
  const distance = second === undefined ? '' : `, ${second.sql}`
  const otherwise = third === undefined ? '' : `, ${castTo(third, first.type)}`
  return { sql: `${name}(${first.sql}${distance}${otherwise})${over}`, type: first.type, at }
}

function resolve({ over, at }: Placed, { windows, refuse }: Context): Window {
  if (over === null) throw new TypeError('A window is missing')
  if (over.named === null) return over
  const found = windows?.get(over.named)
  if (found) return found
  throw refuse(`there is no window ${over.named}`, at)
}

function windowText({ partition, order, frame }: Window, context: Context): string {
  const { refuse } = context
  const by = partition.map((value) => context.translate(value, context).sql)
  const parts = by.length === 0 ? [] : [`PARTITION BY ${by.join(', ')}`]
  if (order.length > 0)
    parts.push(
      `ORDER BY ${order.map((one) => orderText(sortable(context.translate(one.by, context), refuse), one)).join(', ')}`,
    )
  if (frame !== null) {
    const [from, to] = [frame.from, frame.to].map((bound) => boundText(bound, frame.unit, refuse))
    parts.push(`${frame.unit} BETWEEN ${from} AND ${to}`)
  }
  return parts.join(' ')
}

/** What rows can be sorted by. */
export function sortable(value: Typed, refuse: Context['refuse']): string {
  requirePlain(value, { what: 'ORDER BY', refuse })
  return value.sql
}

/** One thing that rows are sorted by: NULL is the smallest value unless it is said otherwise. */
export function orderText(sql: string, { descending, nulls }: Omit<Order, 'by'>): string {
  const first = nulls === null ? !descending : nulls === 'FIRST'
  return `${sql} ${descending ? 'DESC' : 'ASC'} NULLS ${first ? 'FIRST' : 'LAST'}`
}

function boundText({ side, distance }: Bound, unit: string, refuse: Context['refuse']): string {
  if (side === 'CURRENT') return 'CURRENT ROW'
  if (distance === null) return `UNBOUNDED ${side}`
  if (unit === 'ROWS' && distance.kind === 'number' && /^\d{1,9}$/.test(distance.text))
    return `${distance.text} ${side}`
  throw refuse('the bound of a frame has to be a number of ROWS here', distance.at)
}
