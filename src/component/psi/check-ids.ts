/**
 * Whether the ids of a table can be matched.
 * @module
 */
import { PrivateFault } from '../private-fault.ts'

/** Row numbers that an error names. */
const NAMED = 3

/**
 * Throws a sentence with the number of ids that are missing or occur more than once, and the first few rows, counted
 * from 1, where they do. It names no id: sentences end up in logs. Counts and rows are for the owner only.
 */
export function checkIds(name: string, ids: readonly string[]): void {
  const { repeated, missing } = faultsOf(ids)
  const faults = []
  if (repeated.length > 0) {
    faults.push(`rows that repeat an earlier id: ${named(repeated)}`)
  }
  if (missing.length > 0) {
    faults.push(`rows without an id: ${named(missing)}`)
  }
  if (faults.length === 0) return
  throw new PrivateFault(
    `${name} has ${faults.join(', and ')}; remove them from the table`,
    `${name} has a table in which ids are missing or repeat: only its owner is told where`,
  )
}

function faultsOf(ids: readonly string[]): { repeated: number[]; missing: number[] } {
  const seen = new Set<string>()
  const repeated: number[] = []
  const missing: number[] = []
  for (const [row, id] of ids.entries()) {
    if (id === '') {
      missing.push(row + 1)
      continue
    }
    const before = seen.size
    if (seen.add(id).size === before) repeated.push(row + 1)
  }
  return { repeated, missing }
}

function named(rows: readonly number[]): string {
  const more = rows.length > NAMED ? ', …' : ''
  return `${rows.length} (row ${rows.slice(0, NAMED).join(', ')}${more})`
}
