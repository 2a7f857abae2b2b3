/**
 * Lists as one parameter: a statement keeps its text, and stays prepared, however long the list is.
 * @module
 */
import { type RawBuilder, sql } from 'kysely'

/** `where(column, 'in', inList(values))`. */
export function inList(values: readonly string[]): RawBuilder<string> {
  return sql<string>`(select value from json_each(${JSON.stringify(values)}))`
}
