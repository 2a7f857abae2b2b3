/**
 * Grows one tree from histograms over all rows, by one who has no rows: what `growTree` finds from the rows themselves, bit
 * for bit.
 * @module
 */
import { type BinLayout, type Cut, leftSums } from './candidate.ts'
import type { Sums } from './gradient.ts'
import { LANES, subtractHistogram } from './histogram.ts'
import { bestSplit, leafWeight, type SplitRule, type Units } from './split.ts'

/** What becomes of a node: a leaf, or two nodes that are numbered on. */
export interface NodeVerdict {
  readonly cut: Cut | null
  readonly weight: number
  readonly gain: number
}

/** What a tree is grown from. */
export interface SumGrowOptions {
  readonly layout: BinLayout
  readonly units: Units
  readonly rule: SplitRule
  /** Leaf weights are multiplied with it. */
  readonly learningRate: number
  /** Histograms over the rows of nodes, one after another. */
  histograms(nodes: readonly number[]): Promise<Float64Array>
  /** Says what becomes of every node of a level, and for which of the next one histograms are wanted. */
  decided(level: readonly NodeVerdict[], wanted: readonly number[]): Promise<void>
}

/** A node, as the sums over its rows tell it. */
interface SummedNode {
  readonly id: number
  readonly count: number
  readonly total: Sums
  readonly open: boolean
  /** Of an open node; siblings get theirs together. */
  readonly source: { readonly parent: number; readonly sibling: SummedNode } | null
}

/** Grows a tree; the first histogram is always that of node 0. */
export async function growFromSums(options: SumGrowOptions): Promise<void> {
  const { layout, rule, units, learningRate } = options
  const size = layout.total * LANES
  const root = await options.histograms([0])
  if (root.length !== size) throw new RangeError('growFromSums: a histogram of another layout')
  let histograms = new Map([[0, root]])
  let level = [nodeOf(rule, { id: 0, depth: 0, sums: totalOf(layout, root), source: null })]
  let nodes = 1
  for (let depth = 1; level.length > 0; depth++) {
    const next: SummedNode[] = []
    const verdicts = level.map((node): NodeVerdict => {
      const weight = leafWeight(node.total, units, rule) * learningRate
      const best = bestOf(node, options, histograms.get(node.id))
      if (!best) return { cut: null, weight, gain: 0 }
      const { left, cut, gain } = best
      const right = {
        g: node.total.g - left.g,
        h: node.total.h - left.h,
        count: node.count - left.count,
      }
      const bare = [left, right].map((sums) =>
        nodeOf(rule, { id: nodes++, depth, sums, source: null }),
      )
      bare.forEach((child, at) => {
        next.push({ ...child, source: { parent: node.id, sibling: bare[1 - at] } })
      })
      return { cut, weight, gain }
    })
    const built = next.filter(isBuilt)
    await options.decided(
      verdicts,
      built.map(({ id }) => id),
    )
    histograms = await histogramsOf(next, { built, before: histograms, size, options })
    level = next
  }
}

/** Of two siblings the one with fewer rows is built where any of them is open, the left one of equals. */
function isBuilt({ id, count, open, source }: SummedNode): boolean {
  if (!source || !(open || source.sibling.open)) return false
  const { sibling } = source
  return count < sibling.count || (count === sibling.count && id < sibling.id)
}

async function histogramsOf(
  level: readonly SummedNode[],
  work: {
    built: readonly SummedNode[]
    before: ReadonlyMap<number, Float64Array>
    size: number
    options: SumGrowOptions
  },
): Promise<Map<number, Float64Array>> {
  const { built, before, size, options } = work
  if (built.length === 0) return new Map()
  const all = await options.histograms(built.map(({ id }) => id))
  if (all.length !== size * built.length) {
    throw new RangeError('growFromSums: histograms of another layout')
  }
  const own = new Map(built.map(({ id }, at) => [id, all.subarray(at * size, (at + 1) * size)]))
  return new Map(
    level.flatMap(({ id, open, source }): [number, Float64Array][] => {
      if (!open || !source) return []
      const found = own.get(id)
      if (found) return [[id, found]]
      const [whole, part] = [before.get(source.parent), own.get(source.sibling.id)]
      return whole && part ? [[id, subtractHistogram(whole, part)]] : []
    }),
  )
}

function bestOf(
  node: SummedNode,
  { layout, rule, units }: SumGrowOptions,
  histogram: Float64Array | undefined,
): { cut: Cut; gain: number; left: Sums & { count: number } } | undefined {
  if (!node.open || !histogram || layout.cuts.length === 0) return undefined
  const left = leftSums(layout, histogram, LANES)
  const countAt = (cut: number): number => left[cut * LANES + 2]
  const allowed = layout.cuts.flatMap((_, cut) => {
    const least = Math.min(countAt(cut), node.count - countAt(cut))
    return least >= rule.minLeaf ? [cut] : []
  })
  const sums = Float64Array.from(
    allowed.flatMap((cut) => [left[cut * LANES], left[cut * LANES + 1]]),
  )
  const best = bestSplit(node.total, sums, { units, rule })
  if (!best) return undefined
  const cut = allowed[best.ties[0]]
  return {
    cut: layout.cuts[cut],
    gain: best.gain,
    left: { g: left[cut * LANES], h: left[cut * LANES + 1], count: countAt(cut) },
  }
}

function nodeOf(
  rule: SplitRule,
  node: {
    id: number
    depth: number
    sums: Sums & { count: number }
    source: SummedNode['source']
  },
): SummedNode {
  const { id, depth, sums, source } = node
  const enough = sums.count >= Math.max(2, rule.minSplit, 2 * rule.minLeaf)
  const open = depth < rule.maxDepth && enough
  return { id, count: sums.count, total: { g: sums.g, h: sums.h }, open, source }
}

/** The sums over all rows: those of any one column. */
function totalOf({ widths }: BinLayout, histogram: Float64Array): Sums & { count: number } {
  let [g, h, count] = [0, 0, 0]
  for (let bin = 0; bin < (widths[0] ?? 0); bin++) {
    g += histogram[bin * LANES]
    h += histogram[bin * LANES + 1]
    count += histogram[bin * LANES + 2]
  }
  return { g, h, count }
}
