import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { evaluation } from '../../../src/component/evaluate/evaluation.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { auc, ks } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { runComponent, type PartyOutcome } from '../../helpers/parties.ts'

interface Rows<L = number | null> {
  readonly labels: readonly L[]
  readonly results: readonly number[]
  readonly scores: readonly number[]
  readonly types?: readonly string[]
}

function predictions({ labels, results, scores, types }: Rows): Frame {
  return {
    kind: 'prediction',
    idName: 'id',
    ids: labels.map((_, row) => `r${row}`),
    columns: [
      labels.includes(null)
        ? { name: 'label', type: 'json', values: labels }
        : { name: 'label', type: 'number', values: Float64Array.from(labels as number[]) },
      { name: 'predict_result', type: 'number', values: Float64Array.from(results) },
      { name: 'predict_score', type: 'number', values: Float64Array.from(scores) },
      { name: 'predict_detail', type: 'json', values: labels.map(() => ({})) },
      { name: 'type', type: 'text', values: types ?? labels.map(() => 'train') },
    ],
  }
}

async function evaluate(rows: Rows, params: object = {}): Promise<PartyOutcome> {
  const { parties } = await runComponent(evaluation, {
    members: { guest: ['1'], host: ['2'] },
    params,
    tables: { 'guest:1': { data: [{ source: 'hetero_lr_0', frame: predictions(rows) }] } },
  })
  assert.deepEqual(parties['host:2'].metrics, [])
  return parties['guest:1']
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6

function sample(rows: number): Rows<number> {
  const rng = createRng(8)
  const scores = Array.from({ length: rows }, rng.uniform)
  const labels = scores.map((score) => (rng.uniform() < score ? 1 : 0))
  return { scores, labels, results: scores.map((score) => (score > 0.5 ? 1 : 0)) }
}

describe('Evaluation of two classes', () => {
  it('emits the series of FATE 1.0 under their names and types', async () => {
    const rows = sample(300)
    const { metrics } = await evaluate(rows)
    assert.deepEqual(
      metrics.map(({ namespace, name, meta }) => [namespace, name, meta.metric_type]),
      [
        ['train', 'hetero_lr_0', 'EVALUATION_SUMMARY'],
        ['train', 'hetero_lr_0_ks_fpr', 'KS_EVALUATION'],
        ['train', 'hetero_lr_0_ks_tpr', 'KS_EVALUATION'],
        ['train', 'hetero_lr_0_lift', 'LIFT_EVALUATION'],
        ['train', 'hetero_lr_0_gain', 'GAIN_EVALUATION'],
        ['train', 'hetero_lr_0_accuracy', 'ACCURACY_EVALUATION'],
        ['train', 'hetero_lr_0_precision', 'PRECISION_BINARY_EVALUATION'],
        ['train', 'hetero_lr_0_recall', 'RECALL_BINARY_EVALUATION'],
        ['train', 'hetero_lr_0_roc', 'ROC_EVALUATION'],
      ],
    )
    const [summary, fpr, , lift, , , precision, recall, roc] = metrics
    const [[first, area], [second, gap]] = summary.points
    assert.deepEqual([first, area, second], ['auc', round(auc(rows.labels, rows.scores)), 'ks'])
    assert.ok(Math.abs(gap - ks(rows.labels, rows.scores)) < 0.05)
    assert.deepEqual(summary.meta, { name: 'hetero_lr_0', metric_type: 'EVALUATION_SUMMARY' })
    const { thresholds, ...meta } = fpr.meta
    assert.deepEqual(meta, {
      name: 'hetero_lr_0_ks_fpr',
      metric_type: 'KS_EVALUATION',
      curve_name: 'hetero_lr_0_fpr',
      pair_type: 'hetero_lr_0',
    })
    assert.equal((thresholds as number[]).length, 100)
    assert.equal(fpr.points.length, 101)
    assert.equal(lift.meta.curve_name, 'hetero_lr_0')
    assert.deepEqual(
      [precision, recall].map((series) => [series.meta.ordinate_name, series.meta.pair_type]),
      [
        ['Precision', 'hetero_lr_0'],
        ['Recall', 'hetero_lr_0'],
      ],
    )
    assert.deepEqual([roc.meta.unit_name, roc.meta.ordinate_name], ['fpr', 'tpr'])
  })

  it('orders and rounds the points of every curve', async () => {
    const { metrics } = await evaluate(sample(333))
    for (const { name, points } of metrics.slice(1)) {
      assert.deepEqual(
        points,
        points.toSorted(([a], [b]) => Number(a) - Number(b)),
        name,
      )
      for (const [x, y] of points) assert.deepEqual([x, y], [round(Number(x)), round(y)], name)
    }
  })

  it('keeps the types of rows apart, each in its own namespace', async () => {
    const rows = sample(100)
    const types = rows.labels.map((_, row) => (row < 60 ? 'train' : 'validation'))
    const { metrics } = await evaluate({ ...rows, types })
    const summaries = metrics.filter(({ name }) => name === 'hetero_lr_0')
    assert.deepEqual(
      summaries.map(({ namespace, points }) => [namespace, points[0][1]]),
      [
        ['train', round(auc(rows.labels.slice(0, 60), rows.scores.slice(0, 60)))],
        ['validation', round(auc(rows.labels.slice(60), rows.scores.slice(60)))],
      ],
    )
  })

  it('refuses a positive label that is no number', () => {
    assert.throws(
      () => evaluation.params.parse({ pos_label: 'yes' }),
      /pos_label must be a number, as labels are/,
    )
  })

  it('takes the positive label from pos_label', async () => {
    const rows = sample(50)
    const labels = rows.labels.map((value) => (value === 1 ? 7 : 3))
    const of = async (pos_label: unknown): Promise<number> =>
      (await evaluate({ ...rows, labels }, { pos_label })).metrics[0].points[0][1]
    const area = auc(rows.labels, rows.scores)
    assert.equal(await of(7), round(area))
    assert.equal(await of('3'), round(1 - area))
  })

  it('warns of one class only and emits what there still is', async () => {
    const rows = { labels: [1, 1, 1], results: [1, 0, 1], scores: [0.9, 0.2, 0.8] }
    const { metrics, warnings } = await evaluate(rows)
    assert.match(
      warnings[0],
      /All labels of hetero_lr_0 of type train are positive \(pos_label 1\)/,
    )
    assert.deepEqual(
      metrics.map(({ name }) => name.replace('hetero_lr_0_', '')),
      ['lift', 'gain', 'accuracy', 'precision', 'recall'],
    )
    const negative = await evaluate({ ...rows, labels: [0, 0, 0] })
    assert.deepEqual(
      negative.metrics.map(({ name }) => name),
      ['hetero_lr_0_accuracy'],
    )
  })

  it('leaves rows without a label out and says so', async () => {
    const rows = { labels: [1, null, 0], results: [1, 1, 0], scores: [0.9, 0.5, 0.1] }
    const { metrics, warnings } = await evaluate(rows)
    assert.match(warnings[0], /1 predictions of hetero_lr_0 of type train have no label/)
    assert.deepEqual(metrics[0].points, [
      ['auc', 1],
      ['ks', 1],
    ])
    const none = await evaluate({ labels: [null], results: [1], scores: [1] })
    assert.deepEqual(none.metrics, [])
  })

  it('computes only what is asked for, F1 and confusion matrix included', async () => {
    const rows = sample(40)
    const metrics = ['ks', 'f1_score', 'confusion_mat', 'beauty']
    const outcome = await evaluate(rows, { metrics })
    assert.deepEqual(
      outcome.metrics.map(({ name, meta }) => [name, meta.metric_type]),
      [
        ['hetero_lr_0', 'EVALUATION_SUMMARY'],
        ['hetero_lr_0_ks_fpr', 'KS_EVALUATION'],
        ['hetero_lr_0_ks_tpr', 'KS_EVALUATION'],
        ['hetero_lr_0_f1_score', 'F1_SCORE'],
        ['hetero_lr_0_confusion_mat', 'CONFUSION_MAT'],
      ],
    )
    assert.deepEqual(
      outcome.metrics[0].points.map(([name]) => name),
      ['ks'],
    )
    const { tp, fn, thresholds } = outcome.metrics[4].meta as Record<string, number[]>
    const positives = rows.labels.filter((value) => value === 1).length
    assert.ok(tp.every((count, at) => count + fn[at] === positives))
    assert.equal(thresholds.length, tp.length)
    assert.match(outcome.warnings[0], /no binary metric "beauty"; there are auc, ks/)
  })
})

describe('Evaluation of several classes', () => {
  it('emits accuracy, mean precision and recall, and both by class', async () => {
    const rows = { labels: [0, 0, 1, 2], results: [0, 1, 1, 2], scores: [1, 1, 1, 1] }
    const { metrics } = await evaluate(rows, { eval_type: 'multi' })
    assert.deepEqual(
      metrics.map(({ name, points }) => [name, points]),
      [
        [
          'hetero_lr_0',
          [
            ['accuracy', 0.75],
            ['precision', 0.833333],
            ['recall', 0.833333],
          ],
        ],
        [
          'hetero_lr_0_precision',
          [
            [0, 1],
            [1, 0.5],
            [2, 1],
          ],
        ],
        [
          'hetero_lr_0_recall',
          [
            [0, 0.5],
            [1, 1],
            [2, 1],
          ],
        ],
      ],
    )
    assert.deepEqual(metrics[1].meta, {
      name: 'hetero_lr_0_precision',
      metric_type: 'PRECISION_MULTI_EVALUATION',
      ordinate_name: 'Precision',
      curve_name: 'hetero_lr_0_precision',
      pair_type: 'hetero_lr_0',
    })
  })
})

describe('Evaluation of several classes on request', () => {
  it('gives F1 by class and its mean, and how often each class was answered', async () => {
    const rows = {
      labels: [0, 0, 1, 2, 2, 2],
      results: [0, 1, 1, 2, 2, 5],
      scores: [1, 1, 1, 1, 1, 1],
    }
    const params = { eval_type: 'multi', metrics: ['f1_score', 'confusion_mat'] }
    const { metrics } = await evaluate(rows, params)
    const classes = [0, 1, 2, 5]
    const f1 = classes.map((value) => {
      const both = rows.labels.filter(
        (label, row) => label === value && rows.results[row] === value,
      )
      const either = [...rows.labels, ...rows.results].filter((each) => each === value)
      return (2 * both.length) / either.length
    })
    const mean = f1.reduce((sum, value) => sum + value, 0) / 4
    assert.deepEqual(metrics[0].points, [['f1_score', round(mean)]])
    assert.equal(metrics[1].name, 'hetero_lr_0_f1_score')
    assert.deepEqual(
      metrics[1].points,
      classes.map((value, at) => [value, round(f1[at])]),
    )
    assert.equal(metrics[2].name, 'hetero_lr_0_confusion_mat')
    assert.deepEqual(metrics[2].meta['true_labels'], classes)
    assert.deepEqual(metrics[2].meta['result_table'], [
      [1, 1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 2, 1],
      [0, 0, 0, 0],
    ])
  })
})

describe('Evaluation of numbers', () => {
  it('emits the regression errors in one summary', async () => {
    const rows = { labels: [3, 0, 2, 7], results: [0, 0, 0, 0], scores: [2.5, 0, 2, 8] }
    const { metrics } = await evaluate(rows, { eval_type: 'regression' })
    assert.equal(metrics.length, 1)
    const points = Object.fromEntries(metrics[0].points)
    assert.deepEqual(Object.keys(points), [
      'explained_variance',
      'mean_absolute_error',
      'mean_squared_error',
      'mean_squared_log_error',
      'median_absolute_error',
      'r2_score',
      'root_mean_squared_error',
    ])
    assert.equal(points.mean_squared_error, 0.3125)
    assert.equal(points.root_mean_squared_error, 0.559017)
  })
})

describe('Evaluation', () => {
  it('ends well, with a word in the log, where there are no predictions', async () => {
    const { parties } = await runComponent(evaluation, {
      members: { guest: ['1'] },
      connected: { data: ['data'] },
    })
    assert.match(parties['guest:1'].logs[0].text, /guest:1 has no predictions: nothing to evaluate/)
  })

  it('refuses tables that are no predictions', async () => {
    const frame = { ...predictions(sample(3)), kind: 'data' as const }
    const run = runComponent(evaluation, {
      members: { guest: ['1'] },
      tables: { 'guest:1': { data: [{ source: 'dataio_0', frame }] } },
    })
    await assert.rejects(run, /dataio_0 gives evaluation_0 a data table, expected predictions/)
  })
})

describe('Evaluation on request', () => {
  it('tells how far the scores of validation rows lie from those of training rows', async () => {
    const rows = sample(4000)
    const types = rows.scores.map((_, row) => (row < 2000 ? 'train' : 'validation'))
    const shifted = {
      ...rows,
      types,
      scores: rows.scores.map((s, row) => (row < 2000 ? s : s / 2)),
    }
    const psiOf = async (given: Rows) => {
      const { metrics, warnings } = await evaluate(given, { metrics: ['auc', 'psi'] })
      assert.deepEqual(warnings, [])
      const found = metrics.filter(({ meta }) => meta.metric_type === 'PSI')
      assert.deepEqual(
        found.map(({ namespace, name }) => `${namespace} ${name}`),
        ['validation hetero_lr_0_psi'],
      )
      return found[0].meta as unknown as Record<string, number[]> & { total_psi: number }
    }
    const [near, far] = [await psiOf({ ...rows, types }), await psiOf(shifted)]
    assert.ok(far.total_psi > 1 && near.total_psi < 0.1, `${far.total_psi} ${near.total_psi}`)
    const sum = far['psi_scores'].reduce((total, part) => total + part, 0)
    assert.ok(Math.abs(sum - far.total_psi) < 1e-4)
    assert.equal(
      far['expected_interval'].reduce((total, count) => total + count),
      2000,
    )
    const alone = await evaluate(rows, { metrics: ['psi'] })
    assert.deepEqual(alone.metrics, [])
  })

  it('gives precision and recall together, and takes the short names of later releases', async () => {
    const { metrics } = await evaluate(sample(100), { metrics: ['quantile_pr'] })
    const [{ name, meta }] = metrics
    const { p_scores, r_scores, thresholds } = meta as unknown as Record<string, number[]>
    assert.equal(name, 'hetero_lr_0_quantile_pr')
    assert.equal(p_scores.length, thresholds.length)
    assert.equal(r_scores.length, thresholds.length)
    assert.ok(r_scores.includes(1))
    const numbers = { labels: [1, 2, 3], results: [1, 2, 5], scores: [1, 2, 5] }
    const regression = { eval_type: 'regression', metrics: ['rmse', 'mae'] }
    assert.deepEqual((await evaluate(numbers, regression)).metrics[0].points, [
      ['mean_absolute_error', round(2 / 3)],
      ['root_mean_squared_error', round(Math.sqrt(4 / 3))],
    ])
  })

  it('compares groups with labels', async () => {
    const groups = { labels: [0, 0, 1, 1], results: [7, 7, 3, 3], scores: [7, 7, 3, 3] }
    const { metrics } = await evaluate(groups, { eval_type: 'clustering' })
    assert.deepEqual(metrics[0].points, [
      ['adjusted_rand_score', 1],
      ['fowlkes_mallows_score', 1],
      ['jaccard_similarity_score', 1],
    ])
    assert.equal(metrics[1].name, 'hetero_lr_0_contingency_matrix')
    assert.deepEqual(metrics[1].meta['result_table'], [
      [0, 2],
      [2, 0],
    ])
    const { warnings } = await evaluate(groups, {
      eval_type: 'clustering',
      metrics: ['silhouette'],
      need_curves: true,
    })
    assert.match(warnings.join(), /no clustering metric "silhouette"/)
    assert.match(warnings.join(), /has no parameter "need_curves"/)
  })
})
