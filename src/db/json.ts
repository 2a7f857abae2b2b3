/**
 * JSON columns: text in the database, a typed value in code, converted in the open.
 * @module
 */

/** The text of a JSON column that holds a `T`. */
export type Json<T> = string & { readonly __json?: T }

/** A value as the text of a JSON column. */
export function toJson<T>(value: T): Json<T> {
  return JSON.stringify(value) as Json<T>
}

/** The value that a JSON column holds. */
export function fromJson<T>(text: Json<T>): T {
  return JSON.parse(text) as T
}
