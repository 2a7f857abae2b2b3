/**
 * Systems of linear equations with a symmetric positive definite matrix, by Cholesky's factorisation.
 * @module
 */
import type { Matrix } from './matrix.ts'

/**
 * The lower triangular L with L·Lᵀ = `matrix`, of which the lower half is read. Undefined where a pivot is not above
 * `least` times its diagonal entry: the matrix is singular to working precision, or not positive definite.
 */
export function cholesky(matrix: Matrix, least = 1e-12): Matrix | undefined {
  const size = matrix.rows
  if (matrix.cols !== size) {
    throw new RangeError(`cholesky: expected a square matrix, got ${matrix.rows} x ${matrix.cols}`)
  }
  const data = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let col = 0; col <= row; col++) {
      let sum = matrix.data[row * size + col]
      for (let k = 0; k < col; k++) sum -= data[row * size + k] * data[col * size + k]
      if (row > col) data[row * size + col] = sum / data[col * size + col]
      else {
        if (!(sum > least * matrix.data[row * size + row])) return undefined
        data[row * size + row] = Math.sqrt(sum)
      }
    }
  }
  return { rows: size, cols: size, data }
}

/** x with L·Lᵀ·x = `right`, for a factor L of `cholesky`. */
export function solveFactored({ rows: size, data }: Matrix, right: Float64Array): Float64Array {
  const x = right.slice()
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) x[row] -= data[row * size + k] * x[k]
    x[row] /= data[row * size + row]
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) x[row] -= data[k * size + row] * x[k]
    x[row] /= data[row * size + row]
  }
  return x
}

/** The diagonal of the inverse of `matrix`; undefined where it has none. */
export function inverseDiagonal(matrix: Matrix): Float64Array | undefined {
  const factor = cholesky(matrix)
  if (!factor) return undefined
  return Float64Array.from({ length: matrix.rows }, (_, at) => {
    const unit = new Float64Array(matrix.rows)
    unit[at] = 1
    return solveFactored(factor, unit)[at]
  })
}
