/**
 * An orthonormal basis of the span of a matrix's leading columns: Gram and Schmidt's method with the column that lies
 * furthest out next (G. Golub, C. Van Loan, "Matrix Computations", 4th ed. 2013, sections 5.2.8 and 5.4.2), each column
 * made orthogonal twice.
 * @module
 */
import type { Matrix } from './matrix.ts'

/** Columns of a matrix, and what makes an orthonormal basis of them: basis = picked columns · inverse. */
export interface LeadingBasis {
  readonly picked: readonly number[]
  /** As many rows and columns as are picked; upper triangular. */
  readonly inverse: Matrix
}

/**
 * Picks at most `most` columns, and none that, less what the picked ones give, is shorter than `least` times the longest
 * column.
 */
export function leadingBasis(
  matrix: Matrix,
  { most, least }: { most: number; least: number },
): LeadingBasis {
  const { rows, cols, data } = matrix
  const rest = Array.from({ length: cols }, (_, col) =>
    Float64Array.from({ length: rows }, (_, row) => data[row * cols + col]),
  )
  const lengths = rest.map((column) => product(column, column))
  const floor = least ** 2 * Math.max(0, ...lengths)
  const basis: Float64Array[] = []
  const picked: number[] = []
  while (picked.length < Math.min(most, rows, cols)) {
    const next = lengths.indexOf(Math.max(...lengths))
    if (!(lengths[next] > floor)) break
    const column = rest[next]
    for (const other of basis) takeOff(column, other)
    const length = Math.sqrt(product(column, column))
    lengths[next] = -1
    if (!(length ** 2 > floor)) continue
    const unit = column.map((value) => value / length)
    basis.push(unit)
    picked.push(next)
    for (let col = 0; col < cols; col++) {
      if (lengths[col] < 0) continue
      takeOff(rest[col], unit)
      lengths[col] = product(rest[col], rest[col])
    }
  }
  return { picked, inverse: invertUpper(upperOf(matrix, { picked, basis })) }
}

/** The basis at the rows of `matrix`, whose columns are those that it was picked from. */
export function atRows({ picked, inverse }: LeadingBasis, { rows, cols, data }: Matrix): Matrix {
  const size = picked.length
  const found = new Float64Array(rows * size)
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < size; at++) {
      let sum = 0
      for (let k = 0; k <= at; k++) {
        sum += data[row * cols + picked[k]] * inverse.data[k * size + at]
      }
      found[row * size + at] = sum
    }
  }
  return { rows, cols: size, data: found }
}

/** R of the picked columns = basis · R. */
function upperOf(
  { rows, cols, data }: Matrix,
  { picked, basis }: { picked: readonly number[]; basis: readonly Float64Array[] },
): Matrix {
  const size = picked.length
  const upper = new Float64Array(size * size)
  picked.forEach((col, at) => {
    const column = Float64Array.from({ length: rows }, (_, row) => data[row * cols + col])
    for (let k = 0; k <= at; k++) upper[k * size + at] = product(basis[k], column)
  })
  return { rows: size, cols: size, data: upper }
}

function invertUpper({ rows: size, data }: Matrix): Matrix {
  const inverse = new Float64Array(size * size)
  for (let col = 0; col < size; col++) {
    for (let row = col; row >= 0; row--) {
      let sum = row === col ? 1 : 0
      for (let k = row + 1; k <= col; k++) sum -= data[row * size + k] * inverse[k * size + col]
      inverse[row * size + col] = sum / data[row * size + row]
    }
  }
  return { rows: size, cols: size, data: inverse }
}

function takeOff(column: Float64Array, unit: Float64Array): void {
  const along = product(column, unit)
  for (let row = 0; row < column.length; row++) column[row] -= along * unit[row]
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at]
  return sum
}
