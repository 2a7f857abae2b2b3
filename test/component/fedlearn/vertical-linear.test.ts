import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  verticalLinearRegression,
  verticalLr,
} from '../../../src/component/fedlearn/vertical-linear.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import {
  hasShared,
  modelsOf,
  predictionsOf,
  runVertical,
  seriesOf,
  sharedData,
  verticalData,
  type VerticalData,
} from '../../helpers/vertical-data.ts'

interface Plain {
  readonly rmse: number[]
  readonly weights: number[]
  readonly intercept: number
}

/** Gradient descent on all columns in one table, scaled to [0, 1]. */
function plainDescent(
  { parties, labels }: VerticalData,
  rule: {
    epochs: number
    eta: number
    penalty?: (weight: number) => number
    /** The residual's derivative: 1, or 1/4 of logistic regression. */
    scale?: number
  },
): Plain {
  const { epochs, eta, penalty = () => 0, scale = 1 } = rule
  const columns = parties.flat()
  const lows = columns.map((values) => Math.min(...values))
  const extents = columns.map((values, at) => Math.max(...values) - lows[at])
  const scaled = columns.map((values, at) =>
    values.map((value) => (value - lows[at]) / extents[at]),
  )
  const target = scale === 1 ? labels : labels.map((label) => (label - 0.5) / scale)
  const weights = columns.map(() => 0)
  let constant = 0
  const residuals = () =>
    target.map(
      (y, row) =>
        scale * (scaled.reduce((sum, values, at) => sum + weights[at] * values[row], constant) - y),
    )
  const rmse: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const d = residuals()
    const gradient = scaled.map((values) => mean(d.map((each, row) => each * values[row])))
    gradient.forEach((value, at) => (weights[at] -= eta * (value + penalty(weights[at]))))
    constant -= eta * mean(d)
    rmse.push(Math.sqrt(mean(residuals().map((each) => each * each))))
  }
  const plain = weights.map((weight, at) => weight / extents[at])
  return {
    rmse,
    weights: plain,
    intercept: plain.reduce((sum, weight, at) => sum - weight * lows[at], constant),
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function near(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < within, `${at}: ${actual[at]}, expected ${value}`),
  )
}

const GD = { maxEpoch: 6, minLoss: 0, eta: 0.5, lambda: 0.01 }

