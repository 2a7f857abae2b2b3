/**
 * Random Fourier features: columns whose products approximate a Gaussian kernel (A. Rahimi, B. Recht, "Random features for
 * large-scale kernel machines", NIPS 2007), z(x) = √(2/D) · cos(xW + b).
 * @module
 */
import type { Matrix } from './matrix.ts'
import { createRng } from './rng.ts'

/** What decides the features of one party. */
export interface FourierPlan {
  readonly seed: number
  /** Which of the streams of the seed; parties have different ones. */
  readonly stream: number
  /** Columns of x. */
  readonly inputs: number
  /** How many features, D. */
  readonly features: number
  /** W has the variance 2 · scale, so that the kernel is exp(−scale · |x − y|²). */
  readonly scale: number
}

/** Draws W and b; the map takes rows of `inputs` columns to rows of `features`. */
export function fourierMap(plan: FourierPlan): (x: Matrix) => Matrix {
  const { seed, stream, inputs, features, scale } = plan
  const rng = createRng(seed, stream)
  const spread = Math.sqrt(2 * scale)
  const weights = Float64Array.from({ length: inputs * features }, () => spread * rng.normal())
  const shifts = Float64Array.from({ length: features }, () => 2 * Math.PI * rng.uniform())
  const height = Math.sqrt(2 / features)
  return ({ rows, cols, data: x }) => {
    if (cols !== inputs) throw new RangeError(`fourierMap: ${cols} columns, expected ${inputs}`)
    const data = new Float64Array(rows * features)
    for (let row = 0; row < rows; row++) {
      const own = data.subarray(row * features, (row + 1) * features)
      own.set(shifts)
      for (let col = 0; col < cols; col++) {
        const value = x[row * cols + col]
        for (let at = 0; at < features; at++) own[at] += value * weights[col * features + at]
      }
      for (let at = 0; at < features; at++) own[at] = height * Math.cos(own[at])
    }
    return { rows, cols: features, data }
  }
}
