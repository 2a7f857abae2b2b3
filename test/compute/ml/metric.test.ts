import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  accuracyOf,
  auc,
  classReport,
  confusionAt,
  f1Of,
  ks,
  precisionOf,
  rank,
  recallOf,
  regressionReport,
} from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'

/** Labels and scores with many ties. */
function tied(seed: number, rows = 60): { labels: number[]; scores: number[] } {
  const rng = createRng(seed)
  const scores = Array.from({ length: rows }, () => rng.integer(12) / 12)
  return { labels: scores.map((score) => (rng.uniform() < 0.2 + 0.6 * score ? 1 : 0)), scores }
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`)
}

describe('auc', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { labels, scores } = tied(seed)
      let [right, pairs] = [0, 0]
      labels.forEach((a, i) =>
        labels.forEach((b, j) => {
          if (a !== 1 || b !== 0) return
          pairs++
          if (scores[i] > scores[j]) right++
          else if (scores[i] === scores[j]) right += 0.5
        }),
      )
      close(auc(labels, scores), right / pairs)
    }
  })

  it('is 1 for a perfect order, 0 for its reverse, a half for one score', () => {
    assert.equal(auc([0, 0, 1], [1, 2, 3]), 1)
    assert.equal(auc([0, 0, 1], [3, 2, 1]), 0)
    assert.equal(auc([0, 1, 1], [5, 5, 5]), 0.5)
  })

  it('refuses one class, other labels, no rows, NaN and different lengths', () => {
    assert.throws(() => auc([1, 1], [0, 1]), /all labels are positive/)
    assert.throws(() => auc([0, 0], [0, 1]), /all labels are negative/)
    assert.throws(() => auc([0, 2], [0, 1]), /labels 0 and 1, got 2/)
    assert.throws(() => auc([], []), /no rows/)
    assert.throws(
      () => auc([0, 1], [0, NaN]),
      /^RangeError: There is a prediction that is no finite number: a training that diverges needs a smaller learning rate$/,
    )
    assert.throws(() => auc([0, 1], [0]), /2 labels for 1 predictions/)
  })
})

describe('ks', () => {
  it('is the largest gap between the rates over every threshold', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { labels, scores } = tied(seed)
      const rate = (of: number, threshold: number): number => {
        const own = scores.filter((_, row) => labels[row] === of)
        return own.filter((score) => score >= threshold).length / own.length
      }
      const gaps = scores.map((threshold) => rate(1, threshold) - rate(0, threshold))
      close(ks(labels, scores), Math.max(0, ...gaps))
    }
  })
})

describe('confusionAt', () => {
  it('counts rows strictly above the threshold, as counting one by one does', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { labels, scores } = tied(seed)
      for (const threshold of [-1, 0, 0.25, 0.5, 0.51, 1, 2]) {
        const count = (label: number, called: boolean): number =>
          scores.filter((score, row) => labels[row] === label && score > threshold === called)
            .length
        assert.deepEqual(confusionAt(rank(labels, scores), threshold), {
          tp: count(1, true),
          fp: count(0, true),
          tn: count(0, false),
          fn: count(1, false),
        })
      }
    }
  })

  it('gives the usual shares', () => {
    const counts = { tp: 6, fp: 2, tn: 9, fn: 3 }
    assert.equal(accuracyOf(counts), 0.75)
    assert.equal(precisionOf(counts), 0.75)
    close(recallOf(counts), 2 / 3)
    close(f1Of(counts), 2 / (1 / 0.75 + 3 / 2))
    assert.equal(precisionOf({ tp: 0, fp: 0, tn: 1, fn: 1 }), 1)
    assert.equal(f1Of({ tp: 0, fp: 0, tn: 1, fn: 1 }), 0)
  })
})

describe('classReport', () => {
  it('measures each class against the rest', () => {
    const report = classReport([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 3, 0])
    assert.deepEqual(report, {
      classes: [0, 1, 2, 3],
      accuracy: 0.5,
      precision: [1 / 2, 2 / 3, 0, 0],
      recall: [1 / 2, 1, 0, 0],
      f1: [1 / 2, 4 / 5, 0, 0],
    })
  })
})

describe('regressionReport', () => {
  it('equals the closed forms', () => {
    const report = regressionReport([3, 0, 2, 7], [2.5, 0, 2, 8])
    close(report.mean_absolute_error, 1.5 / 4)
    close(report.mean_squared_error, 1.25 / 4)
    close(report.root_mean_squared_error, Math.sqrt(1.25 / 4))
    close(report.median_absolute_error, 0.25)
    close(report.r2_score, 1 - 1.25 / 26)
    // Errors 0.5, 0, 0, -1 about their mean of -1/8; labels spread 26 about 3.
    close(report.explained_variance, 1 - (1.25 - 4 / 64) / 26)
    const logs = Math.log(4 / 3.5) ** 2 + Math.log(8 / 9) ** 2
    close(report.mean_squared_log_error, logs / 4)
  })

  it('is defined for constant labels, and has no log error below -1', () => {
    assert.equal(regressionReport([2, 2], [2, 2]).r2_score, 1)
    assert.equal(regressionReport([2, 2], [2, 3]).r2_score, 0)
    assert.ok(Number.isNaN(regressionReport([-2, 2], [1, 2]).mean_squared_log_error))
  })
})
