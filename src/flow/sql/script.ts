/**
 * A script in the subset of Flink SQL that runs without Flink: what each statement asks DuckDB for.
 * @module
 */
import type { ColumnNode, Insert, StatementNode } from './ast.ts'
import { translate } from './expression.ts'
import type { Refuse } from './lex.ts'
import { parseStatement } from './parse-statement.ts'
import { translateQuery } from './query.ts'
import { resetOf, type Setting, settingOf } from './setting.ts'
import type { QueryWorld } from './source.ts'
import type { Statement } from './split.ts'
import { createTable, physicalColumns, type Table } from './table.ts'
import { duckType, fits, typeWords } from './type.ts'
import type { Context, Translated } from './typed.ts'

/** What a statement asks for. Queries read tables by their `scan`, which has to be there first. */
export type Plan =
  | Setting
  | { readonly kind: 'query'; readonly query: Translated; readonly reads: readonly Table[] }
  | { readonly kind: 'inserts'; readonly inserts: readonly PlannedInsert[] }

export interface PlannedInsert {
  readonly into: Table
  readonly overwrite: boolean
  /** Its columns are those of the table. */
  readonly sql: string
  readonly reads: readonly Table[]
}

export interface SqlScript {
  /** What a statement asks for, after those before it. Throws SqlError with the place of what is not supported. */
  plan(statement: Statement): Plan
}

interface TableEntry {
  readonly kind: 'table'
  readonly table: Table
  readonly computed: readonly ColumnNode[]
  /** The columns in their order, with those that are computed. */
  readonly columns: readonly ColumnNode[]
}
interface ViewEntry {
  readonly kind: 'view'
  readonly view: Translated
  readonly reads: ReadonlySet<Table>
}
type Entry = TableEntry | ViewEntry