describe('VerticalLinearRegression', { timeout: 300_000 }, () => {
  for (const widths of [
    [2, 2],
    [1, 2, 1],
    [0, 2, 1, 1],
  ]) {
    it(`is gradient descent on all columns in one table, of ${widths.length} parties`, async () => {
      const train = verticalData({ rows: 60, widths })
      const penalties = {
        L1: (weight: number) => 0.01 * Math.sign(weight),
        L2: (weight: number) => 0.02 * weight,
      }
      for (const regularization of widths.length === 3
        ? (['L1', 'L2'] as const)
        : (['L2'] as const)) {
        const run = await runVertical(
          verticalLinearRegression,
          { ...GD, regularization, metricType: ['RMSE', 'MSE', 'MAE'] },
          { train },
        )
        const plain = plainDescent(train, {
          epochs: 6,
          eta: 0.5,
          penalty: penalties[regularization],
        })
        near(seriesOf(run, 'rmse'), plain.rmse, 1e-5)
        near(
          seriesOf(run, 'mse'),
          plain.rmse.map((value) => value * value),
          1e-5,
        )
        const { weights, intercept } = modelsOf(run)
        near([...weights, intercept], [...plain.weights, plain.intercept], 1e-5)
        const all = train.parties.flat()
        const errors = train.labels.map((label, row) =>
          Math.abs(
            all.reduce(
              (sum, values, at) => sum + plain.weights[at] * values[row],
              plain.intercept,
            ) - label,
          ),
        )
        near(seriesOf(run, 'mae'), [mean(errors)], 1e-5)
        assert.equal(run.unread, 0)
      }
    })
  }

  it('measures rows that it does not learn from', async () => {
    const whole = verticalData({ rows: 90, widths: [1, 2, 1] })
    const cut = (from: number, to: number): VerticalData => ({
      ids: whole.ids.slice(from, to),
      labels: whole.labels.slice(from, to),
      parties: whole.parties.map((columns) => columns.map((values) => values.slice(from, to))),
    })
    const [train, validate] = [cut(0, 60), cut(60, 90)]
    const run = await runVertical(
      verticalLinearRegression,
      { ...GD, regularization: 'L2', lambda: 0, metricType: ['RMSE'] },
      { train, validate },
    )
    const { weights, intercept } = plainDescent(train, { epochs: 6, eta: 0.5 })
    const columns = validate.parties.flat()
    const squares = validate.labels.map(
      (label, row) =>
        (columns.reduce((sum, values, at) => sum + weights[at] * values[row], intercept) - label) **
        2,
    )
    const measured = seriesOf(run, 'rmse', 'validate')
    near([measured.length, measured[5]], [6, Math.sqrt(mean(squares))], 1e-5)
  })

  it('ends as soon as the loss is not above minLoss', async () => {
    const train = verticalData({ rows: 60, widths: [2, 1] })
    const rule = { ...GD, maxEpoch: 20, lambda: 0, regularization: 'L2' }
    const { rmse } = plainDescent(train, { epochs: 20, eta: 0.5 })
    const minLoss = (rmse[3] ** 2 + rmse[4] ** 2) / 2
    const run = await runVertical(verticalLinearRegression, { ...rule, minLoss }, { train })
    assert.equal(seriesOf(run, 'rmse').length, 5)
  })

  it('goes to the least squares of all columns by NEWTON', async () => {
    const train = verticalData({ rows: 80, widths: [2, 2, 1] })
    const run = await runVertical(
      verticalLinearRegression,
      { ...GD, maxEpoch: 12, optimizer: 'NEWTON', lambda: 0 },
      { train },
    )
    const plain = plainDescent(train, { epochs: 60_000, eta: 0.5 })
    const { weights, intercept } = modelsOf(run)
    near([...weights, intercept], [...plain.weights, plain.intercept], 1e-4)
  })

  it('lets no host send a row, and the guest none either, but as ciphertexts of the sender', async () => {
    const train = verticalData({ rows: 60, widths: [1, 2, 1] })
    const run = await runVertical(verticalLinearRegression, GD, { train })
    const tags = new Set(run.wire.map(({ tag }) => tag))
    assert.ok(!tags.has('host_score'), 'a training predicts nothing')
    // Whatever may be as long as a table is under the key of who sends it, or that party's key itself.
    const long = run.wire.filter(({ bytes }) => bytes.length >= 60 * 8)
    assert.deepEqual([...new Set(long.map(({ tag }) => tag))].toSorted(), [
      'column',
      'column_products',
      'share_key',
      'weight_products',
      'weights',
    ])
    // Two runs of the same table have no ciphertext in common.
    const again = await runVertical(verticalLinearRegression, GD, { train })
    const columns = (of: typeof run) =>
      of.wire.filter(({ tag }) => tag === 'column').map(({ bytes }) => bytes.toString())
    assert.equal(new Set([...columns(run), ...columns(again)]).size, 2 * new Set(columns(run)).size)
  })

  it('goes on after a stop as it would have', async () => {
    const train = verticalData({ rows: 60, widths: [1, 1, 1] })
    for (const optimizer of ['BatchGD', 'NEWTON']) {
      const params = { ...GD, optimizer, maxEpoch: 5 }
      const whole = await runVertical(verticalLinearRegression, params, { train })
      const checkpoints = {}
      await runVertical(
        verticalLinearRegression,
        { ...params, maxEpoch: 3 },
        { train, checkpoints },
      )
      const rest = await runVertical(verticalLinearRegression, params, { train, checkpoints })
      assert.ok(seriesOf(rest, 'rmse').length > 3)
      assert.deepEqual(seriesOf(rest, 'rmse'), seriesOf(whole, 'rmse'))
      assert.deepEqual(modelsOf(rest), modelsOf(whole))
    }
  })

  it('hides labels by noise in their products with columns, and in nothing else', async () => {
    for (const component of [verticalLinearRegression, verticalLr]) {
      const classes = component === verticalLr
      const train = verticalData({ rows: 400, widths: [1, 1], classes })
      const params = { ...GD, maxEpoch: 2, metricType: classes ? ['G_L2NORM'] : ['RMSE'] }
      const exact = await runVertical(component, params, { train })
      const noisy = { ...params, useDP: 'true', dpEpsilon: 0.05 }
      const checkpoints = {}
      const first = await runVertical(component, noisy, { train, checkpoints })
      const again = await runVertical(component, noisy, { train, checkpoints })
      const other = await runVertical(component, noisy, { train })
      assert.deepEqual(seriesOf(first, 'dpEpsilon'), [0.05])
      assert.deepEqual(modelsOf(again), modelsOf(first), 'another attempt draws no other noise')
      assert.notDeepEqual(modelsOf(other), modelsOf(first))
      // A step from zero goes by eta · (columns · (labels + noise)) / rows, and columns are extents of 1 and 2 and ones.
      const range = Math.max(...train.labels) - Math.min(...train.labels)
      const sigma = 121 * Math.sqrt(3) * (classes ? 1 : range)
      const offs = modelsOf(other).weights.map((weight, at) => weight - modelsOf(exact).weights[at])
      const size = Math.hypot(...offs) / ((0.5 * sigma) / 400)
      assert.ok(size > 0.05 && size < 20, `${size}`)
    }
    assert.throws(
      () => verticalLinearRegression.params.parse({ useDP: 'true', metricType: ['MAE'] }),
      /MAE compares labels row by row/,
    )
  })

  it(
    'finds the weights of regressionA, and predicts what was kept out',
    {
      skip: !hasShared(),
    },
    async () => {
      const paths = (name: string) => [0, 1, 2].map((at) => `regressionA/${name}${at}.csv`)
      const train = sharedData(paths('train'), 'y')
      const params = {
        maxEpoch: 20,
        minLoss: 0,
        optimizer: 'NEWTON',
        regularization: 'L2',
        lambda: 0,
      }
      const run = await runVertical(verticalLinearRegression, params, { train })
      const { weights, intercept } = modelsOf(run)
      near([...weights, intercept], [4, 7, 9, 7, 4, 7, 72], 0.05)
      near([seriesOf(run, 'rmse').at(-1) ?? 0], [0.05823614689415341], 1e-4)
      const rows = sharedData(paths('inference'), 'y')
      const predicted = await runVertical(verticalLinearRegression, params, {
        train: rows,
        model: run,
      })
      const known = [
        89.60986015354005, 91.70476651791, 87.44380042155758, 91.47558896705452, 96.93425648144094,
        87.04291071249907, 87.48221336001339, 97.57524667959672, 92.24632611397192,
        86.4052878135539,
      ]
      const scores = predictionsOf(predicted)
      let compared = 0
      for (const [id, score] of scores) {
        const value = known[Number.parseInt(id, 10) - 291]
        compared++
        assert.ok(Math.abs(score / value - 1) < 0.01, `${id}: ${score}, expected ${value}`)
      }
      assert.equal(compared, 10)
    },
  )

  it('is within 1 % of least squares on house', { skip: !hasShared() }, async () => {
    const train = sharedData(
      [0, 1, 2].map((at) => `house/reg${at}_train.csv`),
      'y',
    )
    const run = await runVertical(
      verticalLinearRegression,
      { maxEpoch: 15, minLoss: 0, optimizer: 'NEWTON', regularization: 'L2', lambda: 0 },
      { train },
    )
    const rmse = seriesOf(run, 'rmse').at(-1) ?? 0
    assert.ok(Math.abs(rmse / 0.7252471017918916 - 1) < 0.01, `rmse ${rmse}`)
  })
})

