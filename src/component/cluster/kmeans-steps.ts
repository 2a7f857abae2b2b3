/**
 * Lloyd's steps on one party's columns.
 * @module
 */
import type { Matrix } from '../../compute/ml/matrix.ts'

/** Squared distances, row by row, one entry a centre. */
export function distances(
  { rows, cols, data }: Matrix,
  centres: readonly Float64Array[],
): Float64Array {
  const found = new Float64Array(rows * centres.length)
  for (let row = 0; row < rows; row++) {
    centres.forEach((centre, at) => {
      let sum = 0
      for (let col = 0; col < cols; col++) sum += (data[row * cols + col] - centre[col]) ** 2
      found[row * centres.length + at] = sum
    })
  }
  return found
}

/** The mean of each group; the old centre of a group without rows. */
export function means(
  { cols, data }: Matrix,
  groups: Uint32Array,
  before: readonly Float64Array[],
): Float64Array[] {
  const sums = before.map(() => new Float64Array(cols))
  const counts = before.map(() => 0)
  groups.forEach((group, row) => {
    counts[group]++
    for (let col = 0; col < cols; col++) sums[group][col] += data[row * cols + col]
  })
  return sums.map((sum, at) =>
    counts[at] === 0 ? before[at] : sum.map((value) => value / counts[at]),
  )
}

/** By how much the centres moved, squared. */
export function squaredMove(
  before: readonly Float64Array[],
  after: readonly Float64Array[],
): number {
  return before.reduce(
    (sum, centre, at) =>
      centre.reduce((own, value, col) => own + (value - after[at][col]) ** 2, sum),
    0,
  )
}

/** Squared distances between all centres, row by row. */
export function centreDistances(centres: readonly Float64Array[]): Float64Array {
  return Float64Array.from(
    centres.flatMap((a) =>
      centres.map((b) => a.reduce((sum, value, col) => sum + (value - b[col]) ** 2, 0)),
    ),
  )
}
