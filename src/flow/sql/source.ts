/**
 * What queries read from: tables, queries, windows of time, and joins of these.
 * @module
 */
import type { Alias, Expression, Source, WindowTable } from './ast.ts'
import { translate } from './expression.ts'
import type { Refuse } from './lex.ts'
import { readInterval } from './moment.ts'
import { alike, translateCondition } from './operand.ts'
import { timestamp, typeWords } from './type.ts'
import type { Column, Context, Scope, Translated } from './typed.ts'

/** What a query is translated with. */
export interface QueryWorld {
  readonly refuse: Refuse
  /** A table or view by its name; undefined where there is none. */
  table(path: readonly string[], at: number): Translated
  /** Queries of WITH that can be seen. */
  readonly named: ReadonlyMap<string, Translated>
  /** A name that nothing else has. */
  fresh(prefix: string): string
}

/** A source: what comes behind FROM, and the columns that it offers. */
export interface From {
  readonly sql: string
  readonly columns: readonly Column[]
  readonly tables: Scope['tables']
}

interface SourceOptions {
  readonly world: QueryWorld
  readonly outer: Scope | null
  /** What stands on its left in a join, whose columns UNNEST may use. */
  readonly beside?: From
  query(query: Extract<Source, { kind: 'query' }>['query'], outer: Scope | null): Translated
}

/** A source, translated. */
export function translateSource(source: Source, options: SourceOptions): From {
  const { world } = options
  switch (source.kind) {
    case 'table':
      return aliased(tableOf(source.path, { at: source.at, world }), {
        alias: source.alias,
        name: source.path.at(-1) ?? null,
        at: source.at,
        world,
      })
    case 'query':
      return aliased(options.query(source.query, options.outer), { ...source, name: null, world })
    case 'unnest':
      return unnested(source, options)
    case 'window':
      return aliased(windowed(source.window, options), { ...source, name: null, world })
    case 'join':
      return join(source, options)
  }
}

function tableOf(
  path: readonly string[],
  { at, world }: { at: number; world: QueryWorld },
): Translated {
  const [name] = path
  const named = path.length === 1 && name !== undefined ? world.named.get(name) : undefined
  return named ?? world.table(path, at)
}

/** A translated query as a table of FROM. */
function aliased(
  { sql, columns }: Translated,
  {
    alias,
    name,
    at,
    world,
  }: { alias: Alias | null; name: string | null; at: number; world: QueryWorld },
): From {
  if (alias?.columns && alias.columns.length !== columns.length)
    throw world.refuse(
      `${alias.name} names ${alias.columns.length} columns, where there are ${columns.length}`,
      at,
    )
  const relation = world.fresh('r')
  const offered = columns.map((column, index) => ({
    name: alias?.columns?.[index] ?? column.name,
    type: column.type,
    sql: `${relation}.c${index}`,
  }))
  return {
    sql: `(${sql}) AS ${relation}(${columns.map((_, index) => `c${index}`).join(', ')})`,
    columns: offered,
    tables: [{ name: alias?.name ?? name, columns: offered }],
  }
}

function windowed(window: WindowTable, options: SourceOptions): Translated {
  const { world } = options
  const { refuse } = world
  const from = translateSource(window.source, options)
  const column = from.columns.find(({ name }) => name === window.column.name)
  if (column === undefined)
    throw refuse(`there is no column ${window.column.name}`, window.column.at)
  if (column.type.name !== 'TIMESTAMP')
    throw refuse(`${window.name} takes a column of the type TIMESTAMP`, window.column.at)
  const lengths = window.intervals.map((interval) => lengthOf(interval, refuse))
  const [first = 0, second = first] = lengths
  const shift = window.offset === null ? 0 : lengthOf(window.offset, refuse)
  if (first <= 0 || second <= 0)
    throw refuse(`${window.name} takes intervals above zero`, window.at)
  if (second % first !== 0)
    throw refuse(`the size of ${window.name} has to be a multiple of its first interval`, window.at)
  const old = from.columns.map(({ sql }, index) => `${sql} AS c${index}`)
  const count = from.columns.length
  const start = `weft_window(${column.sql}, ${window.name === 'CUMULATE' ? second : first}, ${shift})`
  const steps = `range(0, ${second}, ${first})`
  const [begin, end] =
    window.name === 'TUMBLE'
      ? [start, `${start} + ${first}`]
      : window.name === 'HOP'
        ? [`${start} - weft_step`, `${start} - weft_step + ${second}`]
        : [start, `${start} + weft_step + ${first}`]
  const stamps = [begin, end, `${end} - 1000`].map(
    (micros, index) => `make_timestamp(${micros}) AS c${count + index}`,
  )
  const unfold = window.name === 'TUMBLE' ? '' : `, UNNEST(${steps}) AS weft_steps(weft_step)`
  const inside = window.name === 'CUMULATE' ? ` AND epoch_us(${column.sql}) < ${end}` : ''
  const type = timestamp(3)
  return {
    sql: `SELECT ${[...old, ...stamps].join(', ')} FROM ${from.sql}${unfold} WHERE ${column.sql} IS NOT NULL${inside}`,
    columns: [
      ...from.columns,
      { name: 'window_start', type },
      { name: 'window_end', type },
      { name: 'window_time', type },
    ],
  }
}

