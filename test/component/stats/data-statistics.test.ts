import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { dataStatistics } from '../../../src/component/stats/data-statistics.ts'
import { columnStatistics } from '../../../src/component/stats/statistics.ts'
import { numberFrame, runAlone } from '../../helpers/frames.ts'

describe('columnStatistics', () => {
  it('agrees with values worked out by hand', () => {
    const values = Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9, Number.NaN, 0)
    const names = ['count', 'sum', 'mean', 'variance', 'median', 'missing_ratio', '95%'] as const
    assert.deepEqual(
      [...columnStatistics(values, { names }).values()],
      [9, 40, 40 / 9, columnVariance([2, 4, 4, 4, 5, 5, 7, 9, 0]), 4, 0.1, 9],
    )
  })

  it('gives skewness and kurtosis with and without bias', () => {
    // Deviations -2, -1, 0, 3: squares sum to 14, cubes to 18, fourth powers to 98.
    const values = Float64Array.of(0, 1, 2, 5)
    const names = ['skewness', 'kurtosis'] as const
    const biased = columnStatistics(values, { names })
    const skew = 18 / 4 / (14 / 4) ** 1.5
    const excess = 98 / 4 / (14 / 4) ** 2 - 3
    near(biased.get('skewness'), skew)
    near(biased.get('kurtosis'), excess)
    const fair = columnStatistics(values, { names, bias: false })
    near(fair.get('skewness'), (skew * Math.sqrt(12)) / 2)
    near(fair.get('kurtosis'), (3 * (5 * excess + 6)) / 2)
  })
})

describe('DataStatistics', () => {
  it('publishes the asked statistics of the asked columns, abnormal values left out', async () => {
    const frame = numberFrame({ a: [1, 2, 3, -999], b: [1, 1, 1, 1] })
    const params = { statistics: ['mean', '50%'], column_names: ['a'], abnormal_list: [-999] }
    const { models, tables } = await runAlone(dataStatistics, { frame, params })
    assert.deepEqual(models[0].param['selfValues'], {
      results: [
        { valueName: 'mean', values: [2], colNames: ['a'] },
        { valueName: '50%', values: [2], colNames: ['a'] },
      ],
    })
    assert.deepEqual(tables[0], frame)
  })

  it('leaves out what is not defined, and refuses a statistic that does not exist', async () => {
    const frame = numberFrame({ b: [1, 1, 1] })
    const { models, logs } = await runAlone(dataStatistics, { frame })
    const { results } = models[0].param['selfValues'] as {
      results: { valueName: string; colNames: string[] }[]
    }
    assert.deepEqual(results.find(({ valueName }) => valueName === 'skewness')?.colNames, [])
    assert.deepEqual(results.find(({ valueName }) => valueName === 'max')?.colNames, ['b'])
    assert.match(logs.map(({ text }) => text).join(), /skewness of b/)
    assert.throws(() => dataStatistics.params.parse({ statistics: 'mode' }), /percentiles such as/)
  })
})

function columnVariance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-12, `${actual} is not ${expected}`)
}
