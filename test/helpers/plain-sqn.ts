/**
 * Stochastic quasi-Newton training of a quadratic loss on plain numbers, with whole vectors: the oracle for its tests.
 * @module
 */
import { dot, type Matrix, multiply, multiplyTransposed } from '../../src/compute/ml/matrix.ts'

/** A pair of the memory. */
interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
}

/** The two-loop recursion as textbooks have it (Nocedal and Wright, algorithm 7.4). */
export function newtonStep(pairs: readonly Pair[], gradient: Float64Array): Float64Array {
  let q = gradient.slice()
  const alphas: number[] = []
  for (const { s, y } of pairs.toReversed()) {
    const alpha = dot(s, q) / dot(s, y)
    alphas.unshift(alpha)
    q = q.map((value, at) => value - alpha * y[at])
  }
  const last = pairs.at(-1)
  if (!last) return q
  const scale = dot(last.s, last.y) / dot(last.y, last.y)
  q = q.map((value) => value * scale)
  for (const [index, { s, y }] of pairs.entries()) {
    const beta = dot(y, q) / dot(s, y)
    q = q.map((value, at) => value + s[at] * (alphas[index] - beta))
  }
  return q
}

/** Weights after so many steps from `start`; the residual of a row is scale · x·w - centre, and `ridge` penalises. */
export function trainNewton(
  given: { x: Matrix; centres: Float64Array; start: Float64Array; ridge: Float64Array },
  rule: {
    steps: number
    scale: number
    rate: number
    interval: number
    memory: number
    /** The rows of the curvature of the t-th pair; all of them without it. */
    sample?: (t: number) => Uint32Array
  },
): Float64Array {
  const { x, centres, start, ridge } = given
  const { scale, interval } = rule
  let weights = start.slice()
  let pairs: Pair[] = []
  let sum = new Float64Array(weights.length)
  let last: Float64Array | undefined
  for (let k = 1, t = 0; k <= rule.steps; k++) {
    const residual = multiply(x, weights).map((wx, row) => scale * wx - centres[row])
    const gradient = multiplyTransposed(x, residual).map(
      (value, at) => value / x.rows + ridge[at] * weights[at],
    )
    sum = sum.map((value, at) => value + weights[at])
    const step = newtonStep(pairs, gradient)
    weights = weights.map((value, at) => value - rule.rate * step[at])
    if (k % interval !== 0) continue
    const mean = sum.map((value) => value / interval)
    sum = new Float64Array(weights.length)
    if (last) {
      const before = last
      const s = mean.map((value, at) => value - before[at])
      const rows = rule.sample?.(t) ?? Uint32Array.from({ length: x.rows }, (_, row) => row)
      const y = ridge.map((value, at) => value * s[at])
      for (const row of rows) {
        const own = x.data.subarray(row * x.cols, (row + 1) * x.cols)
        const along = (scale * dot(own, s)) / rows.length
        own.forEach((value, at) => (y[at] += along * value))
      }
      pairs = [...pairs, { s, y }].slice(-rule.memory)
      t++
    }
    last = mean
  }
  return weights
}
