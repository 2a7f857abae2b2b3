import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { localBaseline } from '../../../src/component/linear/local-baseline.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf, randomColumns, runAlone } from '../../helpers/frames.ts'

const COLUMNS = randomColumns('x', { columns: 2, rows: 300, seed: 1 })
const rng = createRng(2)
const LABELS = COLUMNS['x0'].map((x, row) =>
  rng.uniform() < sigmoid(2 * x - COLUMNS['x1'][row] + 0.5) ? 1 : 0,
)
const FRAME = numberFrame(COLUMNS, { labels: LABELS })

describe('LocalBaseline', () => {
  it('finds the point at which the gradient of the penalised loss is 0', async () => {
    const params = { model_opts: { C: 0.5, tol: 1e-9 } }
    const { models, tables } = await runAlone(localBaseline, { frame: FRAME, params })
    const { weight, intercept, isConverged } = models[0].param as {
      weight: Record<string, number>
      intercept: number
      isConverged: boolean
    }
    assert.ok(isConverged)
    const slopes = LABELS.map(
      (y, row) =>
        sigmoid(weight['x0'] * COLUMNS['x0'][row] + weight['x1'] * COLUMNS['x1'][row] + intercept) -
        y,
    )
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
    assert.ok(Math.abs(sum(slopes)) < 1e-8)
    for (const name of ['x0', 'x1']) {
      const gradient = sum(slopes.map((d, row) => d * COLUMNS[name][row])) + weight[name] / 0.5
      assert.ok(Math.abs(gradient) < 1e-8, `${gradient}`)
    }
    assert.ok(Math.abs(numbersOf(tables[0], 'predict_score')[7] - (slopes[7] + LABELS[7])) < 1e-12)
    const again = await runAlone(localBaseline, { frame: FRAME, model: models[0] })
    assert.deepEqual(
      numbersOf(again.tables[0], 'predict_score'),
      numbersOf(tables[0], 'predict_score'),
    )
    assert.equal(again.tables[0].columns.at(-1)?.values[0], 'test')
  })

  it('fits one model a class where there are several', async () => {
    const labels = COLUMNS['x0'].map((x) => (x < -0.5 ? 0 : x > 0.5 ? 2 : 1))
    const { tables, models } = await runAlone(localBaseline, {
      frame: numberFrame(COLUMNS, { labels }),
    })
    assert.deepEqual(models[0].param['oneVsRestClasses'], ['0', '1', '2'])
    const right = numbersOf(tables[0], 'predict_result').filter(
      (value, row) => value === labels[row],
    )
    assert.ok(right.length > 200, `${right.length}`)
  })

  it('refuses models that it has not', () => {
    assert.throws(
      () => localBaseline.params.parse({ model_name: 'SVC' }),
      /LogisticRegression only/,
    )
    assert.throws(
      () => localBaseline.params.parse({ model_opts: { penalty: 'l1' } }),
      /can be l2 or none/,
    )
  })
})
