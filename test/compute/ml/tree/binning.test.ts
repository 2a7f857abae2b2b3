import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRng } from '../../../../src/compute/ml/rng.ts'
import { binColumn, binOf, quantileThresholds } from '../../../../src/compute/ml/tree/binning.ts'

const RULE = { useMissing: false, zeroAsMissing: false }
const MISSING = { useMissing: true, zeroAsMissing: false }

describe('binning', () => {
  it('gives each value its own bin where there are few', () => {
    const values = Float64Array.of(3, 1, 2, 2, 1, 3, 3)
    const thresholds = quantileThresholds(values, { most: 4, rule: RULE })
    assert.deepEqual([...thresholds], [1, 2])
    assert.deepEqual([...binColumn(values, thresholds, RULE).bins], [2, 0, 1, 1, 0, 2, 2])
  })

  it('cuts many values into parts of about equal size', () => {
    const rng = createRng(1)
    const values = Float64Array.from({ length: 1000 }, rng.normal)
    const thresholds = quantileThresholds(values, { most: 8, rule: RULE })
    assert.equal(thresholds.length, 7)
    const counts = Array.from({ length: 8 }, () => 0)
    for (const bin of binColumn(values, thresholds, RULE).bins) counts[bin]++
    assert.deepEqual(
      counts,
      Array.from({ length: 8 }, () => 125),
    )
  })

  it('puts a value into the first bin whose threshold is not below it', () => {
    const rng = createRng(2)
    const thresholds = Float64Array.from({ length: 20 }, rng.normal).sort()
    const values = [...thresholds, ...Array.from({ length: 100 }, rng.normal)]
    for (const value of values) {
      const plain = [...thresholds].findIndex((threshold) => value <= threshold)
      assert.equal(binOf(value, thresholds, RULE), plain < 0 ? 20 : plain)
    }
  })

  it('keeps missing values in a bin of their own', () => {
    const values = Float64Array.of(0, Number.NaN, 5, 7)
    const thresholds = quantileThresholds(values, { most: 4, rule: MISSING })
    const column = binColumn(values, thresholds, MISSING)
    assert.deepEqual([...column.bins], [0, 3, 1, 2])
    assert.equal(column.missing, true)
    const zero = { useMissing: true, zeroAsMissing: true }
    const without = quantileThresholds(values, { most: 4, rule: zero })
    assert.deepEqual([...binColumn(values, without, zero).bins], [2, 2, 0, 1])
  })

  it('refuses what is no number where missing values are not allowed', () => {
    const options = { most: 4, rule: RULE }
    assert.throws(() => quantileThresholds(Float64Array.of(1, Infinity), options), /Infinity/)
    assert.throws(() => quantileThresholds(Float64Array.of(1, Number.NaN), options), /NaN/)
    assert.throws(() => quantileThresholds(Float64Array.of(1), { most: 1, rule: RULE }), /2 to/)
  })

  it('makes one bin of a constant or empty column', () => {
    assert.equal(quantileThresholds(Float64Array.of(4, 4), { most: 8, rule: RULE }).length, 0)
    assert.equal(quantileThresholds(new Float64Array(0), { most: 8, rule: RULE }).length, 0)
  })
})
