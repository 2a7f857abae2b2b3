/**
 * How good predictions are, as single numbers: binary, multi-class and regression.
 *
 * Binary labels are 1 for the positive class and 0 for the other. Every function throws a RangeError for lists of
 * different lengths, for no rows, and for a value that is not finite.
 * @module
 */

/**
 * Area under the ROC curve: the share of (positive, negative) pairs in which the positive has the higher score,
 * ties counting half. Exact, by ranks, O(n log n). Throws a RangeError when only one class is there.
 */
export function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const ranking = rank(labels, scores)
  const { positives, negatives } = requireBoth(ranking, 'auc')
  let pairs = 0
  let negativesAbove = 0
  for (const { tp, fp } of steps(ranking)) {
    pairs += tp * (negatives - negativesAbove - fp) + (tp * fp) / 2
    negativesAbove += fp
  }
  return pairs / (positives * negatives)
}

/**
 * The largest difference of true and false positive rate over all thresholds (Kolmogorov and Smirnov).
 * Throws a RangeError when only one class is there.
 */
export function ks(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const ranking = rank(labels, scores)
  const { positives, negatives } = requireBoth(ranking, 'ks')
  let best = 0
  let tp = 0
  let fp = 0
  for (const step of steps(ranking)) {
    tp += step.tp
    fp += step.fp
    best = Math.max(best, tp / positives - fp / negatives)
  }
  return best
}

/** Scores in falling order, each with the number of positives before it. */
export interface Ranking {
  readonly scores: Float64Array
  /** `positivesBefore[i]` of the first i rows are positive; one entry more than there are rows. */
  readonly positivesBefore: Uint32Array
  readonly positives: number
  readonly negatives: number
}

/** Sorts rows by falling score, so that counts at a threshold take O(log n). */
export function rank(labels: ArrayLike<number>, scores: ArrayLike<number>): Ranking {
  const rows = check(labels, scores)
  const order = Array.from({ length: rows }, (_, row) => row)
  order.sort((a, b) => scores[b] - scores[a])
  const sorted = Float64Array.from(order, (row) => scores[row])
  const positivesBefore = new Uint32Array(rows + 1)
  order.forEach((row, at) => {
    if (labels[row] !== 0 && labels[row] !== 1) {
      throw new RangeError(`rank: expected labels 0 and 1, got ${labels[row]} in row ${row}`)
    }
    positivesBefore[at + 1] = positivesBefore[at] + labels[row]
  })
  const positives = positivesBefore[rows]
  return { scores: sorted, positivesBefore, positives, negatives: rows - positives }
}

/** Counts of right and wrong answers. */
export interface Confusion {
  readonly tp: number
  readonly fp: number
  readonly tn: number
  readonly fn: number
}

/** The counts when every row with a score strictly above `threshold` is called positive. */
export function confusionAt(ranking: Ranking, threshold: number): Confusion {
  const { scores, positivesBefore, positives, negatives } = ranking
  let low = 0
  let high = scores.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (scores[middle] > threshold) low = middle + 1
    else high = middle
  }
  const tp = positivesBefore[low]
  const fp = low - tp
  return { tp, fp, tn: negatives - fp, fn: positives - tp }
}

/** The share of right answers. */
export function accuracyOf({ tp, fp, tn, fn }: Confusion): number {
  return (tp + tn) / (tp + fp + tn + fn)
}

/** The share of positives among the rows called positive; 1 when there is none, so that nothing called is no error. */
export function precisionOf({ tp, fp }: Confusion): number {
  return tp + fp === 0 ? 1 : tp / (tp + fp)
}

/** The share of positives that were found; NaN when there is none. */
export function recallOf({ tp, fn }: Confusion): number {
  return tp / (tp + fn)
}

/** The harmonic mean of precision and recall; 0 when nothing was found. */
export function f1Of(counts: Confusion): number {
  const { tp, fp, fn } = counts
  return tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn)
}

/** Scores of a classifier of any number of classes. */
export interface ClassReport {
  /** Every class that occurs in labels or answers, in rising order; precision and recall are by class. */
  readonly classes: readonly number[]
  readonly accuracy: number
  /** 0 for a class that was never answered. */
  readonly precision: readonly number[]
  /** 0 for a class that never was the label. */
  readonly recall: readonly number[]
  readonly f1: readonly number[]
}