/** A script without tables so far. */
export function createScript(): SqlScript {
  const entries = new Map<string, Entry>()
  let count = 0
  const fresh = (prefix: string) => `${prefix}${(count += 1)}`

  function nameOf(path: readonly string[], { at, refuse }: { at: number; refuse: Refuse }): string {
    const [name, ...more] = path.toReversed()
    const prefix = more.toReversed().join('.')
    if (
      name !== undefined &&
      ['', 'default_database', 'default_catalog.default_database'].includes(prefix)
    )
      return name
    throw refuse(`there is no database ${prefix} here, only default_catalog.default_database`, at)
  }

  function worldOf(refuse: Refuse, reads: Set<Table>): QueryWorld {
    const world: QueryWorld = {
      refuse,
      named: new Map(),
      fresh,
      table(path, at) {
        const name = nameOf(path, { at, refuse })
        const entry = entries.get(name)
        if (entry === undefined) throw refuse(`there is no table or view ${name}`, at)
        if (entry.kind === 'view') {
          for (const table of entry.reads) reads.add(table)
          return entry.view
        }
        const { table } = entry
        if (table.connector === 'print' || table.connector === 'blackhole')
          throw refuse(`table ${name} is a ${table.connector}, which can only be written to`, at)
        reads.add(table)
        return withComputed(entry, world)
      },
    }
    return world
  }

  function plan(statement: Statement): Plan {
    const { node, refuse } = parseStatement(statement)
    return planNode(node, refuse)
  }

  function planNode(node: StatementNode, refuse: Refuse): Plan {
    const { at } = node
    switch (node.kind) {
      case 'query': {
        const reads = new Set<Table>()
        const query = translateQuery(node.query, worldOf(refuse, reads))
        return { kind: 'query', query, reads: [...reads] }
      }
      case 'insert':
        return { kind: 'inserts', inserts: [planInsert(node, refuse)] }
      case 'inserts':
        return {
          kind: 'inserts',
          inserts: node.inserts.map((insert) => planInsert(insert, refuse)),
        }
      case 'set': {
        const { key, value } = node
        if (key === null) throw refuse('SET without a setting is not supported here', at)
        return settingOf(key, { value, at, refuse })
      }
      case 'reset':
        return resetOf(node.key)
      case 'drop':
        return drop(node, refuse)
      case 'create-table':
      case 'create-view':
        return create(node, refuse)
    }
  }

  function drop(node: Extract<StatementNode, { kind: 'drop' }>, refuse: Refuse): Plan {
    const name = nameOf(node.table, { at: node.at, refuse })
    const entry = entries.get(name)
    if (entry?.kind === node.what.toLowerCase()) entries.delete(name)
    else if (entry)
      throw refuse(`${name} is a ${entry.kind}: DROP ${entry.kind.toUpperCase()} ${name}`, node.at)
    else if (!node.ifExists) throw refuse(`there is no ${node.what.toLowerCase()} ${name}`, node.at)
    return { kind: 'nothing' }
  }

  function create(
    node: Extract<StatementNode, { kind: 'create-table' | 'create-view' }>,
    refuse: Refuse,
  ): Plan {
    const { at } = node
    const name = nameOf(node.table, { at, refuse })
    if (entries.has(name)) {
      if (node.ifNotExists) return { kind: 'nothing' }
      throw refuse(`there is a table or view ${name} already`, at)
    }
    entries.set(
      name,
      node.kind === 'create-view' ? viewOf(node, refuse) : tableOf(node, name, refuse),
    )
    return { kind: 'nothing' }
  }

  function viewOf(
    node: Extract<StatementNode, { kind: 'create-view' }>,
    refuse: Refuse,
  ): ViewEntry {
    const reads = new Set<Table>()
    const view = translateQuery(node.query, worldOf(refuse, reads))
    const { columns } = node
    if (columns && columns.length !== view.columns.length)
      throw refuse(
        `the view names ${columns.length} columns, where there are ${view.columns.length}`,
        node.at,
      )
    const named = view.columns.map((column, index) => ({
      ...column,
      name: columns?.[index] ?? column.name,
    }))
    return { kind: 'view', view: { ...view, columns: named }, reads }
  }

  function tableOf(
    node: Extract<StatementNode, { kind: 'create-table' }>,
    name: string,
    refuse: Refuse,
  ): TableEntry {
    const { at, like } = node
    const base = like === null ? undefined : entries.get(nameOf(like.path, { at: like.at, refuse }))
    if (like !== null && base?.kind !== 'table')
      throw refuse(`there is no table ${like.path.join('.')}`, like.at)
    const inherited = base?.kind === 'table' ? base : undefined
    const columns = [...(inherited?.columns ?? []), ...node.columns]
    const twice = columns.find(
      (one, index) => columns.findIndex((other) => other.name === one.name) !== index,
    )
    if (twice) throw refuse(`there are two columns ${twice.name}`, twice.at)
    const options = [...(inherited?.table.options ?? [])]
      .filter(([key]) => !node.options.some((option) => option.key === key))
      .map(([key, value]) => ({ key, value, at: like?.at ?? at }))
    const table = createTable(
      {
        name,
        scan: fresh('weft_scan'),
        at,
        columns: physicalColumns(columns, refuse),
        options: [...options, ...node.options],
      },
      refuse,
    )
    const entry: TableEntry = {
      kind: 'table',
      table,
      columns,
      computed: columns.filter(({ as }) => as !== null),
    }
    // What is computed is looked at now, so that a fault is told where it is written.
    withComputed(entry, worldOf(refuse, new Set()))
    return entry
  }

  function planInsert(
    { table: path, overwrite, columns, query, at }: Insert,
    refuse: Refuse,
  ): PlannedInsert {
    const name = nameOf(path, { at, refuse })
    const entry = entries.get(name)
    if (entry?.kind !== 'table')
      throw refuse(
        entry ? `${name} is a view, which takes no rows` : `there is no table ${name}`,
        at,
      )
    const { table } = entry
    if (table.connector === 'datagen')
      throw refuse(`table ${name} is a datagen, which can only be read`, at)
    if (overwrite && table.connector !== 'filesystem')
      throw refuse(
        `INSERT OVERWRITE takes tables of the connector filesystem, and ${name} is a ${table.connector}`,
        at,
      )
    const targets =
      columns === null
        ? table.columns
        : columns.map((column) => {
            const found = table.columns.find((one) => one.name === column.name)
            if (found) return found
            throw refuse(`table ${name} has no column ${column.name} to write to`, column.at)
          })
    const reads = new Set<Table>()
    const source = translateQuery(query, worldOf(refuse, reads))
    if (source.columns.length !== targets.length)
      throw refuse(
        `${name} takes ${targets.length} columns, the query gives ${source.columns.length}`,
        at,
      )
    const cells = table.columns.map(({ name: column, type }) => {
      const index = targets.findIndex((target) => target.name === column)
      const given = source.columns[index]?.type
      if (given === undefined) return `CAST(NULL AS ${duckType(type)})`
      if (!fits(given, type))
        throw refuse(
          `column ${column} of ${name} takes ${typeWords(type)}, the query gives ${typeWords(given)}: use CAST`,
          at,
        )
      return duckType(given) === duckType(type)
        ? `weft_in.c${index}`
        : `CAST(weft_in.c${index} AS ${duckType(type)})`
    })
    const names = source.columns.map((_, index) => `c${index}`).join(', ')
    const list = cells.map((cell, index) => `${cell} AS c${index}`).join(', ')
    return {
      into: table,
      overwrite,
      sql: `SELECT ${list} FROM (${source.sql}) AS weft_in(${names})`,
      reads: [...reads],
    }
  }

  return { plan }
}

/** A table with what is computed of its columns. */
function withComputed({ table, columns, computed }: TableEntry, world: QueryWorld): Translated {
  const physical = table.columns.map((column, index) => ({
    ...column,
    sql: `${table.scan}.c${index}`,
  }))
  const base = `${table.scan}`
  if (computed.length === 0) return { sql: `SELECT * FROM ${base}`, columns: table.columns }
  const context: Context = {
    scope: { columns: physical, tables: [], outer: null },
    refuse: world.refuse,
    grouped: null,
    windows: null,
    place: 'a computed column',
    query: () => {
      throw world.refuse('a computed column has no queries in it', 0)
    },
    translate,
  }
  const cells = columns.map((column) => {
    const own = physical.find(({ name }) => name === column.name)
    if (own) return { name: column.name, type: own.type, sql: own.sql }
    if (column.as === null) throw new TypeError('A column is missing')
    const { sql, type } = translate(column.as, context)
    return { name: column.name, type, sql }
  })
  return {
    sql: `SELECT ${cells.map(({ sql }, index) => `${sql} AS c${index}`).join(', ')} FROM ${base}`,
    columns: cells.map(({ name, type }) => ({ name, type })),
  }
}
