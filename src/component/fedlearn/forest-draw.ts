/**
 * What each tree of a random forest sees: rows, and how many columns of each party. All of it follows from the seed.
 * @module
 */
import { createRng } from '../../compute/ml/rng.ts'
import { sampleOf } from '../../compute/ml/tree/sample.ts'
import type { RandomForestParam } from './forest-param.ts'

/** The rows of a tree, of `count`, by rising number. */
export function treeRows(
  count: number,
  { params, tree }: { params: RandomForestParam; tree: number },
): Uint32Array {
  const { maxTreeSamples: most, randomSeed: seed } = params
  const rate = most < 0 || most >= count ? 1 : most / count
  // Even streams are of rows, odd ones of columns, as in boosting.
  return sampleOf(count, rate, createRng(seed, 4 * tree))
}

/**
 * How many columns of each party a tree sees, of parties with `widths` columns: as many of all as the parameters say,
 * drawn from all alike, and one at least of each party that has any.
 */
export function columnShares(
  widths: readonly number[],
  { params, tree }: { params: RandomForestParam; tree: number },
): number[] {
  const { maxSampledFeatures: most, maxSampledRatio: ratio, randomSeed: seed } = params
  const all = widths.reduce((sum, width) => sum + width, 0)
  const wanted = Math.max(1, Math.min(all, most, Math.floor(ratio * all)))
  const drawn = sampleOf(all, wanted / all, createRng(seed, 4 * tree + 2))
  let from = 0
  return widths.map((width) => {
    const [low, high] = [from, (from += width)]
    const share = drawn.filter((column) => column >= low && column < high).length
    return width === 0 ? 0 : Math.max(1, share)
  })
}
