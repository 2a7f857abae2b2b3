import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { featureScale } from '../../../src/component/feature/feature-scale.ts'
import { numberFrame, numbersOf, runAlone } from '../../helpers/frames.ts'

const FRAME = numberFrame(
  { a: [1, 3, 5, 9], b: [2, 2, 2, 2], c: [-1, 0, 1, 4] },
  { labels: [1, 0, 1, 0] },
)

describe('FeatureScale', () => {
  it('brings columns to 0 … 1 and leaves the label alone', async () => {
    const { tables, models, metrics } = await runAlone(featureScale, { frame: FRAME })
    assert.deepEqual(numbersOf(tables[0], 'a'), [0, 0.25, 0.5, 1])
    assert.deepEqual(numbersOf(tables[0], 'b'), [0, 0, 0, 0])
    assert.deepEqual(numbersOf(tables[0], 'c'), [0, 0.2, 0.4, 1])
    assert.deepEqual(numbersOf(tables[0], 'y'), [1, 0, 1, 0])
    assert.equal(models[0].name, 'Scale')
    assert.deepEqual(models[0].param['colScaleParam'], {
      a: { columnUpper: 9, columnLower: 1, mean: 0, std: 1 },
      b: { columnUpper: 2, columnLower: 2, mean: 0, std: 1 },
      c: { columnUpper: 4, columnLower: -1, mean: 0, std: 1 },
    })
    assert.deepEqual(models[0].param['header'], ['a', 'b', 'c'])
    assert.deepEqual(metrics[0].meta, {
      name: 'scale',
      metric_type: 'SCALE',
      method: 'min_max_scale',
    })
  })

  it('brings columns to mean 0 and deviation 1, or one of both', async () => {
    const params = { method: 'standard_scale' }
    const { tables } = await runAlone(featureScale, { frame: FRAME, params })
    const deviation = Math.sqrt((3.5 ** 2 + 1.5 ** 2 + 0.5 ** 2 + 4.5 ** 2) / 4)
    assert.deepEqual(
      numbersOf(tables[0], 'a'),
      [1, 3, 5, 9].map((x) => (x - 4.5) / deviation),
    )
    assert.deepEqual(numbersOf(tables[0], 'b'), [0, 0, 0, 0])
    const mean = await runAlone(featureScale, {
      frame: FRAME,
      params: { ...params, with_std: false },
    })
    assert.deepEqual(numbersOf(mean.tables[0], 'a'), [-3.5, -1.5, 0.5, 4.5])
    const std = await runAlone(featureScale, {
      frame: FRAME,
      params: { ...params, with_mean: false },
    })
    assert.deepEqual(
      numbersOf(std.tables[0], 'a'),
      [1, 3, 5, 9].map((x) => x / deviation),
    )
  })

  it('clips to values, and to shares of the rows in mode cap', async () => {
    const values = await runAlone(featureScale, {
      frame: FRAME,
      params: { feat_upper: 5, feat_lower: [2, 0, 0] },
    })
    assert.deepEqual(numbersOf(values.tables[0], 'a'), [0, 1 / 3, 1, 1])
    assert.deepEqual(numbersOf(values.tables[0], 'c'), [0, 0, 0.25, 1])
    const shares = await runAlone(featureScale, {
      frame: FRAME,
      params: { mode: 'cap', feat_upper: 0.75 },
    })
    assert.deepEqual(numbersOf(shares.tables[0], 'a'), [0, 0.5, 1, 1])
  })

  it('scales the named columns only', async () => {
    for (const where of [{ scale_column_idx: [2] }, { scale_names: ['c'] }]) {
      const params = { area: 'col', ...where }
      const { tables } = await runAlone(featureScale, { frame: FRAME, params })
      assert.deepEqual(numbersOf(tables[0], 'a'), [1, 3, 5, 9])
      assert.deepEqual(numbersOf(tables[0], 'c'), [0, 0.2, 0.4, 1])
    }
    const params = { area: 'col', scale_names: ['z'] }
    await assert.rejects(runAlone(featureScale, { frame: FRAME, params }), /names the column "z"/)
  })

  it('scales other rows by the bounds of the fit', async () => {
    const { models } = await runAlone(featureScale, { frame: FRAME })
    const frame = numberFrame({ a: [5, 100, -100], c: [0, 0, 0], b: [1, 2, 3] })
    const { tables } = await runAlone(featureScale, { frame, model: models[0] })
    assert.deepEqual(numbersOf(tables[0], 'a'), [0.5, 1, 0])
    const lacking = numberFrame({ a: [5] })
    await assert.rejects(
      runAlone(featureScale, { frame: lacking, model: models[0] }),
      /The table lacks "b", "c", which the model was fitted on/,
    )
  })

  it('warns of parameters that it does not know, by name', async () => {
    const { warnings } = await runAlone(featureScale, { frame: FRAME, params: { upper: 3 } })
    assert.deepEqual(warnings, ['featurescale_0 has no parameter "upper": it is ignored'])
  })

  it('names the row of a missing value', async () => {
    const frame = numberFrame({ a: [1, Number.NaN] })
    await assert.rejects(runAlone(featureScale, { frame }), /Column "a" has no number in row "r1"/)
  })
})
