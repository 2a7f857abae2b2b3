/**
 * How good a binary classifier is at every threshold: curves as FATE 1.0 draws them, at no more than about a
 * hundred points. A row counts as positive when its score is strictly above the threshold.
 * @module
 */
import {
  accuracyOf,
  confusionAt,
  f1Of,
  precisionOf,
  recallOf,
  type Confusion,
  type Ranking,
} from './metric.ts'

/** Points of a curve and the thresholds they were taken at; an edge point may have no threshold. */
export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly thresholds: readonly number[]
}

/** True and false positive rate over the share of rows called positive, in hundredths. */
export interface KsCurve {
  readonly best: number
  readonly cuts: readonly number[]
  readonly tpr: readonly number[]
  readonly fpr: readonly number[]
  readonly thresholds: readonly number[]
}

/** The thresholds are the scores at 0 %, 1 % … 99 % of the rows; `best` is the largest difference among them. */
export function ksCurve(ranking: Ranking): KsCurve {
  const { scores, positives, negatives } = ranking
  const cuts = HUNDREDTHS.map((hundredth) => hundredth / 100)
  const thresholds = cuts.map((cut) => scores[Math.floor(scores.length * cut)])
  const counts = thresholds.map((threshold) => confusionAt(ranking, threshold))
  const tpr = counts.map(({ tp }) => tp / positives)
  const fpr = counts.map(({ fp }) => fp / negatives)
  const best = Math.max(...tpr.map((rate, at) => rate - fpr[at]))
  return { best, cuts: [...cuts, 1], tpr: [...tpr, 1], fpr: [...fpr, 1], thresholds }
}

/**
 * True over false positive rate. Corner points only, from above the highest score down, thinned to a hundred; for
 * one false positive rate the highest true positive rate stays.
 */
export function rocCurve(ranking: Ranking): Curve {
  const corners = rocCorners(ranking)
  const picked = HUNDREDTHS.map((hundredth) => corners[pick(corners.length, hundredth)])
  const points = picked.map(({ fp, tp, threshold }) => ({
    x: fp / ranking.negatives,
    y: tp / ranking.positives,
    threshold,
  }))
  return curveOf(highest([...points, { x: 1, y: 1, threshold: undefined }]))
}

/** Precision over base rate, against the share of rows called positive. */
export function liftCurve(ranking: Ranking): Curve {
  const base = ranking.positives / ranking.scores.length
  return shareCurve(ranking, (counts) => precisionOf(counts) / base)
}

/** The share of positives found, against the share of rows called positive. */
export function gainCurve(ranking: Ranking): Curve {
  return shareCurve(ranking, recallOf)
}

/** Accuracy at a hundred quantiles of the distinct scores. */
export function accuracyCurve(ranking: Ranking): Curve {
  const thresholds = quantiles(ranking)
  const y = thresholds.map((threshold) => accuracyOf(confusionAt(ranking, threshold)))
  return { x: HUNDREDTHS.map((hundredth) => hundredth * 0.01), y, thresholds }
}

/**
 * Precision and recall at a hundred quantiles of the distinct scores and below them all; of points with one recall
 * the one with the highest precision stays, in both.
 */
export function precisionRecallCurves(ranking: Ranking): { precision: Curve; recall: Curve } {
  const thresholds = quantiles(ranking)
  const edge = Math.min(...thresholds) - 0.001
  const points = [...thresholds, edge].map((threshold, at) => {
    const counts = confusionAt(ranking, threshold)
    return {
      cut: at === thresholds.length ? 1 : at * 0.01,
      x: recallOf(counts),
      y: precisionOf(counts),
      threshold: at === thresholds.length ? undefined : threshold,
    }
  })
  const kept = highest(points)
  const x = kept.map(({ cut }) => cut)
  const shown = kept.flatMap(({ threshold }) => threshold ?? [])
  return {
    precision: { x, y: kept.map((point) => point.y), thresholds: shown },
    recall: { x, y: kept.map((point) => point.x), thresholds: shown },
  }
}

/** Counts and F1 at a hundred quantiles of the distinct scores. */
export function confusionCurve(ranking: Ranking): {
  thresholds: readonly number[]
  counts: readonly Confusion[]
  f1: readonly number[]
} {
  const thresholds = quantiles(ranking)
  const counts = thresholds.map((threshold) => confusionAt(ranking, threshold))
  return { thresholds, counts, f1: counts.map(f1Of) }
}

interface Point {
  readonly x: number
  readonly y: number
  readonly threshold: number | undefined
}

const HUNDREDTHS: readonly number[] = Array.from({ length: 100 }, (_, at) => at)

/** Where a hundredth of a list lies. The product is taken in this order so that it rounds as the original's does. */
function pick(length: number, hundredth: number): number {
  return Math.floor(length * (hundredth * 0.01))
}

/** Distinct scores at 0 % … 99 % of them, falling. */
function quantiles({ scores }: Ranking): number[] {
  const distinct = [...new Set(scores)]
  return HUNDREDTHS.map((hundredth) => distinct[pick(distinct.length, hundredth)])
}

function shareCurve(ranking: Ranking, measure: (counts: Confusion) => number): Curve {
  const points = quantiles(ranking).map((threshold) => {
    const counts = confusionAt(ranking, threshold)
    return {
      x: (counts.tp + counts.fp) / ranking.scores.length,
      y: measure(counts),
      threshold,
    }
  })
  return curveOf([...highest(points), { x: 1, y: 1, threshold: 0 }])
}

/** For each x the point with the highest y, the first of equals, in the order in which the x first came. */
function highest<P extends Point>(points: readonly P[]): P[] {
  const best = new Map<number, P>()
  for (const point of points) {
    const found = best.get(point.x)
    if (found === undefined || point.y > found.y) best.set(point.x, point)
  }
  return [...best.values()]
}

function curveOf(points: readonly Point[]): Curve {
  return {
    x: points.map((point) => point.x),
    y: points.map((point) => point.y),
    thresholds: points.flatMap(({ threshold }) => threshold ?? []),
  }
}

/** The points of the ROC curve between which it is not straight, and (0, 0). */
function rocCorners(ranking: Ranking): { tp: number; fp: number; threshold: number }[] {
  const { scores, positivesBefore } = ranking
  const all: { tp: number; fp: number; threshold: number }[] = []
  for (let to = 1; to <= scores.length; to++) {
    if (to < scores.length && scores[to] === scores[to - 1]) continue
    const tp = positivesBefore[to]
    all.push({ tp, fp: to - tp, threshold: scores[to - 1] })
  }
  const corners = all.filter((point, at) => {
    if (at === 0 || at === all.length - 1) return true
    const [before, after] = [all[at - 1], all[at + 1]]
    const bendsUp = after.tp - point.tp !== point.tp - before.tp
    return bendsUp || after.fp - point.fp !== point.fp - before.fp
  })
  return [{ tp: 0, fp: 0, threshold: scores[0] + 1 }, ...corners]
}
