import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Metric, Point } from '../../../src/domain/metric.ts'
import { resultsOf } from '../../../views/job/metric-charts.ts'

function metric(name: string, metric_type: string, points: readonly Point[], more: object = {}) {
  const meta = { metric_type, curve_name: name, ...more }
  return { taskId: 't1', namespace: 'train', name, meta, points } satisfies Metric
}

const LINE: Point[] = [
  [0, 0],
  [0.5, 0.9],
  [1, 1],
]

describe('results of metrics', () => {
  it('scores become rows with one column a score', () => {
    const { scores } = resultsOf(
      [
        metric('hetero_lr_0', 'EVALUATION_SUMMARY', [
          ['auc', 0.98],
          ['ks', 0.9],
        ]),
      ],
      [],
    )
    assert.deepEqual(
      scores.map(({ model, dataset, scores: values }) => [model, dataset, [...values]]),
      [
        [
          'hetero_lr_0',
          'train',
          [
            ['auc', 0.98],
            ['ks', 0.9],
          ],
        ],
      ],
    )
  })

  it('the KS chart pairs both rates and marks where they are furthest apart', () => {
    const pair = { pair_type: 'hetero_lr_0' }
    const { charts } = resultsOf(
      [
        metric(
          'hetero_lr_0_ks_fpr',
          'KS_EVALUATION',
          [
            [0, 0],
            [0.4, 0.1],
            [1, 1],
          ],
          pair,
        ),
        metric(
          'hetero_lr_0_ks_tpr',
          'KS_EVALUATION',
          [
            [0, 0],
            [0.4, 0.95],
            [1, 1],
          ],
          pair,
        ),
      ],
      [],
    )
    assert.equal(charts.length, 1)
    assert.deepEqual(
      charts[0].series.map(({ name }) => name),
      ['true positive rate', 'false positive rate'],
    )
    assert.deepEqual(charts[0].gap, { x: 0.4, from: 0.95, to: 0.1, label: 'KS 0.85' })
  })

  it('curves of several data sets share a chart and are named by data set', () => {
    const { charts } = resultsOf(
      [
        metric('m_roc', 'ROC_EVALUATION', LINE),
        { ...metric('m_roc', 'ROC_EVALUATION', LINE), namespace: 'validate' },
      ],
      [],
    )
    assert.deepEqual(
      charts[0].series.map(({ name }) => name),
      ['train', 'validate'],
    )
    assert.equal(charts[0].diagonal, true)
  })

  it('precision and recall share a chart', () => {
    const { charts } = resultsOf(
      [
        metric('m_precision', 'PRECISION_BINARY_EVALUATION', LINE),
        metric('m_recall', 'RECALL_BINARY_EVALUATION', LINE),
      ],
      [],
    )
    assert.deepEqual(
      charts.map((chart) => chart.series.map(({ name }) => name)),
      [['precision train', 'recall train']],
    )
  })

  it('points that cannot be drawn are left out', () => {
    const { loss } = resultsOf(
      [
        metric('loss', 'LOSS', [
          [0, 0.7],
          ['nan', 0.6],
          [1, Infinity],
          [2, 0.5],
        ]),
      ],
      [],
    )
    assert.deepEqual(loss[0].series[0].points, [
      [0, 0.7],
      [2, 0.5],
    ])
  })

  it('the confusion matrix has every threshold, and none where a list of counts is too short', () => {
    const counts = {
      thresholds: [0.9, 0.52, 0.1],
      tp: [1, 2, 3],
      fp: [0, 1, 2],
      fn: [4, 5, 6],
      tn: [7, 8, 9],
    }
    const { confusions } = resultsOf([metric('m', 'CONFUSION_MAT', [], counts)], [])
    assert.deepEqual(confusions[0].cuts[1], { threshold: 0.52, tp: 2, fp: 1, fn: 5, tn: 8 })
    assert.equal(confusions[0].cuts.length, 3)
    const short = metric('m', 'CONFUSION_MAT', [], { ...counts, tn: [7] })
    assert.deepEqual(resultsOf([short], []).confusions, [])
  })

  it('single values of an unknown kind are shown once for parties that agree', () => {
    const found = metric('intersection', 'INTERSECTION', [['intersect_count', 569]])
    const { facts } = resultsOf([found, { ...found }], [])
    assert.equal(facts.length, 1)
    assert.deepEqual(facts[0].values, [['intersect_count', 569]])
  })

  it('a series of an unknown kind is drawn', () => {
    const { charts } = resultsOf([metric('speed', 'NOVEL', LINE)], [])
    assert.deepEqual(charts[0].series[0].points, LINE)
  })
})
