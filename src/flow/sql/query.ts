/**
 * Queries, translated to DuckDB's.
 * @module
 */
import { orderText, sortable } from './aggregate.ts'
import type { Body, Expression, Grouping, Order, Query, Select, Window } from './ast.ts'
import { translate } from './expression.ts'
import { translateCondition, unified } from './operand.ts'
import { type From, type QueryWorld, translateSource } from './source.ts'
import { commonType, plain, type SqlType, typeWords } from './type.ts'
import {
  castTo,
  type Context,
  type Grouped,
  type Scope,
  type Translated,
  type Typed,
} from './typed.ts'

/** A query, with its columns called c0, c1 and so on. Throws SqlError for what is not supported. */
export function translateQuery(
  query: Query,
  world: QueryWorld,
  outer: Scope | null = null,
): Translated {
  const named = new Map(world.named)
  const inner: QueryWorld = { ...world, named }
  const heads: string[] = []
  for (const { alias, query: part, at } of query.with) {
    const { sql, columns } = translateQuery(part, inner, outer)
    if (alias.columns && alias.columns.length !== columns.length)
      throw world.refuse(
        `${alias.name} names ${alias.columns.length} columns, where there are ${columns.length}`,
        at,
      )
    const name = world.fresh('q')
    const cells = columns.map((_, index) => `c${index}`).join(', ')
    heads.push(`${name}(${cells}) AS (${sql})`)
    named.set(alias.name, {
      sql: `SELECT ${cells} FROM ${name}`,
      columns: columns.map((column, index) => ({
        ...column,
        name: alias.columns?.[index] ?? column.name,
      })),
    })
  }
  const translated = sorted(query, inner, outer)
  return heads.length === 0
    ? translated
    : { ...translated, sql: `WITH ${heads.join(', ')} ${translated.sql}` }
}

