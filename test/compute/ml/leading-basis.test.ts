import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { atRows, leadingBasis } from '../../../src/compute/ml/leading-basis.ts'
import type { Matrix } from '../../../src/compute/ml/matrix.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'

const rng = createRng(7)

function random(rows: number, cols: number): Matrix {
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) }
}

function times(a: Matrix, b: Matrix): Matrix {
  const data = new Float64Array(a.rows * b.cols)
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < b.cols; col++) {
      for (let k = 0; k < a.cols; k++) {
        data[row * b.cols + col] += a.data[row * a.cols + k] * b.data[k * b.cols + col]
      }
    }
  }
  return { rows: a.rows, cols: b.cols, data }
}

/** The greatest difference of the basis's products with each other from those of an orthonormal one. */
function skew({ rows, cols, data }: Matrix): number {
  let worst = 0
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b < cols; b++) {
      let sum = a === b ? -1 : 0
      for (let row = 0; row < rows; row++) sum += data[row * cols + a] * data[row * cols + b]
      worst = Math.max(worst, Math.abs(sum))
    }
  }
  return worst
}

describe('leadingBasis', () => {
  it('is orthonormal, and as long as the matrix has rank', () => {
    const matrix = times(random(40, 5), random(5, 12))
    const basis = leadingBasis(matrix, { most: 12, least: 1e-6 })
    assert.equal(basis.picked.length, 5)
    assert.ok(skew(atRows(basis, matrix)) < 1e-9)
  })

  it('spans every column of a matrix of that rank', () => {
    const matrix = times(random(30, 4), random(4, 9))
    const along = atRows(leadingBasis(matrix, { most: 9, least: 1e-6 }), matrix)
    for (let col = 0; col < matrix.cols; col++) {
      const rest = Array.from({ length: 30 }, (_, row) => matrix.data[row * matrix.cols + col])
      for (let at = 0; at < along.cols; at++) {
        const unit = rest.map((_, row) => along.data[row * along.cols + at])
        const share = unit.reduce((sum, value, row) => sum + value * rest[row], 0)
        unit.forEach((value, row) => (rest[row] -= share * value))
      }
      assert.ok(rest.every((value) => Math.abs(value) < 1e-9))
    }
  })

  it('takes the longest columns first and no more than it may', () => {
    const matrix = random(20, 6)
    for (let row = 0; row < 20; row++) matrix.data[row * 6 + 4] *= 10
    const { picked } = leadingBasis(matrix, { most: 2, least: 0 })
    assert.deepEqual([picked.length, picked[0]], [2, 4])
  })

  it('has no direction where all is zero', () => {
    const zero = { rows: 5, cols: 3, data: new Float64Array(15) }
    assert.deepEqual(leadingBasis(zero, { most: 3, least: 1e-3 }).picked, [])
  })
})
