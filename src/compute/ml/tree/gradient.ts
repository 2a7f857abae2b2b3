/**
 * Gradients as integers, so that their sums are exact in any order: a tree learnt from encrypted sums is, bit for bit,
 * the one learnt from plain ones.
 *
 * For n rows of at most m in magnitude, values are `round(v · 2^e)` with the largest e for which the sum of all stays
 * within 2^46 (of at most 1000). A value is off by at most `2^−(e+1) ≤ n·m·2^−45`: 2^-30 of the largest for 30,000 rows.
 * @module
 */

/** Bits of the magnitude of a sum over all rows. */
export const SUM_BITS = 46

/** First and second derivatives of the loss, one a row, as integers. */
export interface Gradients {
  /** Integers; the derivative is `g[row] · gUnit`. */
  readonly g: Float64Array
  /** Integers that are not negative; the derivative is `h[row] · hUnit`. */
  readonly h: Float64Array
  readonly gUnit: number
  readonly hUnit: number
}

/** A pair of sums of integers. */
export interface Sums {
  readonly g: number
  readonly h: number
}

/** Rounds `g` and `h`; throws RangeError where one is not finite or `h` is negative. */
export function quantise(g: Float64Array, h: Float64Array): Gradients {
  if (g.length !== h.length) {
    throw new RangeError(`quantise: ${g.length} and ${h.length} derivatives`)
  }
  const negative = h.findIndex((value) => value < 0)
  if (negative >= 0) {
    throw new RangeError(`quantise: the second derivative of row ${negative} is ${h[negative]}`)
  }
  const first = rounded(g, 'first')
  const second = rounded(h, 'second')
  return { g: first.values, h: second.values, gUnit: first.unit, hUnit: second.unit }
}

/** Sums over `rows`. */
export function sumOver({ g, h }: Gradients, rows: Uint32Array): Sums {
  let [sumG, sumH] = [0, 0]
  for (const row of rows) {
    sumG += g[row]
    sumH += h[row]
  }
  return { g: sumG, h: sumH }
}

function rounded(values: Float64Array, which: string): { values: Float64Array; unit: number } {
  let most = 0
  for (let row = 0; row < values.length; row++) {
    const size = Math.abs(values[row])
    if (!Number.isFinite(size)) {
      throw new RangeError(
        `quantise: the ${which} derivative of row ${row} is ${values[row]}: ` +
          'lower the learning rate or scale the labels',
      )
    }
    if (size > most) most = size
  }
  if (most === 0) return { values: new Float64Array(values.length), unit: 1 }
  // Rounding adds at most a half a row, which the one bit that is left over holds.
  const room = 2 ** (SUM_BITS - 1) / (values.length * most)
  // Past these bounds the power or its inverse would not be a normal float.
  const exponent = Math.min(1000, Math.max(-1000, Math.floor(Math.log2(room))))
  const factor = 2 ** exponent
  return { values: values.map((value) => Math.round(value * factor) + 0), unit: 2 ** -exponent }
}
