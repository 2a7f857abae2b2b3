/**
 * Whether the ids of a table can be matched.
 * @module
 */

/** Row numbers that an error names. */
const NAMED = 3

/**
 * Throws a sentence with the number of ids that are missing or occur more than once, and the first few rows, counted
 * from 1, where they do. It names no id: sentences end up in logs.
 */
export function checkIds(name: string, ids: readonly string[]): void {
  const different = new Set(ids)
  if (different.size === ids.length && !different.has('')) return
  const seen = new Set<string>()
  const repeated: number[] = []
  const missing: number[] = []
  for (const [row, id] of ids.entries()) {
    if (id === '') missing.push(row + 1)
    else if (seen.has(id)) repeated.push(row + 1)
    else seen.add(id)
  }
  const faults = []
  if (repeated.length > 0) {
    faults.push(`rows that repeat an earlier id: ${named(repeated)}`)
  }
  if (missing.length > 0) {
    faults.push(`rows without an id: ${named(missing)}`)
  }
  if (faults.length > 0) {
    throw new Error(`${name} has ${faults.join(', and ')}; remove them from the table`)
  }
}

function named(rows: readonly number[]): string {
  const more = rows.length > NAMED ? ', …' : ''
  return `${rows.length} (row ${rows.slice(0, NAMED).join(', ')}${more})`
}