function sorted(query: Query, world: QueryWorld, outer: Scope | null): Translated {
  const { body, order } = query
  const tail = cutText(query, world)
  if (body.kind === 'select') return translateSelect(body, { order, tail, world, outer })
  const { sql, columns } = translateBody(body, world, outer)
  if (order.length === 0 && tail === '') return { sql, columns }
  const relation = world.fresh('r')
  const offered = columns.map((column, index) => ({ ...column, sql: `${relation}.c${index}` }))
  const cells = columns.map((_, index) => `c${index}`).join(', ')
  const context = contextOf({ columns: offered, tables: [], outer }, { world, place: 'ORDER BY' })
  const keys = order.map((one) => {
    const place = placeOf(one, columns, world)
    return orderText(place ?? sortable(translate(one.by, context), world.refuse), one)
  })
  const by = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`
  return { sql: `SELECT ${cells} FROM (${sql}) AS ${relation}(${cells})${by}${tail}`, columns }
}

function cutText({ limit, offset }: Query, { refuse }: QueryWorld): string {
  const count = (value: Expression | null, word: string) => {
    if (value === null) return ''
    if (value.kind === 'number' && /^\d{1,15}$/.test(value.text)) return ` ${word} ${value.text}`
    throw refuse(`${word} takes a number that is written as such`, value.at)
  }
  return `${count(limit, 'LIMIT')}${count(offset, 'OFFSET')}`
}

/** The place of what is sorted by in the list of columns, if it is there by number or name. */
function placeOf(
  { by }: Order,
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  { refuse }: QueryWorld,
): string | undefined {
  const at = (index: number): string | undefined => {
    const column = columns[index]
    if (column) sortable({ sql: '', type: column.type, at: by.at }, refuse)
    return column && String(index + 1)
  }
  if (by.kind === 'number') {
    const index = Number(by.text)
    if (Number.isInteger(index) && index >= 1 && index <= columns.length) return at(index - 1)
    throw refuse(`ORDER BY ${by.text}: there are ${columns.length} columns`, by.at)
  }
  if (by.kind !== 'column' || by.path.length !== 1) return undefined
  const found = columns.findIndex(({ name }) => name === by.path[0])
  return at(found)
}

function translateBody(body: Body, world: QueryWorld, outer: Scope | null): Translated {
  switch (body.kind) {
    case 'select':
      return translateSelect(body, { order: [], tail: '', world, outer })
    case 'nested': {
      const { sql, columns } = translateQuery(body.query, world, outer)
      return { sql: `SELECT * FROM (${sql}) AS ${world.fresh('r')}`, columns }
    }
    case 'values':
      return translateValues(body, world, outer)
    case 'set':
      return translateSet(body, world, outer)
  }
}

function translateValues(
  { rows, at }: Extract<Body, { kind: 'values' }>,
  world: QueryWorld,
  outer: Scope | null,
): Translated {
  const { refuse } = world
  const context = contextOf({ columns: [], tables: [], outer }, { world, place: 'VALUES' })
  const table = rows.map((row) => row.map((value) => notNull(translate(value, context), refuse)))
  const width = table[0]?.length ?? 0
  if (table.some((row) => row.length !== width))
    throw refuse('the rows of VALUES differ in length', at)
  const columns = Array.from({ length: width }, (_, index) => {
    const cells = table.map((row) => row[index]).filter((cell) => cell !== undefined)
    return unified(cells, { what: 'a column of VALUES', refuse })
  })
  const lines = table.map((_, row) => `(${columns.map(({ values }) => values[row]).join(', ')})`)
  const names = columns.map((_, index) => `c${index}`).join(', ')
  return {
    sql: `SELECT ${names} FROM (VALUES ${lines.join(', ')}) AS ${world.fresh('v')}(${names})`,
    columns: columns.map(({ type }, index) => ({ name: `EXPR$${index}`, type })),
  }
}

function translateSet(
  { operator, all, left, right, at }: Extract<Body, { kind: 'set' }>,
  world: QueryWorld,
  outer: Scope | null,
): Translated {
  const sides = [left, right].map((side) => translateQuery(side, world, outer))
  const [a, b] = sides
  if (!a || !b || a.columns.length !== b.columns.length)
    throw world.refuse(
      `the sides of ${operator} have ${a?.columns.length} and ${b?.columns.length} columns`,
      at,
    )
  const columns = a.columns.map(({ name, type }, index) => {
    const other = b.columns[index]?.type ?? type
    const common = commonType(type, other)
    if (common) return { name, type: common }
    throw world.refuse(
      `column ${index + 1} of ${operator} is ${typeWords(type)} and ${typeWords(other)}: use CAST`,
      at,
    )
  })
  const texts = sides.map((side) => {
    const relation = world.fresh('r')
    const cells = columns.map(({ type }, index) => {
      const from = { sql: `${relation}.c${index}`, type: side.columns[index]?.type ?? type, at }
      return `${castTo(from, type)} AS c${index}`
    })
    const names = columns.map((_, index) => `c${index}`).join(', ')
    return `SELECT ${cells.join(', ')} FROM (${side.sql}) AS ${relation}(${names})`
  })
  return { sql: `(${texts.join(`) ${operator}${all ? ' ALL' : ''} (`)})`, columns }
}

interface SelectOptions {
  readonly order: readonly Order[]
  readonly tail: string
  readonly world: QueryWorld
  readonly outer: Scope | null
}

function translateSelect(select: Select, { order, tail, world, outer }: SelectOptions): Translated {
  const { refuse } = world
  const from: From =
    select.from === null
      ? { sql: '', columns: [], tables: [] }
      : translateSource(select.from, {
          world,
          outer,
          query: (query, above) => translateQuery(query, world, above),
        })
  const scope: Scope = { columns: from.columns, tables: from.tables, outer }
  const plainly = (place: string) => contextOf(scope, { world, place })
  const where =
    select.where === null ? '' : ` WHERE ${translateCondition(select.where, plainly('WHERE'))}`
  const groups = (select.group ?? []).map((group) => groupText(group, plainly('GROUP BY')))
  const grouped: Grouped = {
    keys: new Set(groups.flatMap(({ keys }) => keys)),
    loose: [],
    aggregates: 0,
  }
  const windows = new Map<string, Window>(select.windows.map(({ name, window }) => [name, window]))
  const listed: Context = { ...plainly('SELECT'), grouped, windows }
  const items = select.items.flatMap((item): { name: string | null; value: Typed }[] => {
    if (item.kind === 'star')
      return starOf(item, { from, refuse }).map(({ name, type, sql }) => {
        if (!grouped.keys.has(sql)) grouped.loose.push({ name, at: item.at })
        return { name, value: { sql, type, at: item.at } }
      })
    const value = notNull(translate(item.value, listed), refuse)
    const own = item.value.kind === 'column' ? (item.value.path.at(-1) ?? null) : null
    return [{ name: item.name ?? own, value }]
  })
  const columns = namesOf(items)
  const having =
    select.having === null
      ? ''
      : ` HAVING ${translateCondition(select.having, { ...listed, windows: null, place: 'HAVING' })}`
  const keys = order.map((one) => {
    const place = placeOf(
      one,
      items.map(({ name, value }) => ({ name: name ?? '', type: value.type })),
      world,
    )
    if (place !== undefined) return orderText(place, one)
    const value = translate(one.by, { ...listed, place: 'ORDER BY' })
    const { sql, type } = { sql: sortable(value, refuse), type: value.type }
    if (type.name === 'NULL') throw refuse('ORDER BY takes no NULL', one.by.at)
    const same = items.findIndex(({ value }) => value.sql === sql)
    if (same < 0 && select.distinct)
      throw refuse('ORDER BY takes columns that DISTINCT leaves', one.by.at)
    return orderText(same < 0 ? sql : String(same + 1), one)
  })
  const isGrouped = select.group !== null || grouped.aggregates > 0 || select.having !== null
  const [loose] = grouped.loose
  if (isGrouped && loose)
    throw refuse(`the column ${loose.name} is neither in GROUP BY nor in an aggregate`, loose.at)
  if (from.sql === '' && where !== '') throw refuse('WHERE needs FROM', select.at)
  const list = items.map(({ value }, index) => `${value.sql} AS c${index}`).join(', ')
  const group = groups.length === 0 ? '' : ` GROUP BY ${groups.map(({ sql }) => sql).join(', ')}`
  const by = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`
  const source = from.sql === '' ? '' : ` FROM ${from.sql}`
  return {
    sql: `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list}${source}${where}${group}${having}${by}${tail}`,
    columns,
  }
}

