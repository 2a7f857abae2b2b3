/**
 * Real numbers as integers: `value ≈ integer / 2^fraction`.
 *
 * Rounding to the nearest integer costs at most `2^−(fraction + 1)` a value; sums are exact; a product of numbers with
 * fractions f and g has the fraction f + g and an error of at most `|a|·2^−(g+1) + |b|·2^−(f+1)` (plus their product).
 * @module
 */

/** The most bits a fraction may have. */
export const MOST_FRACTION = 512

/** Throws RangeError unless `fraction` is an integer in `0 … 512`. */
export function checkFraction(fraction: number, verb: string): void {
  if (!Number.isInteger(fraction) || fraction < 0 || fraction > MOST_FRACTION) {
    throw new RangeError(
      `${verb}: expected a fraction of 0 to ${MOST_FRACTION} bits, got ${fraction}`,
    )
  }
}

/**
 * The integer nearest to `value · 2^fraction`. Throws RangeError unless the value is finite and the result below
 * `bound` in magnitude.
 */
export function encodeFixed(value: number, fraction: number, bound: bigint): bigint {
  const scaled = Math.round(value * 2 ** fraction)
  if (!Number.isFinite(scaled)) {
    throw new RangeError(
      `encodeFixed: ${value} with ${fraction} fractional bits is not a finite number`,
    )
  }
  // A float of 2^53 and more is an integer already, so the conversion is exact.
  const integer = BigInt(scaled)
  if (integer >= bound || -integer >= bound) {
    throw new RangeError(
      `encodeFixed: ${value} with ${fraction} fractional bits does not fit into the key`,
    )
  }
  return integer
}

/** The float nearest to `integer / 2^fraction`; ±Infinity when it is out of a float's range. */
export function decodeFixed(integer: bigint, fraction: number): number {
  const magnitude = integer < 0n ? -integer : integer
  const hex = magnitude.toString(16)
  // 64 to 72 leading bits are kept, and one more that says whether anything below them was not zero: enough to round
  // as if all were there.
  const dropped = Math.max(0, hex.length - 18) * 4
  let top = magnitude >> BigInt(dropped)
  if (top << BigInt(dropped) !== magnitude) top |= 1n
  const float = Number(top) * 2 ** Math.max(-1000, Math.min(1000, dropped - fraction))
  const rest = dropped - fraction - Math.max(-1000, Math.min(1000, dropped - fraction))
  return (integer < 0n ? -1 : 1) * float * 2 ** rest
}

/**
 * `values · 2^fraction` rounded to integers that a float holds exactly. Throws RangeError when one is not finite or
 * not below 2^53 in magnitude.
 */
export function encodeScalars(values: Float64Array, fraction: number): Float64Array {
  const scale = 2 ** fraction
  const integers = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const integer = Math.round(values[i] * scale)
    if (!(Math.abs(integer) < 2 ** 53)) {
      throw new RangeError(
        `encodeScalars: value ${i}, ${values[i]}, with ${fraction} fractional bits is not below 2^53`,
      )
    }
    integers[i] = integer
  }
  return integers
}
