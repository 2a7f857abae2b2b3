/**
 * Cuckoo hashing: every item in one of three bins of its own, one item to a bin (Pagh, Rodler, "Cuckoo hashing", J.
 * Algorithms 51 (2004)).
 *
 * Three hashes, 1.27 bins an item and no stash: Pinkas, Schneider, Zohner, "Scalable private set intersection based on OT
 * extension", ACM TOPS 21 (2018), §3.2.2 and table 2. Small sets get `LEAST` bins, so that two items whose three bins
 * are all the same, what fails first there, are as unlikely as 2^−40.
 * @module
 */

/** Hash functions. */
export const HASHES = 3
/** Bins of a small table. */
const LEAST = 8192
/** Moves before an insertion is given up: some hundred times what the fullest tables need. */
const PATIENCE = 5000

/** Bins for `count` items. */
export function binsFor(count: number): number {
  return Math.max(LEAST, Math.ceil(1.27 * count))
}

/** The bin of a digest of 32 bytes under hash function `hash`, from bytes 16 to 27. */
export function binOf(
  digests: DataView,
  item: number,
  options: { hash: number; bins: number },
): number {
  const { hash, bins } = options
  return Math.floor((digests.getUint32(32 * item + 16 + 4 * hash, true) * bins) / 2 ** 32)
}

/**
 * For each bin `3 · item + hash` of the item that is in it, or −1; undefined when an item finds no place, which a new
 * salt of the digests mends.
 */
export function placeItems(digests: Uint8Array, bins: number): Int32Array | undefined {
  const view = new DataView(digests.buffer, digests.byteOffset, digests.byteLength)
  const table = new Int32Array(bins).fill(-1)
  const count = digests.length / 32
  let state = 1
  for (let item = 0; item < count; item++) {
    let entry = HASHES * item
    let moves = 0
    while (entry >= 0) {
      if (moves++ > PATIENCE) return undefined
      const hash = entry % HASHES
      const bin = binOf(view, (entry - hash) / HASHES, { hash, bins })
      const evicted = table[bin]
      table[bin] = entry
      // Whoever gave way tries one of its two other bins: at random, lest the walk goes round in circles.
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      const step = state < 0 ? 1 : 2
      entry = evicted < 0 ? -1 : evicted - (evicted % HASHES) + ((evicted + step) % HASHES)
    }
  }
  return table
}
