/**
 * Finds splits in columns that are at hand.
 * @module
 */
import type { BinnedColumn } from './binning.ts'
import { evenCuts, goesLeft, layOutBins, leftSums } from './candidate.ts'
import type { Gradients } from './gradient.ts'
import type { GrowNode, Offer, Splitter } from './grow.ts'
import { buildHistogram, lanesOf, planHistograms, subtractHistogram } from './histogram.ts'
import { bestSplit, type SplitRule } from './split.ts'

/** A splitter over the columns `features` of `columns`, for one tree. */
export function localSplitter(
  columns: readonly BinnedColumn[],
  options: {
    features: Uint32Array
    gradients: Gradients
    rule: SplitRule
    /** Which of the cuts is taken; the best, unless told otherwise. */
    choose?: typeof bestSplit
  },
): Splitter {
  const { features, gradients, rule, choose = bestSplit } = options
  const layout = layOutBins(columns, features)
  const lanes = lanesOf(gradients)
  const pairs = lanes - 1
  let histograms = new Map<number, Float64Array>()

  function histogramsOf(level: readonly GrowNode[]): Map<number, Float64Array> {
    const next = new Map<number, Float64Array>()
    for (const { rows, node, rest } of planHistograms(level, (id) => histograms.has(id))) {
      const built = buildHistogram(columns, layout, { gradients, rows })
      if (node !== null) next.set(node, built)
      const whole = rest && histograms.get(rest.parent)
      if (rest && whole) next.set(rest.node, subtractHistogram(whole, built))
    }
    return next
  }

  function offerFor(node: GrowNode): Offer | undefined {
    const histogram = histograms.get(node.id)
    if (!histogram || layout.cuts.length === 0) return undefined
    const left = leftSums(layout, histogram, lanes)
    const counts = Float64Array.from(
      { length: layout.total },
      (_, at) => histogram[at * lanes + pairs],
    )
    const even = rule.nodeBins === undefined ? undefined : evenCuts(layout, counts, rule.nodeBins)
    const allowed: number[] = []
    for (let cut = 0; cut < layout.cuts.length; cut++) {
      if (even?.[cut] === 0) continue
      const count = left[cut * lanes + pairs]
      if (count >= rule.minLeaf && node.used.length - count >= rule.minLeaf) allowed.push(cut)
    }
    const sums = new Float64Array(pairs * allowed.length)
    allowed.forEach((cut, at) => {
      for (let lane = 0; lane < pairs; lane++) sums[pairs * at + lane] = left[cut * lanes + lane]
    })
    const best = choose(node.total, sums, { units: gradients, rule })
    return best && { gain: best.gain, ties: best.ties.map((at) => allowed[at]) }
  }

  return {
    async propose(level) {
      histograms = histogramsOf(level)
      return level.filter((node) => node.open).map(offerFor)
    },
    async divide(taken) {
      return taken.map(({ node, offer }) => {
        const cut = layout.cuts[offer.ties[0]]
        const { bins, count, thresholds } = columns[cut.feature]
        const left = Uint8Array.from(node.rows, (row) => (goesLeft(bins[row], count, cut) ? 1 : 0))
        // Above all thresholds lies what is not missing.
        const threshold = thresholds[cut.bin] ?? Infinity
        return { split: { party: 0, ...cut, threshold }, left }
      })
    },
  }
}