function contextOf(scope: Scope, { world, place }: { world: QueryWorld; place: string }): Context {
  return {
    scope,
    refuse: world.refuse,
    grouped: null,
    windows: null,
    place,
    query: (query, outer) => translateQuery(query, world, outer),
    translate,
  }
}

function starOf(
  { of, at }: { of: string | null; at: number },
  { from, refuse }: { from: From; refuse: QueryWorld['refuse'] },
) {
  const columns = of === null ? from.columns : from.tables.find(({ name }) => name === of)?.columns
  if (columns === undefined) throw refuse(`there is no table ${of}`, at)
  if (columns.length === 0) throw refuse('* needs FROM', at)
  return columns
}

function groupText(group: Grouping, context: Context): { sql: string; keys: string[] } {
  const key = (value: Expression): string => {
    if (value.kind === 'number' || value.kind === 'text')
      throw context.refuse('GROUP BY takes columns and expressions, no constants', value.at)
    return translate(value, context).sql
  }
  if (group.kind === 'by') {
    const keys = group.values.map(key)
    return { sql: keys.join(', '), keys }
  }
  const sets = group.sets.map((set) => set.map(key))
  const word = { rollup: 'ROLLUP', cube: 'CUBE', sets: 'GROUPING SETS' }[group.kind]
  return {
    sql: `${word} (${sets.map((set) => `(${set.join(', ')})`).join(', ')})`,
    keys: sets.flat(),
  }
}

/** Names as Flink gives them: those without are EXPR$0 and so on, those that are there already get a number. */
function namesOf(
  items: readonly { readonly name: string | null; readonly value: Typed }[],
): { name: string; type: SqlType }[] {
  const taken = new Set<string>()
  return items.map(({ name, value }, index) => {
    const wanted = name ?? `EXPR$${index}`
    let own = wanted
    for (let count = 0; taken.has(own); count += 1) own = `${wanted}${count}`
    taken.add(own)
    return { name: own, type: value.type }
  })
}

function notNull(value: Typed, refuse: QueryWorld['refuse']): Typed {
  if (value.type.name === plain('NULL').name)
    throw refuse('NULL has no type there: write CAST(NULL AS INT), or what it should be', value.at)
  if (value.type.name === 'MONTHS' || value.type.name === 'MILLIS')
    throw refuse('an interval is no value of a column here', value.at)
  return value
}
