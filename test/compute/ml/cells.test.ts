import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fillValue, parseColumn, parseNumber, tokensOf } from '../../../src/compute/ml/cells.ts'

describe('parseNumber', () => {
  it('reads decimals and nothing else', () => {
    const good = { '1': 1, ' -2.50 ': -2.5, '.5': 0.5, '3.': 3, '+1e-3': 0.001, '007': 7 }
    for (const [text, value] of Object.entries(good)) assert.equal(parseNumber(text), value)
    for (const text of ['', ' ', 'NaN', '0x10', 'Infinity', '1e999', '1,5', '--1', '1 2', 'e5']) {
      assert.equal(parseNumber(text), undefined, text)
    }
  })
})

describe('parseColumn', () => {
  it('tells missing values, outliers, numbers and rubbish apart', () => {
    const column = parseColumn(['1', 'NA', '-9999.0', 'x', 'y', '2'], {
      missing: tokensOf(['NA', null]),
      outliers: tokensOf([-9999]),
    })
    assert.deepEqual(column, {
      values: Float64Array.of(1, NaN, NaN, NaN, NaN, 2),
      missing: [1],
      outliers: [2],
      bad: 3,
    })
  })

  it('knows no token where none are given', () => {
    assert.equal(parseColumn(['1', ''], {}).bad, 1)
    assert.equal(tokensOf([null]).has('null'), true)
  })
})

describe('fillValue', () => {
  const values = Float64Array.of(4, NaN, 1, 4)
  it('takes statistics of what is there', () => {
    const fill = (method: 'min' | 'max' | 'mean' | 'designated'): number | undefined =>
      fillValue(values, { method, designated: 7 })
    assert.deepEqual([fill('min'), fill('max'), fill('mean'), fill('designated')], [1, 4, 3, 7])
    const gap = Float64Array.of(NaN)
    assert.equal(fillValue(gap, { method: 'mean', designated: 7 }), undefined)
  })
})
