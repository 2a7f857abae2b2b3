import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  dot,
  fromColumns,
  multiply,
  multiplyTransposed,
  sliceRows,
} from '../../../src/compute/ml/matrix.ts'

describe('matrix', () => {
  const matrix = fromColumns([Float64Array.of(1, 2, 3), Float64Array.of(10, 20, 30)])

  it('lies in memory row by row', () => {
    assert.deepEqual(matrix, { rows: 3, cols: 2, data: Float64Array.of(1, 10, 2, 20, 3, 30) })
  })

  it('multiplies from both sides', () => {
    assert.deepEqual(multiply(matrix, Float64Array.of(2, -1)), Float64Array.of(-8, -16, -24))
    assert.deepEqual(
      multiplyTransposed(matrix, Float64Array.of(1, 0, -1)),
      Float64Array.of(-2, -20),
    )
    assert.equal(dot(Float64Array.of(1, 2), Float64Array.of(3, 4)), 11)
  })

  it('gives rows without copying them', () => {
    const slice = sliceRows(matrix, 1, 3)
    assert.deepEqual([...slice.data], [2, 20, 3, 30])
    assert.equal(slice.data.buffer, matrix.data.buffer)
    assert.throws(() => sliceRows(matrix, 2, 4), RangeError)
  })

  it('may have no column', () => {
    const empty = fromColumns([], 3)
    assert.deepEqual(multiply(empty, new Float64Array(0)), new Float64Array(3))
    assert.deepEqual(multiplyTransposed(empty, new Float64Array(3)), new Float64Array(0))
  })

  it('refuses shapes that do not fit', () => {
    assert.throws(
      () => fromColumns([new Float64Array(2), new Float64Array(3)]),
      /column 1 has 3 rows/,
    )
    assert.throws(() => multiply(matrix, new Float64Array(3)), /3 weights for 2 columns/)
    assert.throws(() => multiplyTransposed(matrix, new Float64Array(2)), /2 values for 3 rows/)
    assert.throws(() => dot(new Float64Array(1), new Float64Array(2)), RangeError)
  })
})
