import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  accuracyCurve,
  confusionCurve,
  gainCurve,
  ksCurve,
  liftCurve,
  precisionRecallCurves,
  rocCurve,
} from '../../../src/compute/ml/curve.ts'
import { ks, rank } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'

function sample(seed: number, rows: number): { labels: number[]; scores: number[] } {
  const rng = createRng(seed)
  const scores = Array.from({ length: rows }, () => rng.integer(3 * rows) / (3 * rows))
  return {
    labels: scores.map((score, row) => (row < 2 ? row : rng.uniform() < score ? 1 : 0)),
    scores,
  }
}

/** Counts by looking at every row. */
function count({ labels, scores }: { labels: number[]; scores: number[] }, threshold: number) {
  const [tp, fp] = [1, 0].map(
    (label) => labels.filter((value, row) => value === label && scores[row] > threshold).length,
  )
  const positives = labels.filter((label) => label === 1).length
  return { tp, fp, positives, negatives: labels.length - positives, rows: labels.length }
}

/** The distinct scores at 0 %, 1 % … of them, from the highest. */
function cuts(scores: number[]): number[] {
  const distinct = [...new Set(scores)].sort((a, b) => b - a)
  return Array.from({ length: 100 }, (_, at) => distinct[Math.floor(distinct.length * (at * 0.01))])
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) < 1e-12, `entry ${at}`))
}

/** Keeps the highest y of each x. */
function best(points: readonly (readonly [number, number])[]): Map<number, number> {
  const kept = new Map<number, number>()
  for (const [x, y] of points) kept.set(x, Math.max(y, kept.get(x) ?? -1))
  return kept
}

const SAMPLES = [
  [1, 7],
  [2, 40],
  [3, 500],
].map(([seed, rows]) => sample(seed, rows))

describe('ksCurve', () => {
  it('has the rates at every hundredth of the rows and ends at 1', () => {
    for (const data of SAMPLES) {
      const curve = ksCurve(rank(data.labels, data.scores))
      const sorted = data.scores.toSorted((a, b) => b - a)
      const thresholds = Array.from(
        { length: 100 },
        (_, at) => sorted[Math.floor(sorted.length * (at / 100))],
      )
      const counts = thresholds.map((threshold) => count(data, threshold))
      close(curve.thresholds, thresholds)
      close(curve.tpr, [...counts.map(({ tp, positives }) => tp / positives), 1])
      close(curve.fpr, [...counts.map(({ fp, negatives }) => fp / negatives), 1])
      assert.deepEqual([curve.cuts.length, curve.cuts[29], curve.cuts[100]], [101, 0.29, 1])
      assert.equal(curve.best, Math.max(...curve.tpr.map((rate, at) => rate - curve.fpr[at])))
      assert.ok(curve.best <= ks(data.labels, data.scores))
    }
  })
})

describe('liftCurve and gainCurve', () => {
  it('keep the highest value of each share of rows and end at (1, 1)', () => {
    for (const data of SAMPLES) {
      const ranking = rank(data.labels, data.scores)
      const counts = cuts(data.scores).map((threshold) => count(data, threshold))
      const share = counts.map(({ tp, fp, rows }) => (tp + fp) / rows)
      const precision = counts.map(({ tp, fp }) => (tp + fp === 0 ? 1 : tp / (tp + fp)))
      const lifts = best(
        counts.map(({ positives, rows }, at) => [share[at], precision[at] / (positives / rows)]),
      )
      const gains = best(counts.map(({ tp, positives }, at) => [share[at], tp / positives]))
      const [lift, gain] = [liftCurve(ranking), gainCurve(ranking)]
      close(lift.x, [...lifts.keys(), 1])
      close(lift.y, [...lifts.values(), 1])
      close(gain.x, [...gains.keys(), 1])
      close(gain.y, [...gains.values(), 1])
      assert.equal(lift.thresholds.length, lift.x.length)
      assert.equal(lift.thresholds.at(-1), 0)
    }
  })
})

describe('accuracyCurve and confusionCurve', () => {
  it('have a point at each hundredth of the distinct scores', () => {
    for (const data of SAMPLES) {
      const ranking = rank(data.labels, data.scores)
      const thresholds = cuts(data.scores)
      const counts = thresholds.map((threshold) => count(data, threshold))
      const accuracy = accuracyCurve(ranking)
      close(
        accuracy.x,
        Array.from({ length: 100 }, (_, at) => at * 0.01),
      )
      close(
        accuracy.y,
        counts.map(({ tp, fp, negatives, rows }) => (tp + negatives - fp) / rows),
      )
      const confusion = confusionCurve(ranking)
      close(confusion.thresholds, thresholds)
      close(
        confusion.counts.map(({ fn }) => fn),
        counts.map(({ tp, positives }) => positives - tp),
      )
      close(
        confusion.f1,
        counts.map(({ tp, fp, positives }) => (2 * tp) / (tp + fp + positives)),
      )
    }
  })
})

describe('precisionRecallCurves', () => {
  it('keep the highest precision of each recall, down to a recall of 1', () => {
    for (const data of SAMPLES) {
      const { precision, recall } = precisionRecallCurves(rank(data.labels, data.scores))
      const thresholds = cuts(data.scores)
      const counts = [...thresholds, -1].map((threshold) => count(data, threshold))
      const kept = best(
        counts.map(({ tp, fp, positives }) => [tp / positives, tp + fp === 0 ? 1 : tp / (tp + fp)]),
      )
      close(recall.y, [...kept.keys()])
      close(precision.y, [...kept.values()])
      assert.deepEqual(precision.x, recall.x)
      assert.ok(recall.y.includes(1))
    }
  })
})

describe('rocCurve', () => {
  it('runs from its start to (1, 1) without a point below the true curve', () => {
    for (const data of SAMPLES) {
      const { x, y, thresholds } = rocCurve(rank(data.labels, data.scores))
      assert.equal(x.at(-1), 1)
      assert.equal(y.at(-1), 1)
      assert.ok(x.length <= 101)
      assert.equal(new Set(x).size, x.length)
      thresholds.forEach((threshold, at) => {
        const { positives, negatives } = count(data, threshold)
        // A threshold is the lowest score that is called positive at its point.
        const called = data.scores.map((score) => score >= threshold)
        const of = (label: number): number =>
          data.labels.filter((value, row) => value === label && called[row]).length
        close([x[at], y[at]], [of(0) / negatives, of(1) / positives])
      })
    }
  })

  it('has only the corners of a small curve', () => {
    const ranking = rank([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5])
    // (0,0) (0,1/3) (0,2/3) (1/2,2/3) (1/2,1) (1,1): the second is on a straight line, of equal x the highest stays.
    assert.deepEqual(rocCurve(ranking), {
      x: [0, 0.5, 1],
      y: [2 / 3, 1, 1],
      thresholds: [0.8, 0.6, 0.5],
    })
  })
})
