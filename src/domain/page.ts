/**
 * Keyset paging, newest first: a page costs the same however deep it lies.
 * @module
 */

export interface PageRequest {
  readonly limit: number
  /** The cursor of the previous page, or undefined for the first. */
  readonly after?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page starts, or undefined at the end. */
  readonly next?: string
}

/** The cursor that names the row after which a page starts. */
export function toCursor(at: number, id: string): string {
  return `${at}.${id}`
}

/** The two parts of a cursor, or undefined when it is none of ours. */
export function fromCursor(cursor: string | undefined): { at: number; id: string } | undefined {
  const match = /^(\d{1,16})\.(.+)$/.exec(cursor ?? '')
  return match ? { at: Number(match[1]), id: match[2] } : undefined
}

/** A page from one row more than the page holds. */
export function toPage<T extends { created_at: number; id: string }>(
  rows: readonly T[],
  limit: number,
): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last
    ? { items, next: toCursor(last.created_at, last.id) }
    : { items }
}