describe('VerticalLR', { timeout: 300_000 }, () => {
  it('is gradient descent on the scores of all parties, not of the label’s holder alone', async () => {
    const train = verticalData({ rows: 60, widths: [1, 2, 1], classes: true })
    const run = await runVertical(
      verticalLr,
      { maxEpoch: 6, minLoss: 0, eta: 0.5, metricType: ['CROSS_ENTRO', 'G_L2NORM'] },
      { train },
    )
    const plain = plainDescent(train, { epochs: 6, eta: 0.5, scale: 0.25 })
    const { weights, intercept } = modelsOf(run)
    near([...weights, intercept], [...plain.weights, plain.intercept], 1e-5)
    near(
      seriesOf(run, 'cross_entropy'),
      plain.rmse.map((value) => 60 * (Math.LN2 - 0.5 + 2 * value * value)),
      1e-4,
    )
    assert.equal(seriesOf(run, 'gL2Norm').length, 6)
    const alone = plainDescent(
      { ...train, parties: train.parties.slice(0, 1) },
      { epochs: 6, eta: 0.5, scale: 0.25 },
    )
    assert.ok(Math.abs(alone.weights[0] - weights[0]) > 1e-3, 'the hosts matter')
  })

  it('refuses labels that are no classes', async () => {
    const train = verticalData({ rows: 20, widths: [1, 1] })
    await assert.rejects(runVertical(verticalLr, {}, { train }), /labels 0 and 1/)
  })

  it('is within 1 % of the plain AUC on classificationA', { skip: !hasShared() }, async () => {
    const train = sharedData(
      [0, 1, 2].map((at) => `classificationA/train${at}.csv`),
      'Outcome',
    )
    const params = { maxEpoch: 15, minLoss: 0, optimizer: 'NEWTON' }
    const run = await runVertical(verticalLr, params, { train })
    const predicted = predictionsOf(await runVertical(verticalLr, params, { train, model: run }))
    const scores = Float64Array.from(train.ids, (id) => predicted.get(id) ?? Number.NaN)
    const value = auc(train.labels, scores)
    assert.ok(Math.abs(value / 0.8282408818449659 - 1) < 0.01, `auc ${value}`)
  })
})
