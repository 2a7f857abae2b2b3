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
  /** Those of the outputs after the first, of the same rows, where one tree has several. */
  readonly others?: readonly Gradients[]
}

/** A pair of sums of integers. */
export interface Sums {
  readonly g: number
  readonly h: number
  /** The pairs of the outputs after the first, where one tree has several. */
  readonly others?: readonly Sums[]
}

/** Powers of two that derivatives are multiplied with before they are rounded. */
export interface Exponents {
  readonly g: number
  readonly h: number
  /** Those of the outputs after the first, where one tree has several. */
  readonly others?: readonly Exponents[]
}

/** The largest exponent with which `rows` values of at most `most` in magnitude may be rounded. */
export function exponentFor(rows: number, most: number): number {
  if (most === 0 || rows === 0) return 0
  // Rounding adds at most a half a row, which the one bit that is left over holds.
  const room = 2 ** (SUM_BITS - 1) / (rows * most)
  // Past these bounds the power or its inverse would not be a normal float.
  return Math.min(1000, Math.max(-1000, Math.floor(Math.log2(room))))
}

/** The largest magnitudes of derivatives; throws RangeError where one is not finite. */
export function magnitudes(g: Float64Array, h: Float64Array): { g: number; h: number } {
  return { g: magnitude(g, 'first'), h: magnitude(h, 'second') }
}

/**
 * Rounds `g` and `h`, with `exponents` those of rows of which these are a part; throws RangeError where one is not finite
 * or `h` is negative.
 */
export function quantise(g: Float64Array, h: Float64Array, exponents?: Exponents): Gradients {
  if (g.length !== h.length) {
    throw new RangeError(`quantise: ${g.length} and ${h.length} derivatives`)
  }
  const negative = h.findIndex((value) => value < 0)
  if (negative >= 0) {
    throw new RangeError(`quantise: the second derivative of row ${negative} is ${h[negative]}`)
  }
  const first = rounded(g, { which: 'first', exponent: exponents?.g })
  const second = rounded(h, { which: 'second', exponent: exponents?.h })
  return { g: first.values, h: second.values, gUnit: first.unit, hUnit: second.unit }
}

/** Sums over `rows`. */
export function sumOver({ g, h, others }: Gradients, rows: Uint32Array): Sums {
  let [sumG, sumH] = [0, 0]
  for (const row of rows) {
    sumG += g[row]
    sumH += h[row]
  }
  if (!others) return { g: sumG, h: sumH }
  return { g: sumG, h: sumH, others: others.map((each) => sumOver(each, rows)) }
}

/** The first output and the others, one after another. */
export function outputsOf<T>(first: T & { readonly others?: readonly T[] }): readonly T[] {
  return [first, ...(first.others ?? [])]
}

/** One or several outputs in the form that `outputsOf` takes apart. */
export function joinOutputs<T extends object>([first, ...others]: readonly T[]): T & {
  readonly others?: readonly T[]
} {
  return others.length > 0 ? { ...first, others } : first
}

function rounded(
  values: Float64Array,
  { which, exponent }: { which: string; exponent: number | undefined },
): { values: Float64Array; unit: number } {
  const power = exponent ?? exponentFor(values.length, magnitude(values, which))
  const factor = 2 ** power
  return { values: values.map((value) => Math.round(value * factor) + 0), unit: 2 ** -power }
}

/** The largest of `values` without signs. */
function magnitude(values: Float64Array, which: string): number {
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
  return most
}
