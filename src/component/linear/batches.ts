/**
 * How rows are cut into batches.
 * @module
 */

/** Rows `from` to `to`, exclusive. */
export interface Batch {
  readonly from: number
  readonly to: number
}

/** With fewer rows a batch would say too much of each of them. */
export const LEAST_BATCH = 10

/**
 * Cuts `rows` rows, in their order, into batches of `size` rows, -1 for one batch of all. A rest of fewer than ten rows
 * joins the batch before it.
 */
export function cutBatches(rows: number, size: number): Batch[] {
  if (size === -1 || size >= rows) return [{ from: 0, to: rows }]
  const batches: Batch[] = []
  for (let from = 0; from < rows; from += size) {
    const to = rows - from - size < LEAST_BATCH ? rows : from + size
    batches.push({ from, to })
    if (to === rows) break
  }
  return batches
}
