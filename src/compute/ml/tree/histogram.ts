/**
 * Gradient histograms, and how those of a level come from those of the level above.
 * @module
 */
import type { BinnedColumn } from './binning.ts'
import type { BinLayout } from './candidate.ts'
import type { Gradients } from './gradient.ts'
import type { GrowNode } from './grow.ts'

/** Numbers for each bin: the sums of both derivatives and the count of rows. */
export const LANES = 3

/** The same where a tree has several outputs: their sums one after another, the count of rows last. */
export function lanesOf({ others = [] }: { readonly others?: readonly unknown[] }): number {
  return LANES + 2 * others.length
}

/** Sums over `rows` for every bin of `layout`; exact, as all numbers are integers. */
export function buildHistogram(
  columns: readonly BinnedColumn[],
  layout: BinLayout,
  { gradients, rows }: { gradients: Gradients; rows: Uint32Array },
): Float64Array {
  const { g, h, others = [] } = gradients
  const lanes = lanesOf(gradients)
  const sums = new Float64Array(layout.total * lanes)
  let base = 0
  layout.features.forEach((feature, index) => {
    const { bins } = columns[feature]
    for (const row of rows) {
      const at = (base + bins[row]) * lanes
      sums[at] += g[row]
      sums[at + 1] += h[row]
      sums[at + lanes - 1]++
    }
    others.forEach((other, index) => {
      for (const row of rows) {
        const at = (base + bins[row]) * lanes + 2 * index + 2
        sums[at] += other.g[row]
        sums[at + 1] += other.h[row]
      }
    })
    base += layout.widths[index]
  })
  return sums
}

/** What is left of `whole` without `part`. */
export function subtractHistogram(whole: Float64Array, part: Float64Array): Float64Array {
  return whole.map((sum, at) => sum - part[at])
}

/** One histogram to be built from rows. */
export interface Build {
  readonly rows: Uint32Array
  /** The node whose histogram it is; null where only its sibling's is wanted. */
  readonly node: number | null
  /** The sibling, whose histogram is that of `parent` less this one. */
  readonly rest: { readonly node: number; readonly parent: number } | null
}

/**
 * The least work that gives the histograms of all open nodes of a level: of two siblings the one with fewer rows is
 * built and the other subtracted, where the parent's histogram is `known`.
 */
export function planHistograms(
  level: readonly GrowNode[],
  known: (node: number) => boolean,
): Build[] {
  const builds: Build[] = []
  const families = Map.groupBy(level, (node) => node.parent)
  for (const [parent, nodes] of families) {
    const open = nodes.filter((node) => node.open)
    const [first, second] = nodes
    if (parent === null || nodes.length !== 2 || !known(parent)) {
      for (const { id, used } of open) builds.push({ rows: used, node: id, rest: null })
      continue
    }
    if (open.length === 0) continue
    const [small, large] =
      second.used.length < first.used.length ? [second, first] : [first, second]
    builds.push({
      rows: small.used,
      node: small.open ? small.id : null,
      rest: large.open ? { node: large.id, parent } : null,
    })
  }
  return builds
}
