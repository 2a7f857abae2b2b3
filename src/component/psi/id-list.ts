/**
 * Ids in some order, a run of them at a time: an array of texts is one, and so is a table's column seen in another order,
 * which takes four bytes an id.
 * @module
 */

/** Ids that are looked at in runs. */
export interface IdList {
  readonly length: number
  slice(from: number, until: number): string[]
}

/** `ids` in the order of these rows. */
export function inOrder(ids: readonly string[], order: Uint32Array): IdList {
  return {
    length: order.length,
    slice: (from, until) => Array.from(order.subarray(from, until), (row) => ids[row]),
  }
}

/** Consecutive batches of at most `size`, made one at a time; one empty batch when there is nothing. */
export function* cut(
  ids: IdList,
  size: number,
): Generator<{ readonly batch: string[]; readonly last: boolean }> {
  const count = countBatches(ids, size)
  for (let i = 0; i < count; i++) {
    const batch = ids.slice(i * size, Math.min(ids.length, (i + 1) * size))
    yield { batch, last: i === count - 1 }
  }
}

/** How many batches `cut` makes. */
export function countBatches(ids: IdList, size: number): number {
  return Math.max(1, Math.ceil(ids.length / size))
}
