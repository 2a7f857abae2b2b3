/**
 * Grows one tree from histograms over all rows, by one who has no rows: what `growTree` finds from the rows themselves, bit
 * for bit.
 * @module
 */
import { type BinLayout, type Cut, leftSums } from './candidate.ts'
import { joinOutputs, type Sums } from './gradient.ts'
import { stepsOf, type TreeNode } from './grow.ts'
import { lanesOf, subtractHistogram } from './histogram.ts'
import { bestSplit, type SplitRule, type Units } from './split.ts'

/** What becomes of a node: a leaf, or two nodes that are numbered on. */
export interface NodeVerdict extends Pick<TreeNode, 'weight' | 'weights' | 'gain'> {
  readonly cut: Cut | null
}

/** What a tree is grown from. */
export interface SumGrowOptions {
  readonly layout: BinLayout
  /** With those of other outputs the tree has several. */
  readonly units: Units
  readonly rule: SplitRule
  /** Leaf weights are multiplied with it. */
  readonly learningRate: number
  /** Histograms over the rows of nodes, one after another, of `lanesOf(units)` numbers a bin. */
  histograms(nodes: readonly number[]): Promise<Float64Array>
  /** Says what becomes of every node of a level, and for which of the next one histograms are wanted. */
  decided(level: readonly NodeVerdict[], wanted: readonly number[]): Promise<void>
}

/** A node, as the sums over its rows tell it. */
interface SummedNode {
  readonly id: number
  readonly count: number
  /** As a bin of a histogram has them. */
  readonly sums: Float64Array
  readonly open: boolean
  /** Of an open node; siblings get theirs together. */
  readonly source: { readonly parent: number; readonly sibling: SummedNode } | null
}

/** Grows a tree; the first histogram is always that of node 0. */
export async function growFromSums(options: SumGrowOptions): Promise<void> {
  const { layout, rule, units } = options
  const size = layout.total * lanesOf(units)
  const root = await options.histograms([0])
  if (root.length !== size) throw new RangeError('growFromSums: a histogram of another layout')
  let histograms = new Map([[0, root]])
  let level = [
    nodeOf(rule, { id: 0, depth: 0, sums: totalOf(layout, root, lanesOf(units)), source: null }),
  ]
  let nodes = 1
  for (let depth = 1; level.length > 0; depth++) {
    const next: SummedNode[] = []
    const verdicts = level.map((node): NodeVerdict => {
      const steps = stepsOf(pairsOf(node.sums), options)
      const best = bestOf(node, options, histograms.get(node.id))
      if (!best) return { cut: null, ...steps, gain: 0 }
      const { left, cut, gain } = best
      const bare = [left, subtractHistogram(node.sums, left)].map((sums) =>
        nodeOf(rule, { id: nodes++, depth, sums, source: null }),
      )
      bare.forEach((child, at) => {
        next.push({ ...child, source: { parent: node.id, sibling: bare[1 - at] } })
      })
      return { cut, ...steps, gain }
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
): { cut: Cut; gain: number; left: Float64Array } | undefined {
  if (!node.open || !histogram || layout.cuts.length === 0) return undefined
  const lanes = lanesOf(units)
  const left = leftSums(layout, histogram, lanes)
  const sumsAt = (cut: number): Float64Array => left.subarray(cut * lanes, (cut + 1) * lanes)
  const allowed = layout.cuts.flatMap((_, cut) => {
    const count = left[(cut + 1) * lanes - 1]
    return Math.min(count, node.count - count) >= rule.minLeaf ? [cut] : []
  })
  const pairs = new Float64Array(allowed.length * (lanes - 1))
  allowed.forEach((cut, at) => pairs.set(sumsAt(cut).subarray(0, -1), at * (lanes - 1)))
  const best = bestSplit(pairsOf(node.sums), pairs, { units, rule })
  if (!best) return undefined
  const cut = allowed[best.ties[0]]
  return { cut: layout.cuts[cut], gain: best.gain, left: sumsAt(cut) }
}

function nodeOf(
  rule: SplitRule,
  node: {
    id: number
    depth: number
    sums: Float64Array
    source: SummedNode['source']
  },
): SummedNode {
  const { id, depth, sums, source } = node
  const count = sums[sums.length - 1]
  const enough = count >= Math.max(2, rule.minSplit, 2 * rule.minLeaf)
  return { id, count, sums, open: depth < rule.maxDepth && enough, source }
}

/** The sums of each output, of those of a bin. */
function pairsOf(sums: Float64Array): Sums {
  return joinOutputs(
    Array.from({ length: (sums.length - 1) / 2 }, (_, output): Sums => {
      return { g: sums[2 * output], h: sums[2 * output + 1] }
    }),
  )
}

/** The sums over all rows: those of any one column. */
function totalOf({ widths }: BinLayout, histogram: Float64Array, lanes: number): Float64Array {
  const sums = new Float64Array(lanes)
  for (let at = 0; at < (widths[0] ?? 0) * lanes; at++) sums[at % lanes] += histogram[at]
  return sums
}
