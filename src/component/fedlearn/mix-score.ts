/**
 * Metrics of rows that several parties have, from sums that each makes of its own. All are exact but AUC, which is the mean
 * of the parties' own, weighed by rows.
 * @module
 */
import { SCORES } from './score.ts'

/** How sums cross: up to 2^40, sixteen bits after the point. */
export const SCORE_CODE = { fraction: 16, bound: 2 ** 40, terms: 1 }

const MEANS = ['MSE', 'MAPE', 'MAAPE', 'ACC', 'AUC'] as const
/** Rows, means times rows, true positives, false positives, false negatives. */
export const SCORE_LANES = MEANS.length + 4

/** The sums of one party's rows. */
export function scoreSums(labels: Float64Array, predictions: Float64Array): Float64Array {
  const sums = new Float64Array(SCORE_LANES)
  const count = labels.length
  if (count === 0) return sums
  sums[0] = count
  MEANS.forEach((name, at) => {
    // Of numbers there is none, and all are added up whatever is asked for.
    const defined = name !== 'AUC' || labels.every((label) => label === 0 || label === 1)
    const mean = defined ? (SCORES.get(name)?.of(labels, predictions) ?? 0) : 0
    sums[1 + at] = Math.min(SCORE_CODE.bound, mean * count)
  })
  for (let row = 0; row < count; row++) {
    const [positive, label] = [predictions[row] > 0.5, labels[row] === 1]
    if (positive && label) sums[MEANS.length + 1]++
    else if (positive) sums[MEANS.length + 2]++
    else if (label) sums[MEANS.length + 3]++
  }
  return sums
}

/** A metric of all rows. Throws for a name that is no metric. */
export function scoreFrom(name: string, sums: Float64Array): { label: string; value: number } {
  const [tp, fp, fn] = sums.subarray(MEANS.length + 1)
  const found = SCORES.get(name)
  const mean = (of: (typeof MEANS)[number]) => sums[1 + MEANS.indexOf(of)] / sums[0]
  const value: Readonly<Record<string, () => number>> = {
    ...Object.fromEntries(MEANS.map((of) => [of, () => mean(of)])),
    RMSE: () => Math.sqrt(mean('MSE')),
    PRECISION: () => tp / (tp + fp),
    RECALL: () => tp / (tp + fn),
    F1: () => (2 * tp) / (2 * tp + fp + fn),
  }
  if (found && name in value) return { label: found.label, value: value[name]() }
  throw new Error(`evalMetric: ${name} is unknown: expected ${Object.keys(value).join(', ')}`)
}