/** Compares answers with labels class by class. */
export function classReport(labels: ArrayLike<number>, answers: ArrayLike<number>): ClassReport {
  const rows = check(labels, answers)
  const counts = new Map<number, { right: number; labelled: number; answered: number }>()
  function of(value: number): { right: number; labelled: number; answered: number } {
    const found = counts.get(value) ?? { right: 0, labelled: 0, answered: 0 }
    counts.set(value, found)
    return found
  }
  let right = 0
  for (let row = 0; row < rows; row++) {
    of(labels[row]).labelled++
    of(answers[row]).answered++
    if (labels[row] !== answers[row]) continue
    of(labels[row]).right++
    right++
  }
  const classes = [...counts.keys()].sort((a, b) => a - b)
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  return {
    classes,
    accuracy: right / rows,
    precision: classes.map((value) => share(of(value).right, of(value).answered)),
    recall: classes.map((value) => share(of(value).right, of(value).labelled)),
    f1: classes.map((value) => share(2 * of(value).right, of(value).answered + of(value).labelled)),
  }
}

/** Errors of predicted numbers. */
export interface RegressionReport {
  /** 1 - variance of the errors / variance of the labels. */
  readonly explained_variance: number
  readonly mean_absolute_error: number
  readonly mean_squared_error: number
  /** Of log(1 + x); NaN when a label or prediction is not above -1. */
  readonly mean_squared_log_error: number
  readonly median_absolute_error: number
  /** 1 - squared errors / squared deviations of the labels from their mean. */
  readonly r2_score: number
  readonly root_mean_squared_error: number
}

/**
 * Compares predicted numbers with labels. Where all labels are equal, explained variance and r2 are 1 for perfect
 * predictions and 0 for others.
 */
export function regressionReport(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): RegressionReport {
  const rows = check(labels, predictions)
  const errors = Float64Array.from({ length: rows }, (_, row) => labels[row] - predictions[row])
  const meanLabel = mean(labels)
  const meanError = mean(errors)
  const squared = mean(errors.map((error) => error * error))
  const labelVariance = mean(Float64Array.from(labels, (value) => (value - meanLabel) ** 2))
  const errorVariance = mean(errors.map((error) => (error - meanError) ** 2))
  const logs = Float64Array.from(
    { length: rows },
    (_, row) => (Math.log1p(labels[row]) - Math.log1p(predictions[row])) ** 2,
  )
  return {
    explained_variance: explained(errorVariance, labelVariance),
    mean_absolute_error: mean(errors.map(Math.abs)),
    mean_squared_error: squared,
    mean_squared_log_error: mean(logs),
    median_absolute_error: median(errors.map(Math.abs)),
    r2_score: explained(squared, labelVariance),
    root_mean_squared_error: Math.sqrt(squared),
  }
}

/** Positives and negatives that share one score, from the highest score down. */
function* steps({ scores, positivesBefore }: Ranking): Generator<{ tp: number; fp: number }> {
  for (let from = 0; from < scores.length;) {
    let to = from + 1
    while (to < scores.length && scores[to] === scores[from]) to++
    const tp = positivesBefore[to] - positivesBefore[from]
    yield { tp, fp: to - from - tp }
    from = to
  }
}

function requireBoth(ranking: Ranking, name: string): Ranking {
  if (ranking.positives > 0 && ranking.negatives > 0) return ranking
  const which = ranking.positives === 0 ? 'negative' : 'positive'
  throw new RangeError(`${name}: all labels are ${which}, both classes are needed`)
}

function check(labels: ArrayLike<number>, values: ArrayLike<number>): number {
  if (labels.length !== values.length) {
    throw new RangeError(`${labels.length} labels for ${values.length} predictions`)
  }
  if (labels.length === 0) throw new RangeError('There are no rows to measure')
  for (let row = 0; row < labels.length; row++) {
    if (!Number.isFinite(labels[row]) || !Number.isFinite(values[row])) {
      // Others may read it: which row, and what its label is, is its owner's.
      const what = Number.isFinite(labels[row]) ? 'prediction' : 'label'
      throw new RangeError(
        `There is a ${what} that is no finite number: a training that diverges needs a smaller learning rate`,
      )
    }
  }
  return labels.length
}

function explained(rest: number, whole: number): number {
  if (whole === 0) return rest === 0 ? 1 : 0
  return 1 - rest / whole
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]
  return sum / values.length
}

function median(values: Float64Array): number {
  const sorted = values.toSorted()
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
