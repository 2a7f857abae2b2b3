/**
 * All splits that a party's binned columns allow, in a fixed order. The first of equally good ones is taken, so that
 * a tree does not depend on who found it.
 * @module
 */
import type { BinnedColumn } from './binning.ts'

/** Rows whose bin is at most `bin` go left; missing ones where `missingLeft` says. */
export interface Cut {
  /** Index of the column. */
  readonly feature: number
  readonly bin: number
  readonly missingLeft: boolean
}

/** Where the bins of each used column are in a histogram. */
export interface BinLayout {
  /** The columns that are used, by rising index. */
  readonly features: Uint32Array
  /** Bins of each, the one of missing values included. */
  readonly widths: Uint32Array
  /** Whether each has missing values. */
  readonly missing: readonly boolean[]
  /** All bins together. */
  readonly total: number
  /** Every split, by column, bin, and missing values to the right first. */
  readonly cuts: readonly Cut[]
}

/** The layout of the columns `features`. */
export function layOutBins(columns: readonly BinnedColumn[], features: Uint32Array): BinLayout {
  const used = Array.from(features, (feature) => columns[feature])
  const widths = Uint32Array.from(used, ({ count, missing }) => count + (missing ? 1 : 0))
  const cuts = used.flatMap(({ count, missing }, at) => {
    const feature = features[at]
    return Array.from({ length: count }, (_, bin): Cut[] => {
      const right = { feature, bin, missingLeft: false }
      // At the last bin all that can be parted are the missing values.
      if (bin === count - 1) return missing ? [right] : []
      return missing ? [right, { feature, bin, missingLeft: true }] : [right]
    }).flat()
  })
  return {
    features,
    widths,
    missing: used.map(({ missing }) => missing),
    total: widths.reduce((sum, width) => sum + width, 0),
    cuts,
  }
}

/** Whether a row in `bin` of a column with `count` bins goes left. */
export function goesLeft(
  bin: number,
  count: number,
  cut: Pick<Cut, 'bin' | 'missingLeft'>,
): boolean {
  return bin === count ? cut.missingLeft : bin <= cut.bin
}

/**
 * Sums left of every cut. `histogram` has `lanes` numbers for each bin of the layout; the result as many for each cut.
 */
export function leftSums(layout: BinLayout, histogram: Float64Array, lanes: number): Float64Array {
  const left = new Float64Array(layout.cuts.length * lanes)
  let [base, at] = [0, 0]
  layout.widths.forEach((width, index) => {
    const missing = layout.missing[index]
    const count = missing ? width - 1 : width
    for (let lane = 0; lane < lanes; lane++) {
      const lost = missing ? histogram[(base + count) * lanes + lane] : 0
      let [sum, to] = [0, at]
      for (let bin = 0; bin < count; bin++) {
        sum += histogram[(base + bin) * lanes + lane]
        if (bin === count - 1 && !missing) break
        left[to++ * lanes + lane] = sum
        if (missing && bin < count - 1) left[to++ * lanes + lane] = sum + lost
      }
    }
    at += missing ? 2 * count - 1 : count - 1
    base += width
  })
  return left
}

/**
 * Which cuts part the rows of a node into at most about `most` buckets a column, each of as many rows or more: 1 for those.
 * `counts` are rows by bin of the layout. A column of no more than `most` bins with rows in them keeps all of these.
 */
export function evenCuts(layout: BinLayout, counts: ArrayLike<number>, most: number): Uint8Array {
  const kept = new Uint8Array(layout.cuts.length)
  let [base, at] = [0, 0]
  layout.widths.forEach((width, index) => {
    const missing = layout.missing[index]
    const bins = missing ? width - 1 : width
    let [rows, full] = [0, 0]
    for (let bin = 0; bin < bins; bin++) {
      rows += counts[base + bin]
      if (counts[base + bin] > 0) full++
    }
    const size = full <= most ? 1 : Math.floor(rows / most)
    let held = 0
    for (let bin = 0; bin < bins; bin++) {
      held += counts[base + bin]
      const ends = held >= size && counts[base + bin] > 0
      // Of the last bin only what is missing can be parted.
      const last = bin === bins - 1
      const cuts = last ? (missing ? 1 : 0) : missing ? 2 : 1
      if (ends || last) kept.fill(1, at, at + cuts)
      if (ends) held = 0
      at += cuts
    }
    base += width
  })
  return kept
}
