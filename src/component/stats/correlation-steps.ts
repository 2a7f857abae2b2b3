/**
 * One party's part of correlations: its columns in a common scale, and how far they explain each other.
 * @module
 */
import { inverseDiagonal } from '../../compute/ml/cholesky.ts'
import type { Frame } from '../../compute/ml/frame.ts'
import { moments } from '../../compute/ml/quantile.ts'
import type { TaskContext } from '../define.ts'
import { featureValues, requireNumbers } from '../input.ts'

/** Columns with mean 0 and deviation 1; one without spread is 0 throughout. */
export function standardised(
  context: TaskContext,
  frame: Frame,
  { names, order }: { names: readonly string[]; order: Uint32Array },
): Float64Array[] {
  if (names.length === 0) throw new Error(`The table of ${context.channel.self} has no features`)
  const all = featureValues(frame)
  return names.map((name) => {
    const values = all.get(name) ?? new Float64Array()
    requireNumbers(frame, { name, values })
    const { mean, variance } = moments(values)
    const deviation = Math.sqrt(variance)
    if (deviation === 0) {
      context.warn(`Column "${name}" has one value: its correlations are 0`)
      return new Float64Array(order.length)
    }
    return Float64Array.from(order, (row) => (values[row] - mean) / deviation)
  })
}

/**
 * The diagonal of the inverse correlation matrix, with 1e-10 added to its own diagonal, so that columns which depend on
 * each other have a large number instead of none.
 */
export function inflation(local: readonly (readonly number[])[]): number[] {
  const size = local.length
  const data = Float64Array.from(
    local.flatMap((row, at) =>
      row.map((value, col) => {
        if (at !== col) return value
        return (value === 0 ? 1 : value) + 1e-10
      }),
    ),
  )
  const found = inverseDiagonal({ rows: size, cols: size, data })
  if (!found) throw new Error('The columns depend on each other too closely for variance inflation')
  return [...found]
}

/** The inner product of two columns. */
export function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, row) => sum + value * b[row], 0)
}