/** An interval in microseconds. */
function lengthOf(expression: Expression, refuse: Refuse): number {
  if (expression.kind === 'interval') {
    const [amount, type] = readInterval(expression, refuse)
    if (type === 'MILLIS') return amount * 1000
  }
  throw refuse("a window takes intervals such as INTERVAL '10' MINUTES", expression.at)
}

/** A row for each element of an array; the fields of a ROW are columns. */
function unnested(
  { of, alias, at }: Extract<Source, { kind: 'unnest' }>,
  options: SourceOptions,
): From {
  const { world, outer, beside } = options
  const { refuse } = world
  const scope = { columns: beside?.columns ?? [], tables: beside?.tables ?? [], outer }
  const array = translate(of, {
    scope,
    refuse,
    grouped: null,
    windows: null,
    place: 'UNNEST',
    query: (query, above) => options.query(query, above),
    translate,
  })
  const element = array.type.of
  if (element === undefined)
    throw refuse(`UNNEST takes an ARRAY here, not ${typeWords(array.type)}`, of.at)
  const each = world.fresh('e')
  const { fields } = element
  const cells = fields
    ? fields.map((_, index) => `struct_extract(${each}.v, 'f${index}') AS c${index}`)
    : [`${each}.v AS c0`]
  // Flink leaves out rows that are NULL as a whole, but no other elements.
  const where = fields ? ` WHERE ${each}.v IS NOT NULL` : ''
  const translated = {
    sql: `SELECT ${cells.join(', ')} FROM (SELECT unnest(${array.sql}) AS v) AS ${each}${where}`,
    columns: fields ?? [{ name: alias?.name ?? 'EXPR$0', type: element }],
  }
  const from = aliased(translated, { alias, name: null, at, world })
  return beside === undefined ? from : { ...from, sql: `LATERAL ${from.sql}` }
}

function join(source: Extract<Source, { kind: 'join' }>, options: SourceOptions): From {
  const { world, outer } = options
  const { refuse } = world
  const left = translateSource(source.left, options)
  const isLateral = source.right.kind === 'unnest'
  if (isLateral && (source.type === 'RIGHT' || source.type === 'FULL' || source.natural))
    throw refuse(
      `${source.natural ? 'NATURAL' : source.type} JOIN takes no UNNEST`,
      source.right.at,
    )
  const { beside: _, ...alone } = options
  const right = translateSource(source.right, isLateral ? { ...alone, beside: left } : alone)
  const tables = [...left.tables, ...right.tables]
  const both = [...left.columns, ...right.columns]
  if (source.type === 'CROSS')
    return { sql: `${left.sql} CROSS JOIN ${right.sql}`, columns: both, tables }
  if (source.on !== null) {
    const context: Context = {
      scope: { columns: both, tables, outer },
      refuse,
      grouped: null,
      windows: null,
      place: 'ON',
      query: (query, scope) => options.query(query, scope),
      translate,
    }
    const on = translateCondition(source.on, context)
    return { sql: `${left.sql} ${source.type} JOIN ${right.sql} ON ${on}`, columns: both, tables }
  }
  const names =
    source.using ??
    left.columns
      .map(({ name }) => name)
      .filter((name) => right.columns.some((one) => one.name === name))
  const pairs = names.map((name) => {
    const [a, ...otherA] = left.columns.filter((one) => one.name === name)
    const [b, ...otherB] = right.columns.filter((one) => one.name === name)
    if (!a || !b || otherA.length + otherB.length > 0)
      throw refuse(`there is not one column ${name} on each side of the join`, source.at)
    return { name, a, b }
  })
  if (pairs.length === 0)
    return { sql: `${left.sql} CROSS JOIN ${right.sql}`, columns: both, tables }
  const on = pairs.map(({ a, b }) => {
    const [x, y] = alike(
      [
        { ...a, at: source.at },
        { ...b, at: source.at },
      ],
      { what: 'USING', refuse },
    )
    return `${x} = ${y}`
  })
  const merged = pairs.map(({ name, a, b }): Column => {
    if (source.type === 'RIGHT') return b
    return source.type === 'FULL' ? { name, type: a.type, sql: `COALESCE(${a.sql}, ${b.sql})` } : a
  })
  const rest = both.filter(({ name }) => !names.includes(name))
  return {
    sql: `${left.sql} ${source.type} JOIN ${right.sql} ON ${on.join(' AND ')}`,
    columns: [...merged, ...rest],
    tables,
  }
}
