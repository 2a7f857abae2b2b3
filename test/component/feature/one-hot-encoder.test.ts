import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { oneHotEncoder } from '../../../src/component/feature/one-hot-encoder.ts'
import { features } from '../../../src/compute/ml/frame.ts'
import { numberFrame, numbersOf, runAlone } from '../../helpers/frames.ts'

const FRAME = numberFrame({ a: [2, 1, 2], b: [0.5, 0.5, 7] }, { labels: [1, 0, 1] })

describe('OneHotEncoder', () => {
  it('makes one column a value, in rising order', async () => {
    const { tables, models } = await runAlone(oneHotEncoder, { frame: FRAME })
    assert.deepEqual(
      features(tables[0]).map(({ name, values }) => [name, ...values]),
      [
        ['a_1', 0, 1, 0],
        ['a_2', 1, 0, 1],
        ['b_0.5', 1, 1, 0],
        ['b_7', 0, 0, 1],
      ],
    )
    assert.deepEqual(numbersOf(tables[0], 'y'), [1, 0, 1])
    const names = ['a_1', 'a_2']
    assert.deepEqual((models[0].param['colMap'] as Record<string, unknown>)['a'], {
      values: ['1', '2'],
      encodedVariables: names,
      transformedHeaders: names,
    })
  })

  it('encodes the chosen columns; rows of a value that the fit never saw have none', async () => {
    const params = { transform_col_names: ['a'] }
    const { models } = await runAlone(oneHotEncoder, { frame: FRAME, params })
    const frame = numberFrame({ a: [3, 1], b: [1, 2] })
    const { tables, warnings } = await runAlone(oneHotEncoder, { frame, model: models[0] })
    assert.deepEqual(numbersOf(tables[0], 'a_1'), [0, 1])
    assert.deepEqual(numbersOf(tables[0], 'a_2'), [0, 0])
    assert.deepEqual(numbersOf(tables[0], 'b'), [1, 2])
    assert.match(warnings[0], /Column "a" has values in 1 rows that the fit never saw/)
  })

  it('refuses a column of too many values', async () => {
    const frame = numberFrame({ a: Array.from({ length: 1025 }, (_, at) => at) })
    await assert.rejects(runAlone(oneHotEncoder, { frame }), /Column "a" has 1025 different values/)
  })
})
