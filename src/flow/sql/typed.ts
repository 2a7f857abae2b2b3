/**
 * What expressions become: text of DuckDB with a type of Flink, in a context that knows the names.
 * @module
 */
import type { Expression, Query, Window } from './ast.ts'
import type { Refuse } from './lex.ts'
import { duckType, type SqlType, typeWords } from './type.ts'

/** A translated expression. */
export interface Typed {
  /** For DuckDB, in brackets where it needs them. */
  readonly sql: string
  readonly type: SqlType
  readonly at: number
  /** The value of a text or number that is written as such. */
  readonly literal?: string
}

/** A column that a scope offers. */
export interface Column {
  readonly name: string
  readonly type: SqlType
  readonly sql: string
}

/** What a query gives: columns that are called c0, c1 and so on in `sql`. */
export interface Translated {
  readonly sql: string
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[]
}

/** Names that may be used at a place. */
export interface Scope {
  /** Without a table in front. */
  readonly columns: readonly Column[]
  readonly tables: readonly { readonly name: string | null; readonly columns: readonly Column[] }[]
  readonly outer: Scope | null
  /** Names around it that may not be used. */
  readonly hidden?: Scope
}

/** Where an expression stands. */
export interface Context {
  readonly scope: Scope
  readonly refuse: Refuse
  /** Null where no aggregates may be. */
  readonly grouped: Grouped | null
  readonly windows: ReadonlyMap<string, Window> | null
  /** Says where it is, for what may not be there: "WHERE". */
  readonly place: string
  query(query: Query, outer: Scope): Translated
  translate(expression: Expression, context: Context): Typed
}

/** What a select list of groups has found out. */
export interface Grouped {
  /** The text of what is grouped by. */
  readonly keys: ReadonlySet<string>
  /** Columns that are neither grouped by nor in an aggregate, so far. */
  loose: { readonly name: string; readonly at: number }[]
  aggregates: number
}

/** A value of another type. */
export function castTo(value: Typed, type: SqlType): string {
  return duckType(value.type) === duckType(type) && value.type.name !== 'NULL'
    ? value.sql
    : `CAST(${value.sql} AS ${duckType(type)})`
}

/** A text for DuckDB. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Types in words, for messages. */
export function wordsOf(values: readonly Typed[]): string {
  return values.map(({ type }) => typeWords(type)).join(', ')
}
