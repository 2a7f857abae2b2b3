/**
 * Dense matrices of doubles, row by row, and the three products that linear models need.
 * @module
 */

/** `data[row * cols + col]` is the entry of `row` and `col`. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

/** The matrix whose columns are `columns`, all of the same length; `rows` matters where there is no column. */
export function fromColumns(
  columns: readonly Float64Array[],
  rows = columns[0]?.length ?? 0,
): Matrix {
  const cols = columns.length
  const data = new Float64Array(rows * cols)
  columns.forEach((values, col) => {
    if (values.length !== rows) {
      throw new RangeError(`fromColumns: column ${col} has ${values.length} rows, expected ${rows}`)
    }
    for (let row = 0; row < rows; row++) data[row * cols + col] = values[row]
  })
  return { rows, cols, data }
}

/** Rows `from` to `to` (exclusive) of `matrix`, on the same memory. */
export function sliceRows(matrix: Matrix, from: number, to: number): Matrix {
  const { cols, data } = matrix
  if (from < 0 || to < from || to > matrix.rows) {
    throw new RangeError(`sliceRows: ${from} to ${to} is not within ${matrix.rows} rows`)
  }
  return { rows: to - from, cols, data: data.subarray(from * cols, to * cols) }
}

/** A copy of some rows, in the order of `rows`. Throws RangeError for one that is not there. */
export function takeMatrixRows({ rows: count, cols, data }: Matrix, rows: Uint32Array): Matrix {
  const taken = new Float64Array(rows.length * cols)
  rows.forEach((row, at) => {
    if (row >= count) throw new RangeError(`takeMatrixRows: row ${row} is not one of ${count}`)
    taken.set(data.subarray(row * cols, (row + 1) * cols), at * cols)
  })
  return { rows: rows.length, cols, data: taken }
}

/** X·w: one number a row. `weights` has one number a column. Adds in the order of the columns. */
export function multiply(matrix: Matrix, weights: Float64Array): Float64Array {
  const { rows, cols, data } = matrix
  if (weights.length !== cols) {
    throw new RangeError(`multiply: ${weights.length} weights for ${cols} columns`)
  }
  const product = new Float64Array(rows)
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0
    for (let col = 0; col < cols; col++) sum += data[at++] * weights[col]
    product[row] = sum
  }
  return product
}

/** Xᵀ·v: one number a column. `values` has one number a row. Adds in the order of the rows. */
export function multiplyTransposed(matrix: Matrix, values: Float64Array): Float64Array {
  const { rows, cols, data } = matrix
  if (values.length !== rows) {
    throw new RangeError(`multiplyTransposed: ${values.length} values for ${rows} rows`)
  }
  const product = new Float64Array(cols)
  for (let row = 0, at = 0; row < rows; row++) {
    const value = values[row]
    for (let col = 0; col < cols; col++) product[col] += data[at++] * value
  }
  return product
}

/** The scalar product of two vectors of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) throw new RangeError(`dot: lengths ${a.length} and ${b.length} differ`)
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at]
  return sum
}
