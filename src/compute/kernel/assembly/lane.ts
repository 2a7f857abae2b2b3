/**
 * Operations on two lanes at once: a vector holds the same limb of two numbers.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 *
 * A limb is an integer in `0 … 2^51 − 1`, kept as a float. The product of two limbs is split without loss by two
 * fused multiply-adds (the idea is T. Dekker's, "A floating-point technique for extending the available precision",
 * Numer. Math. 18 (1971); the constants make the results readable as integers):
 *
 *     hi = fma(x, y, 2^103)                     x·y rounded to a multiple of 2^51, plus 2^103
 *     lo = fma(x, y, 2^103 + 3·2^51 − hi)       what the rounding left over, plus 3·2^51
 *
 * Why no bit is lost. `0 ≤ x·y < 2^103` holds for `x < 2^51`, `y < 2^52` (a doubled limb, in squaring), so `2^103 + x·y`
 * lies in the binade `2^103 … 2^104`, whose floats are the multiples of 2^51: `hi` is exact up to one rounding to the
 * nearest such multiple. `2^103 + 3·2^51 − hi` is a difference of multiples of 2^51 below 2^104: exact. Therefore the
 * second fma computes `x·y − (hi − 2^103) + 3·2^51`, an integer within 2^50 of 3·2^51, hence between 2^52 and 2^53,
 * where floats are exactly the integers: no rounding at all. In both binades the bit pattern of a float grows by one
 * for each step, so that, read as 64-bit integers,
 *
 *     bits(hi) = bits(2^103) + (hi − 2^103) / 2^51        bits(lo) = bits(3·2^51) + (lo − 3·2^51)
 *
 * and sums of products are sums of bit patterns mod 2^64, less a constant for each term. How many terms a column gets
 * is known beforehand (`montgomery.ts` counts them), so one subtraction a column takes all the constants off.
 *
 * All this needs the fma to be fused. WebAssembly's relaxed_madd may round twice where the processor has no fused
 * instruction: then the results are wrong, and the self-test in `../load.ts` must notice.
 * @module
 */

/** 2^103 */
export const HIGH: f64 = 10141204801825835211973625643008.0
/** 2^103 + 3·2^51, a multiple of 2^51 and so a float. */
export const LOW: f64 = 10141204801825835211973625643008.0 + 6755399441055744.0
/** The bit pattern of 2^103. */
export const HIGH_BITS: u64 = 0x4660000000000000
/** The bit pattern of 3·2^51. */
export const LOW_BITS: u64 = 0x4338000000000000

/** `x·y` rounded to a multiple of 2^51; `c1` holds HIGH. */
// @ts-ignore: decorator
@inline
export function hi(x: v128, y: v128, c1: v128): v128 {
  return f64x2.relaxed_madd(x, y, c1)
}

/** The rest of `x·y` beside `h = hi(x, y)`; `c2` holds LOW. */
// @ts-ignore: decorator
@inline
export function lo(x: v128, y: v128, h: v128, c2: v128): v128 {
  return f64x2.relaxed_madd(x, y, f64x2.sub(c2, h))
}

/** The sum of two integers, or of bit patterns. */
// @ts-ignore: decorator
@inline
export function add(x: v128, y: v128): v128 {
  return i64x2.add(x, y)
}

/** The low 51 bits of an integer: its value mod 2^51, for a negative one too. */
// @ts-ignore: decorator
@inline
export function low51(x: v128): v128 {
  return v128.and(x, i64x2.splat(0x7ffffffffffff))
}

/** An integer in `0 … 2^52 − 1` as a float. */
// @ts-ignore: decorator
@inline
export function toFloat(x: v128): v128 {
  return f64x2.sub(v128.or(x, i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627370496.0))
}

/** A float in `0 … 2^52 − 1` as an integer. */
// @ts-ignore: decorator
@inline
export function toInteger(x: v128): v128 {
  return i64x2.sub(f64x2.add(x, f64x2.splat(4503599627370496.0)), i64x2.splat(0x4330000000000000))
}

/** `x / 2^51` rounded down, for `|x| < 2^62`: SIMD has no 64-bit arithmetic shift that is fast everywhere. */
// @ts-ignore: decorator
@inline
export function shift51(x: v128): v128 {
  return i64x2.sub(i64x2.shr_u(add(x, i64x2.splat(1 << 62)), 51), i64x2.splat(1 << 11))
}
