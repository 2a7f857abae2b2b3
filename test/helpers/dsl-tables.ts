/**
 * Tables of a guest and of hosts that explain its labels, in the forms that DataIO reads.
 * @module
 */
import { createRng } from '../../src/compute/ml/rng.ts'

/** Rows of every table. */
export const ROWS = 300

/** What a row is made of: its label and twelve columns that tell something of it. */
function rowsOf(seed: number): { label: number; cells: string[] }[] {
  const rng = createRng(seed)
  return Array.from({ length: ROWS }, (_, row) => {
    const label = row % 2
    const cells = Array.from({ length: 12 }, () => (rng.normal() + label).toFixed(4))
    return { label, cells }
  })
}

/** Ids, labels and two columns. */
export function guestTable(seed = 1): string {
  const names = Array.from({ length: 2 }, (_, at) => `x${at}`)
  const rows = rowsOf(seed).map(({ label, cells }, row) => [row, label, ...cells.slice(10)].join())
  return [`id,y,${names.join()}`, ...rows].join('\n')
}

/** Columns `from … to` of all rows: dense, `index:value`, or `name:value` without a heading. */
export function hostTable(
  form: 'dense' | 'sparse' | 'tag',
  from: number,
  to: number,
  seed = 1,
): string {
  const names = Array.from({ length: to - from }, (_, at) => `f${from + at}`)
  const rows = rowsOf(seed).map(({ cells }, row) => {
    const own = cells.slice(from, to)
    if (form === 'dense') return [row, ...own].join()
    const pairs = own.map((cell, at) => `${form === 'tag' ? names[at] : at}:${cell}`)
    return [row, ...pairs].join()
  })
  return [...(form === 'dense' ? [`id,${names.join()}`] : []), ...rows].join('\n')
}
