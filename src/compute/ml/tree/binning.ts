/**
 * Columns of numbers as bins: what a histogram tree learner sees of a feature.
 *
 * Bin b holds the values v with `thresholds[b − 1] < v ≤ thresholds[b]`, the last bin all above. Missing values have the
 * bin after the last, so that a split "bin ≤ b goes left" sends them to the right unless it says otherwise.
 * @module
 */

/** Which values count as missing. */
export interface MissingRule {
  /** NaN is a missing value with a direction of its own; else it must not occur. */
  readonly useMissing: boolean
  /** So is 0. */
  readonly zeroAsMissing: boolean
}

/** One feature of all rows, in bins. */
export interface BinnedColumn {
  /** Rising; one less than there are bins. */
  readonly thresholds: Float64Array
  /** How many bins there are, without the one of missing values. */
  readonly count: number
  /** The bin of every row; `count` where the value is missing. */
  readonly bins: Uint16Array
  /** Whether any value is missing. */
  readonly missing: boolean
}

/** The most bins a column may have. */
export const MOST_BINS = 65_534

/** Whether `value` is missing under `rule`. */
export function isMissing(value: number, rule: MissingRule): boolean {
  return rule.useMissing && (Number.isNaN(value) || (rule.zeroAsMissing && value === 0))
}

/**
 * At most `most − 1` thresholds that cut the values that are not missing into parts of about equal size. Where there are
 * no more than `most` different values each has its own bin.
 */
export function quantileThresholds(
  values: Float64Array,
  { most, rule }: { most: number; rule: MissingRule },
): Float64Array {
  if (!Number.isInteger(most) || most < 2 || most > MOST_BINS) {
    throw new RangeError(`quantileThresholds: expected 2 to ${MOST_BINS} bins, got ${most}`)
  }
  const sorted = values.filter((value) => !isMissing(value, rule)).sort()
  const bad = sorted.find((value) => !Number.isFinite(value))
  if (bad !== undefined) throw new RangeError(`quantileThresholds: ${bad} is not a finite number`)
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1])
  // The largest value is no threshold: nothing would lie above it.
  if (distinct.length <= most) return distinct.slice(0, -1)
  const cuts: number[] = []
  for (let part = 1; part < most; part++) {
    const cut = sorted[Math.ceil((part * sorted.length) / most) - 1]
    if (cut !== cuts.at(-1) && cut !== sorted[sorted.length - 1]) cuts.push(cut)
  }
  return Float64Array.from(cuts)
}

/** The bin of one value. */
export function binOf(value: number, thresholds: Float64Array, rule: MissingRule): number {
  if (isMissing(value, rule)) return thresholds.length + 1
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value <= thresholds[middle]) high = middle
    else low = middle + 1
  }
  return low
}

/** A column in the bins between `thresholds`. */
export function binColumn(
  values: Float64Array,
  thresholds: Float64Array,
  rule: MissingRule,
): BinnedColumn {
  const bins = Uint16Array.from(values, (value) => binOf(value, thresholds, rule))
  const count = thresholds.length + 1
  return { thresholds, count, bins, missing: bins.includes(count) }
}

/** Columns in quantile bins, at most `most` each. */
export function binColumns(
  columns: readonly Float64Array[],
  options: { most: number; rule: MissingRule },
): BinnedColumn[] {
  return columns.map((values) =>
    binColumn(values, quantileThresholds(values, options), options.rule),
  )
}
