/**
 * Histograms over ciphertexts: for every feature and bin the encrypted sum of the rows that fall into it. What a party of
 * a boosted tree computes from encrypted gradients, for whole nodes and by subtraction for their siblings.
 *
 * A bin costs one multiplication a row. Sorting the rows by bin first (counting sort) makes a bin one list, so that the
 * kernel keeps running products in place instead of loading and storing a bin for each row.
 * @module
 */
import type { AdditiveScheme, IndexLists } from './additive.ts'
import { checkTerms, type PackedBatch, packedBound } from './packing.ts'

/** Which bin each row falls into: row-major, `features` wide, every entry below `bins`. */
export interface BinnedRows {
  readonly features: number
  readonly bins: number
  readonly data: Uint8Array | Uint16Array
  /** For each feature a bin that is not summed, as it is the common one (of zeros): −1 for none. */
  readonly skip?: Int32Array
}

/** Encrypted sums: feature f, bin b at `f · bins + b`. */
export interface CipherHistogram {
  readonly sums: PackedBatch
  readonly features: number
  readonly bins: number
  /** The rows that were summed, ascending. */
  readonly rows: Uint32Array
}

/** The rows of each feature and bin, in ascending order. `rows` says which rows count, ascending; all unless given. */
export function planHistogram(binned: BinnedRows, rows?: Uint32Array): IndexLists {
  const { features, bins, data } = binned
  const all = data.length / features
  if (!Number.isInteger(all)) {
    throw new RangeError(`planHistogram: ${data.length} bins are no rows of ${features} features`)
  }
  const chosen = rows ?? Uint32Array.from({ length: all }, (_, i) => i)
  checkAscending(chosen, all)
  const start = new Uint32Array(features * bins + 1)
  const skipped = (feature: number, bin: number) => binned.skip?.[feature] === bin
  for (const row of chosen) {
    for (let feature = 0; feature < features; feature++) {
      const bin = data[row * features + feature]
      if (bin >= bins) {
        throw new RangeError(
          `planHistogram: row ${row}, feature ${feature} is in bin ${bin} of ${bins}`,
        )
      }
      if (!skipped(feature, bin)) start[feature * bins + bin + 1]++
    }
  }
  for (let i = 0; i < features * bins; i++) start[i + 1] += start[i]
  const next = start.slice()
  const order = new Uint32Array(start[features * bins])
  for (let feature = 0; feature < features; feature++) {
    for (const row of chosen) {
      const bin = data[row * features + feature]
      if (!skipped(feature, bin)) order[next[feature * bins + bin]++] = row
    }
  }
  return { order, start }
}

/** The histogram of `rows`, ascending; of all rows unless given. */
export async function buildHistogram(
  scheme: AdditiveScheme,
  packed: PackedBatch,
  { binned, rows }: { binned: BinnedRows; rows?: Uint32Array },
): Promise<CipherHistogram> {
  const { features, bins } = binned
  const length = packed.batch.length
  if (binned.data.length !== features * length) {
    throw new RangeError(
      `buildHistogram: expected bins of ${length} rows and ${features} features, got ${binned.data.length}`,
    )
  }
  const chosen = rows ?? Uint32Array.from({ length }, (_, i) => i)
  const { packing } = packed
  const terms = checkTerms(packing, packed.terms * chosen.length, 'buildHistogram')
  const lists = planHistogram(binned, chosen)
  const batch = await scheme.sumByIndex(packed.batch, lists, { terms: chosen.length })
  return { sums: { batch, packing, terms }, features, bins, rows: chosen }
}

/**
 * The histogram of the rows that `parent` has and `child` has not, for one multiplication and a third of an inversion a
 * bin. Throws RangeError unless all rows of the child are the parent's: then each sum is one of rows, bounded as such.
 */
export async function siblingHistogram(
  scheme: AdditiveScheme,
  parent: CipherHistogram,
  child: CipherHistogram,
): Promise<CipherHistogram> {
  const { features, bins } = parent
  if (child.features !== features || child.bins !== bins) {
    throw new RangeError('siblingHistogram: the histograms have other features or bins')
  }
  const rows = difference(parent.rows, child.rows)
  const { packing } = parent.sums
  // Bounds are counted as if nothing were known of the difference; here it is known to be a sum over `rows`.
  const perRow = parent.sums.terms / Math.max(1, parent.rows.length)
  const terms = perRow * rows.length
  const batch = await scheme.subtract(parent.sums.batch, child.sums.batch)
  const sums = { batch: { ...batch, bound: packedBound(packing, terms) }, packing, terms }
  return { sums, features, bins, rows }
}

function difference(parent: Uint32Array, child: Uint32Array): Uint32Array {
  const rest = new Uint32Array(parent.length - Math.min(parent.length, child.length))
  let [k, at] = [0, 0]
  for (const row of parent) {
    if (k < child.length && child[k] === row) k++
    else if (at < rest.length) rest[at++] = row
  }
  if (k < child.length || at !== rest.length) {
    throw new RangeError(`siblingHistogram: row ${child[k]} of the child is not one of the parent`)
  }
  return rest
}

function checkAscending(rows: Uint32Array, all: number): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= all || (i > 0 && rows[i] <= rows[i - 1])) {
      throw new RangeError(
        `planHistogram: expected ascending rows below ${all}, got ${rows[i]} at ${i}`,
      )
    }
  }
}
