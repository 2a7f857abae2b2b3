/**
 * How good a split is, and which is the best (T. Chen, C. Guestrin, "XGBoost", KDD 2016, equations 5 to 7, without the
 * factor ½ and with the penalty γ as a threshold, as FATE has it). Of a tree with several outputs the gains of these are
 * added up, and `minChildWeight` is of the sum of all their second derivatives (SecureBoost-MO
 * in W. Chen et al., "SecureBoost+", arXiv 2110.10927).
 * @module
 */
import { outputsOf, type Sums } from './gradient.ts'

/** When a node is split and what a leaf weighs. */
export interface SplitRule {
  /** L2 penalty of leaf weights. */
  readonly lambda: number
  /** L1 penalty of leaf weights. */
  readonly alpha: number
  /** The gain must be above it. */
  readonly minGain: number
  /** The least sum of second derivatives in a child. */
  readonly minChildWeight: number
  /** The least number of rows in a child. */
  readonly minLeaf: number
  /** A node of fewer rows stays a leaf. */
  readonly minSplit: number
  /** The most buckets of about equal size that a column's rows of a node are cut into; absent for every bin. */
  readonly nodeBins?: number
  /** How many splits lie between the root and a leaf at most. */
  readonly maxDepth: number
}

/** What an integer of a sum stands for. */
export interface Units {
  readonly gUnit: number
  readonly hUnit: number
  /** Those of the outputs after the first, where a tree has several. */
  readonly others?: readonly Units[]
}

/** The best of some candidates. */
export interface BestSplit {
  readonly gain: number
  /** Every candidate of exactly this gain, by its place in the list. */
  readonly ties: readonly number[]
}

/** The part of the loss that a leaf with these sums takes away, twice. */
export function scoreOf({ g, h }: Sums, units: Units, rule: SplitRule): number {
  const slope = softened(g * units.gUnit, rule.alpha)
  const weight = h * units.hUnit + rule.lambda
  return weight > 0 ? (slope * slope) / weight : 0
}

/** The weight of a leaf with these sums. */
export function leafWeight({ g, h }: Sums, units: Units, rule: SplitRule): number {
  const weight = h * units.hUnit + rule.lambda
  // Adding 0 turns -0 into 0.
  return weight > 0 ? -softened(g * units.gUnit, rule.alpha) / weight + 0 : 0
}

/** The weights of a leaf of a tree with several outputs, one each. */
export function leafWeights(total: Sums, units: Units, rule: SplitRule): number[] {
  const sums = outputsOf(total)
  return outputsOf(units).map((unit, output) => leafWeight(sums[output], unit, rule))
}

/**
 * The best of candidates whose left sums are `left[2i]` (g) and `left[2i + 1]` (h); undefined where none gains more than
 * `rule.minGain` or all break a rule. Equal left sums, and mirrored ones, have bitwise equal gains. With `others` in
 * `total` and `units` a candidate has such a pair for each output, one after another.
 */
export function bestSplit(
  total: Sums,
  left: Float64Array,
  { units, rule }: { units: Units; rule: SplitRule },
): BestSplit | undefined {
  if (units.others) return bestOfOutputs(outputsOf(total), left, { units: outputsOf(units), rule })
  const whole = scoreOf(total, units, rule)
  const least = rule.minChildWeight
  let gain = rule.minGain
  let ties: number[] = []
  for (let at = 0; 2 * at < left.length; at++) {
    const [g, h] = [left[2 * at], left[2 * at + 1]]
    const right = { g: total.g - g, h: total.h - h }
    if (h * units.hUnit < least || right.h * units.hUnit < least) continue
    const found = scoreOf({ g, h }, units, rule) + scoreOf(right, units, rule) - whole
    if (found > gain) {
      gain = found
      ties = [at]
    } else if (found === gain && ties.length > 0) ties.push(at)
  }
  return ties.length > 0 ? { gain, ties } : undefined
}

function bestOfOutputs(
  total: readonly Sums[],
  left: Float64Array,
  { units, rule }: { units: readonly Units[]; rule: SplitRule },
): BestSplit | undefined {
  const width = 2 * units.length
  const whole = units.reduce((sum, unit, output) => sum + scoreOf(total[output], unit, rule), 0)
  const least = rule.minChildWeight
  let gain = rule.minGain
  let ties: number[] = []
  for (let at = 0; width * at < left.length; at++) {
    let [leftScore, rightScore, leftWeight, rightWeight] = [0, 0, 0, 0]
    units.forEach((unit, output) => {
      const place = width * at + 2 * output
      const side = { g: left[place], h: left[place + 1] }
      const other = { g: total[output].g - side.g, h: total[output].h - side.h }
      leftScore += scoreOf(side, unit, rule)
      rightScore += scoreOf(other, unit, rule)
      leftWeight += side.h * unit.hUnit
      rightWeight += other.h * unit.hUnit
    })
    if (leftWeight < least || rightWeight < least) continue
    const found = leftScore + rightScore - whole
    if (found > gain) {
      gain = found
      ties = [at]
    } else if (found === gain && ties.length > 0) ties.push(at)
  }
  return ties.length > 0 ? { gain, ties } : undefined
}

function softened(g: number, alpha: number): number {
  if (alpha === 0) return g
  return Math.sign(g) * Math.max(0, Math.abs(g) - alpha)
}
