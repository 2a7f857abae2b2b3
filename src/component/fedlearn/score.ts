/**
 * How good predictions are, as FedLearn defines it; its definitions differ from the usual ones where the functions say
 * so. One line of `SCORES` a metric.
 * @module
 */
import { auc, ks, rank } from '../../compute/ml/metric.ts'

/** One number: for labels and predictions of the same rows, at least one. */
type Score = (labels: ArrayLike<number>, predictions: ArrayLike<number>) => number

/** A metric under the name that parameters give it (`RMSE`) and the one that answers carry (`rmse`). */
export interface NamedScore {
  readonly label: string
  readonly of: Score
  /** Whether a larger value is better. */
  readonly rising: boolean
}

const BY_NAME: Readonly<Record<string, NamedScore>> = {
  RMSE: { label: 'rmse', of: (y, p) => Math.sqrt(mse(y, p)), rising: false },
  MSE: { label: 'mse', of: mse, rising: false },
  MAE: { label: 'mae', of: (y, p) => meanOf(y, (row) => Math.abs(y[row] - p[row])), rising: false },
  MAPE: { label: 'mape', of: mape, rising: false },
  MAAPE: { label: 'maape', of: maape, rising: false },
  R2: { label: 'r2', of: (y, p) => 1 - rrse(y, p), rising: true },
  RAE: { label: 'rae', of: rae, rising: false },
  RRSE: { label: 'rrse', of: rrse, rising: false },
  ACC: { label: 'acc', of: acc, rising: true },
  ERROR: { label: 'error', of: (y, p) => 1 - acc(y, p), rising: false },
  PRECISION: { label: 'precision', of: precision, rising: true },
  RECALL: { label: 'recall', of: recall, rising: true },
  F1: { label: 'f1', of: f1, rising: true },
  AUC: { label: 'auc', of: (y, p) => (hasBoth(y) ? auc(y, p) : 0), rising: true },
  KS: { label: 'ks', of: (y, p) => (hasBoth(y) ? ks(y, p) : 0), rising: true },
  CROSS_ENTRO: { label: 'cross_entropy', of: crossEntropy, rising: false },
  MACC: { label: 'macc', of: macc, rising: true },
  MERROR: { label: 'merror', of: (y, p) => 1 - macc(y, p), rising: false },
}

/** The metrics by the names that parameters give them. */
export const SCORES: ReadonlyMap<string, NamedScore> = new Map(Object.entries(BY_NAME))

/** A curve or table in place of one number, as the text that answers carry. */
export interface NamedDrawing {
  readonly label: string
  of(labels: ArrayLike<number>, predictions: ArrayLike<number>): readonly (readonly number[])[]
}

/** The metrics that are no single number, by the names that parameters give them. */
export const DRAWINGS: ReadonlyMap<string, NamedDrawing> = new Map<string, NamedDrawing>([
  ['CONFUSION', { label: 'confusion', of: confusion }],
  [
    'ROCCURVE',
    { label: 'RocCurve', of: (y, p) => thresholds(y, p).map(({ tpr, fpr }) => [fpr, tpr]) },
  ],
  [
    'KSCURVE',
    { label: 'KSCurve', of: (y, p) => thresholds(y, p).map(({ at, tpr, fpr }) => [at, tpr - fpr]) },
  ],
  ['TPR', { label: 'tpr', of: (y, p) => thresholds(y, p).map(({ at, tpr }) => [at, tpr]) }],
  ['FPR', { label: 'fpr', of: (y, p) => thresholds(y, p).map(({ at, fpr }) => [at, fpr]) }],
])

/** `[[TN, FN], [FP, TP]]`: a row for each answer, which is 1 above one half. */
function confusion(labels: ArrayLike<number>, predictions: ArrayLike<number>): number[][] {
  const counts = [
    [0, 0],
    [0, 0],
  ]
  for (let row = 0; row < labels.length; row++) {
    counts[predictions[row] > 0.5 ? 1 : 0][labels[row] === 1 ? 1 : 0]++
  }
  return counts
}

/** True and false positive rates at every score as threshold, from 1, above which nothing is, down. */
function thresholds(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): { at: number; tpr: number; fpr: number }[] {
  const { scores, positivesBefore, positives, negatives } = rank(labels, predictions)
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
  const points = [{ at: 1, tpr: 0, fpr: 0 }]
  for (let end = 1; end <= scores.length; end++) {
    if (end < scores.length && scores[end] === scores[end - 1]) continue
    const tp = positivesBefore[end]
    points.push({ at: scores[end - 1], tpr: share(tp, positives), fpr: share(end - tp, negatives) })
  }
  return points
}

function mse(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  return meanOf(labels, (row) => (labels[row] - predictions[row]) ** 2)
}

/** In percent; a label of 0 adds nothing. */
function mape(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  return (
    100 *
    meanOf(labels, (row) => (labels[row] === 0 ? 0 : errorShare(labels[row], predictions[row])))
  )
}

/** The mean arctangent of the relative error, times 100; a label of 0 adds a right angle. */
function maape(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  return (
    100 *
    meanOf(labels, (row) => {
      if (labels[row] !== 0) return Math.atan(errorShare(labels[row], predictions[row]))
      return predictions[row] === 0 ? 0 : Math.PI / 2
    })
  )
}

function errorShare(label: number, prediction: number): number {
  return Math.abs((label - prediction) / label)
}

function rae(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const mean = meanOf(labels, (row) => labels[row])
  const errors = meanOf(labels, (row) => Math.abs(labels[row] - predictions[row]))
  return errors / meanOf(labels, (row) => Math.abs(labels[row] - mean))
}

/** Squared errors over squared deviations; in spite of its name without the root. */
function rrse(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const mean = meanOf(labels, (row) => labels[row])
  return mse(labels, predictions) / meanOf(labels, (row) => (labels[row] - mean) ** 2)
}

/** A prediction of exactly one half is never right. */
function acc(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  return meanOf(labels, (row) => {
    const right = labels[row] === 1 ? predictions[row] > 0.5 : predictions[row] < 0.5
    return right ? 1 : 0
  })
}

/** NaN where nothing is called positive. */
function precision(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const [, [fp, tp]] = confusion(labels, predictions)
  return tp / (tp + fp)
}

function recall(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const [[, fn], [, tp]] = confusion(labels, predictions)
  return tp / (tp + fn)
}

function f1(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const [[, fn], [fp, tp]] = confusion(labels, predictions)
  return (2 * tp) / (2 * tp + fp + fn)
}

/** The sum over all rows, not their mean. */
function crossEntropy(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const row = (at: number) => {
    const p = Math.min(1 - 1e-15, Math.max(1e-15, predictions[at]))
    return -(labels[at] * Math.log(p) + (1 - labels[at]) * Math.log(1 - p))
  }
  return meanOf(labels, row) * labels.length
}

/** The share of rows whose predicted class is theirs. */
function macc(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  return meanOf(labels, (row) => (labels[row] === predictions[row] ? 1 : 0))
}

function hasBoth(labels: ArrayLike<number>): boolean {
  const positives = meanOf(labels, (row) => labels[row])
  return positives > 0 && positives < 1
}

function meanOf(rows: ArrayLike<number>, value: (row: number) => number): number {
  let sum = 0
  for (let row = 0; row < rows.length; row++) sum += value(row)
  return sum / rows.length
}
