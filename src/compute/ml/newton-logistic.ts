/**
 * Logistic regression on plain numbers, to the minimum, by Newton's method.
 * @module
 */
import { cholesky, solveFactored } from './cholesky.ts'
import { sigmoid } from './logistic.ts'
import type { Matrix } from './matrix.ts'

/** A logistic model and how it was found. */
export interface LogisticFit {
  readonly weights: Float64Array
  readonly intercept: number
  readonly iterations: number
  readonly converged: boolean
  /** Mean loss without the penalty, after each step. */
  readonly losses: readonly number[]
}

/**
 * Minimises Σ log(1 + exp(-s·(wx + b))) + l2/2·|w|² over rows with labels 1 or 0 (s = ±1). Stops when no
 * coordinate of the gradient is above `tol`. Steps are halved until the loss falls. Throws RangeError where the
 * Hessian is singular, which without a penalty dependent columns make it.
 */
export function fitLogistic(
  matrix: Matrix,
  labels: Float64Array,
  options: { l2: number; intercept: boolean; maxIterations: number; tol: number },
): LogisticFit {
  const { rows, cols, data } = matrix
  const size = cols + (options.intercept ? 1 : 0)
  const entry = (row: number, col: number): number => (col < cols ? data[row * cols + col] : 1)
  const predict = (point: Float64Array): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0
      for (let col = 0; col < size; col++) sum += entry(row, col) * point[col]
      return sum
    })
  const lossOf = (point: Float64Array, wx: Float64Array): [plain: number, penalised: number] => {
    let plain = 0
    for (let row = 0; row < rows; row++) {
      const z = labels[row] > 0 ? -wx[row] : wx[row]
      plain += z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z))
    }
    let square = 0
    for (let col = 0; col < cols; col++) square += point[col] ** 2
    return [plain, plain + (options.l2 / 2) * square]
  }

  let point = new Float64Array(size)
  let wx = predict(point)
  let loss = lossOf(point, wx)
  const losses: number[] = []
  for (let iteration = 1; iteration <= options.maxIterations; iteration++) {
    const gradient = new Float64Array(size)
    const hessian = new Float64Array(size * size)
    for (let row = 0; row < rows; row++) {
      const chance = sigmoid(wx[row])
      const slope = chance - labels[row]
      const curve = chance * (1 - chance)
      for (let i = 0; i < size; i++) {
        const x = entry(row, i)
        gradient[i] += slope * x
        for (let j = 0; j <= i; j++) hessian[i * size + j] += curve * x * entry(row, j)
      }
    }
    for (let col = 0; col < cols; col++) {
      gradient[col] += options.l2 * point[col]
      hessian[col * size + col] += options.l2
    }
    if (gradient.every((slope) => Math.abs(slope) <= options.tol)) {
      return result(point, { iterations: iteration - 1, converged: true, losses, cols })
    }
    const factor = cholesky({ rows: size, cols: size, data: hessian })
    if (!factor) {
      throw new RangeError(
        'fitLogistic: the columns depend on each other or separate the classes: add an L2 penalty',
      )
    }
    const step = solveFactored(factor, gradient)
    let next = point
    for (let scale = 1; scale > 1e-10; scale /= 2) {
      next = point.map((value, at) => value - scale * step[at])
      wx = predict(next)
      const found = lossOf(next, wx)
      const falls = found[1] <= loss[1]
      loss = found
      if (falls) break
    }
    point = Float64Array.from(next)
    losses.push(loss[0] / rows)
  }
  return result(point, { iterations: options.maxIterations, converged: false, losses, cols })
}

function result(
  point: Float64Array,
  how: { iterations: number; converged: boolean; losses: readonly number[]; cols: number },
): LogisticFit {
  const { cols, ...history } = how
  return { weights: point.slice(0, cols), intercept: point[cols] ?? 0, ...history }
}
