/**
 * Arithmetic modulo p = 2^255 − 19 on two numbers at once, radix 2^51: one number in each lane of five vectors.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 *
 * Two forms of a number, both five vectors (80 bytes) in memory, least significant limb first:
 * - **limbs**: signed integers as floats. *Tight* limbs, what `carry` leaves of columns within `2^59`, are within `2^50`,
 *   the lowest within `2^50 + 2^13`; *loose* ones are the difference of two tight ones.
 * - **columns**: signed 64-bit integers, the sums of products of limbs, before any carry.
 *
 * A product of two limbs is split without loss by two fused multiply-adds, as in `../lane.ts` but for signed limbs:
 *
 *     hi = fma(x, y, 3·2^102)                     x·y rounded to a multiple of 2^51, plus 3·2^102
 *     lo = fma(x, y, 3·2^102 + 3·2^51 − hi)       what the rounding left over, plus 3·2^51
 *
 * **What has to hold.** With `|x·y| < 2^102`, hi lies between `2^103` and `2^104`, where floats are the multiples of
 * 2^51; lo is an integer within `2^50` of `3·2^51`, between `2^52` and `2^53`, where floats are the integers. So neither
 * loses a bit, and the bit patterns of both grow by one a step: sums of products are integer sums of bit patterns less a
 * constant a term, which a column is started with. Columns must stay within `2^62`, the range of `carry`.
 *
 * **Why it holds.** The usual way multiplies sums of tight limbs: `(2^51 + 2^14)²` is over `2^102`, and a point can be
 * chosen for which bits are lost. Here sums and differences are taken of *columns*, before the carry and at no cost, so
 * that every factor is tight but one, which is loose: `(2^50 + 2^13)·(2^51 + 2^14) < 2^102`. `ladder.ts` has the order
 * of steps; `test/compute/kernel/curve25519-bounds.test.ts` walks through every operation here and every step there
 * with intervals in place of numbers. It finds every product below `2^101.1` and every column below `2^58.3`.
 *
 * No branch and no address depends on a number. All this needs the fma to be fused; the self-test in
 * `../../curve25519.ts` must notice where it is not.
 * @module
 */

/** Bytes of a number. */
export const SIZE: usize = 80

/** 3·2^102 */
const HIGH: f64 = 15211807202738752817960438464512.0
/** 3·2^102 + 3·2^51, a multiple of 2^51 and so a float. */
const LOW: f64 = 15211807202738752817960438464512.0 + 6755399441055744.0
/** The bit pattern of 3·2^102. */
const HIGH_BITS: u64 = 0x4668000000000000
/** The bit pattern of 3·2^51. */
const LOW_BITS: u64 = 0x4338000000000000

/** Vectors that are loaded, as V8 would build a constant anew at every use. */
const CONSTANTS = memory.data(16 * 24, 16)
const MULTIPLY: usize = CONSTANTS + 16 * 8
const SQUARE: usize = CONSTANTS + 16 * 13
const SCALE: usize = CONSTANTS + 16 * 18

/** Fills the constants; to be called once. */
export function setUpField(): void {
  v128.store(CONSTANTS, f64x2.splat(HIGH))
  v128.store(CONSTANTS, f64x2.splat(LOW), 16)
  v128.store(CONSTANTS, i64x2.splat((1 << 62) + (1 << 50)), 32)
  v128.store(CONSTANTS, i64x2.splat((1 << 62) + (1 << 50) - (1 << 11)), 48)
  v128.store(CONSTANTS, i64x2.splat(0x7ffffffffffff), 64)
  v128.store(CONSTANTS, i64x2.splat(0x4330000000000000), 80)
  v128.store(CONSTANTS, f64x2.splat(4503599627370496.0 + 1125899906842624.0), 96)
  v128.store(CONSTANTS, f64x2.splat(4503599627370496.0 + 2048.0), 112)
  // How many bit patterns of lo and hi end in column k, those of column k + 5 counting 19 times.
  for (let k = 0; k < 5; k++) {
    store2(MULTIPLY, k, k + 1 + 19 * (4 - k), k + 19 * (5 - k))
    // Squaring has one term for a limb with itself and one, of a doubled limb, for two different ones.
    store2(SQUARE, k, terms(k) + 19 * terms(k + 5), terms(k - 1) + 19 * terms(k + 4))
    store2(SCALE, k, 1, k == 0 ? 19 : 1)
  }
}

/** Pairs i ≤ j below 5 with i + j = k. */
function terms(k: i32): i32 {
  return k < 0 || k > 8 ? 0 : (min(k, 8 - k) >> 1) + 1
}

function store2(table: usize, k: i32, low: i32, high: i32): void {
  v128.store(table + (<usize>k << 4), i64x2.splat(-(<i64>low * LOW_BITS + <i64>high * HIGH_BITS)))
}

// @ts-ignore: decorator
@inline
function high(x: v128, y: v128, c1: v128): v128 {
  return f64x2.relaxed_madd(x, y, c1)
}

// @ts-ignore: decorator
@inline
function low(x: v128, y: v128, h: v128, c2: v128): v128 {
  return f64x2.relaxed_madd(x, y, f64x2.sub(c2, h))
}

// @ts-ignore: decorator
@inline
function add(x: v128, y: v128): v128 {
  return i64x2.add(x, y)
}

/** An integer within `2^51` that is kept as a float. */
// @ts-ignore: decorator
@inline
function toInteger(x: v128): v128 {
  return i64x2.sub(f64x2.add(x, f64x2.splat(6755399441055744.0)), i64x2.splat(LOW_BITS))
}

/** 19·x for an integer. */
// @ts-ignore: decorator
@inline
function times19(x: v128): v128 {
  return add(add(i64x2.shl(x, 4), i64x2.shl(x, 1)), x)
}

/** Columns of `a·b`; of the limbs one is tight and the other may be loose. */
export function multiply(out: usize, a: usize, b: usize): void {
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  const b0 = v128.load(b, 0)
  const b1 = v128.load(b, 16)
  const b2 = v128.load(b, 32)
  const b3 = v128.load(b, 48)
  const b4 = v128.load(b, 64)
  let t0 = v128.load(MULTIPLY, 0)
  let t1 = v128.load(MULTIPLY, 16)
  let t2 = v128.load(MULTIPLY, 32)
  let t3 = v128.load(MULTIPLY, 48)
  let t4 = v128.load(MULTIPLY, 64)
  let t5 = i64x2.splat(0)
  let t6 = i64x2.splat(0)
  let t7 = i64x2.splat(0)
  let t8 = i64x2.splat(0)
  let t9 = i64x2.splat(0)
  let x = v128.load(a)
  let h: v128
  h = high(x, b0, c1)
  t1 = add(t1, h)
  t0 = add(t0, low(x, b0, h, c2))
  h = high(x, b1, c1)
  t2 = add(t2, h)
  t1 = add(t1, low(x, b1, h, c2))
  h = high(x, b2, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(x, b2, h, c2))
  h = high(x, b3, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, b3, h, c2))
  h = high(x, b4, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, b4, h, c2))
  x = v128.load(a, 16)
  h = high(x, b0, c1)
  t2 = add(t2, h)
  t1 = add(t1, low(x, b0, h, c2))
  h = high(x, b1, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(x, b1, h, c2))
  h = high(x, b2, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, b2, h, c2))
  h = high(x, b3, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, b3, h, c2))
  h = high(x, b4, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, b4, h, c2))
  x = v128.load(a, 32)
  h = high(x, b0, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(x, b0, h, c2))
  h = high(x, b1, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, b1, h, c2))
  h = high(x, b2, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, b2, h, c2))
  h = high(x, b3, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, b3, h, c2))
  h = high(x, b4, c1)
  t7 = add(t7, h)
  t6 = add(t6, low(x, b4, h, c2))
  x = v128.load(a, 48)
  h = high(x, b0, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, b0, h, c2))
  h = high(x, b1, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, b1, h, c2))
  h = high(x, b2, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, b2, h, c2))
  h = high(x, b3, c1)
  t7 = add(t7, h)
  t6 = add(t6, low(x, b3, h, c2))
  h = high(x, b4, c1)
  t8 = add(t8, h)
  t7 = add(t7, low(x, b4, h, c2))
  x = v128.load(a, 64)
  h = high(x, b0, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, b0, h, c2))
  h = high(x, b1, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, b1, h, c2))
  h = high(x, b2, c1)
  t7 = add(t7, h)
  t6 = add(t6, low(x, b2, h, c2))
  h = high(x, b3, c1)
  t8 = add(t8, h)
  t7 = add(t7, low(x, b3, h, c2))
  h = high(x, b4, c1)
  t9 = add(t9, h)
  t8 = add(t8, low(x, b4, h, c2))
  v128.store(out, add(t0, times19(t5)), 0)
  v128.store(out, add(t1, times19(t6)), 16)
  v128.store(out, add(t2, times19(t7)), 32)
  v128.store(out, add(t3, times19(t8)), 48)
  v128.store(out, add(t4, times19(t9)), 64)
}

/** Columns of `a²` for tight limbs. */
export function square(out: usize, a: usize): void {
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  const a0 = v128.load(a, 0)
  const a1 = v128.load(a, 16)
  const a2 = v128.load(a, 32)
  const a3 = v128.load(a, 48)
  const a4 = v128.load(a, 64)
  let t0 = v128.load(SQUARE, 0)
  let t1 = v128.load(SQUARE, 16)
  let t2 = v128.load(SQUARE, 32)
  let t3 = v128.load(SQUARE, 48)
  let t4 = v128.load(SQUARE, 64)
  let t5 = i64x2.splat(0)
  let t6 = i64x2.splat(0)
  let t7 = i64x2.splat(0)
  let t8 = i64x2.splat(0)
  let t9 = i64x2.splat(0)
  let x: v128
  let h: v128
  h = high(a0, a0, c1)
  t1 = add(t1, h)
  t0 = add(t0, low(a0, a0, h, c2))
  x = f64x2.add(a0, a0)
  h = high(x, a1, c1)
  t2 = add(t2, h)
  t1 = add(t1, low(x, a1, h, c2))
  h = high(x, a2, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(x, a2, h, c2))
  h = high(x, a3, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, a3, h, c2))
  h = high(x, a4, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, a4, h, c2))
  h = high(a1, a1, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(a1, a1, h, c2))
  x = f64x2.add(a1, a1)
  h = high(x, a2, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, a2, h, c2))
  h = high(x, a3, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, a3, h, c2))
  h = high(x, a4, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, a4, h, c2))
  h = high(a2, a2, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(a2, a2, h, c2))
  x = f64x2.add(a2, a2)
  h = high(x, a3, c1)
  t6 = add(t6, h)
  t5 = add(t5, low(x, a3, h, c2))
  h = high(x, a4, c1)
  t7 = add(t7, h)
  t6 = add(t6, low(x, a4, h, c2))
  h = high(a3, a3, c1)
  t7 = add(t7, h)
  t6 = add(t6, low(a3, a3, h, c2))
  x = f64x2.add(a3, a3)
  h = high(x, a4, c1)
  t8 = add(t8, h)
  t7 = add(t7, low(x, a4, h, c2))
  h = high(a4, a4, c1)
  t9 = add(t9, h)
  t8 = add(t8, low(a4, a4, h, c2))
  v128.store(out, add(t0, times19(t5)), 0)
  v128.store(out, add(t1, times19(t6)), 16)
  v128.store(out, add(t2, times19(t7)), 32)
  v128.store(out, add(t3, times19(t8)), 48)
  v128.store(out, add(t4, times19(t9)), 64)
}

/** Columns of `columns + a·factor` for loose limbs and `|factor| < 2^20`. */
export function addScaled(out: usize, columns: usize, a: usize, factor: f64): void {
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  const y = f64x2.splat(factor)
  let t0 = add(v128.load(columns, 0), v128.load(SCALE, 0))
  let t1 = add(v128.load(columns, 16), v128.load(SCALE, 16))
  let t2 = add(v128.load(columns, 32), v128.load(SCALE, 32))
  let t3 = add(v128.load(columns, 48), v128.load(SCALE, 48))
  let t4 = add(v128.load(columns, 64), v128.load(SCALE, 64))
  let t5 = i64x2.splat(0)
  let x: v128
  let h: v128
  x = v128.load(a, 0)
  h = high(x, y, c1)
  t1 = add(t1, h)
  t0 = add(t0, low(x, y, h, c2))
  x = v128.load(a, 16)
  h = high(x, y, c1)
  t2 = add(t2, h)
  t1 = add(t1, low(x, y, h, c2))
  x = v128.load(a, 32)
  h = high(x, y, c1)
  t3 = add(t3, h)
  t2 = add(t2, low(x, y, h, c2))
  x = v128.load(a, 48)
  h = high(x, y, c1)
  t4 = add(t4, h)
  t3 = add(t3, low(x, y, h, c2))
  x = v128.load(a, 64)
  h = high(x, y, c1)
  t5 = add(t5, h)
  t4 = add(t4, low(x, y, h, c2))
  v128.store(out, add(t0, times19(t5)))
  v128.store(out, t1, 16)
  v128.store(out, t2, 32)
  v128.store(out, t3, 48)
  v128.store(out, t4, 64)
}

/** Tight limbs of a number given by columns within `2^62`; they may be at the same place. */
export function carry(out: usize, columns: usize): void {
  spread(
    out,
    v128.load(columns),
    v128.load(columns, 16),
    v128.load(columns, 32),
    v128.load(columns, 48),
    v128.load(columns, 64),
  )
}

/** Tight limbs of the sum and the difference of two numbers given by columns within `2^61`. */
export function carryBoth(sum: usize, difference: usize, a: usize, b: usize): void {
  const a0 = v128.load(a)
  const a1 = v128.load(a, 16)
  const a2 = v128.load(a, 32)
  const a3 = v128.load(a, 48)
  const a4 = v128.load(a, 64)
  const b0 = v128.load(b)
  const b1 = v128.load(b, 16)
  const b2 = v128.load(b, 32)
  const b3 = v128.load(b, 48)
  const b4 = v128.load(b, 64)
  spread(sum, add(a0, b0), add(a1, b1), add(a2, b2), add(a3, b3), add(a4, b4))
  spread(
    difference,
    i64x2.sub(a0, b0),
    i64x2.sub(a1, b1),
    i64x2.sub(a2, b2),
    i64x2.sub(a3, b3),
    i64x2.sub(a4, b4),
  )
}

/**
 * Digits in `−2^50 … 2^50 − 1` from below upwards; what the highest column carries counts 19 times at the lowest. SIMD
 * has no arithmetic shift of 64-bit integers, so 2^62 is added before and 2^11 taken off after it.
 */
// @ts-ignore: decorator
@inline
function spread(out: usize, t0: v128, t1: v128, t2: v128, t3: v128, t4: v128): void {
  const bias = v128.load(CONSTANTS, 48)
  const mask = v128.load(CONSTANTS, 64)
  const exponent = v128.load(CONSTANTS, 80)
  const middle = v128.load(CONSTANTS, 96)
  let x = add(t0, v128.load(CONSTANTS, 32))
  let c = i64x2.shr_u(x, 51)
  const r0 = f64x2.sub(v128.or(v128.and(x, mask), exponent), middle)
  x = add(add(t1, bias), c)
  c = i64x2.shr_u(x, 51)
  v128.store(out, f64x2.sub(v128.or(v128.and(x, mask), exponent), middle), 16)
  x = add(add(t2, bias), c)
  c = i64x2.shr_u(x, 51)
  v128.store(out, f64x2.sub(v128.or(v128.and(x, mask), exponent), middle), 32)
  x = add(add(t3, bias), c)
  c = i64x2.shr_u(x, 51)
  v128.store(out, f64x2.sub(v128.or(v128.and(x, mask), exponent), middle), 48)
  x = add(add(t4, bias), c)
  c = i64x2.shr_u(x, 51)
  v128.store(out, f64x2.sub(v128.or(v128.and(x, mask), exponent), middle), 64)
  c = f64x2.sub(v128.or(c, exponent), v128.load(CONSTANTS, 112))
  v128.store(out, f64x2.add(f64x2.mul(c, f64x2.splat(19)), r0))
}

/** Tight limbs of `a + b` for limbs within `2^51`. */
export function sum(out: usize, a: usize, b: usize): void {
  for (let k: usize = 0; k < SIZE; k += 16) {
    v128.store(WORK + k, add(toInteger(v128.load(a + k)), toInteger(v128.load(b + k))))
  }
  carry(out, WORK)
}

/** Tight limbs of `a − b` for limbs within `2^51`. */
export function difference(out: usize, a: usize, b: usize): void {
  for (let k: usize = 0; k < SIZE; k += 16) {
    v128.store(WORK + k, i64x2.sub(toInteger(v128.load(a + k)), toInteger(v128.load(b + k))))
  }
  carry(out, WORK)
}

/** Tight limbs of `a²` for tight limbs. */
export function squareOf(out: usize, a: usize): void {
  square(WORK, a)
  carry(out, WORK)
}

/** Tight limbs of `a·factor` for loose limbs and `|factor| < 2^20`. */
export function scale(out: usize, a: usize, factor: f64): void {
  addScaled(WORK, ZERO, a, factor)
  carry(out, WORK)
}

/** All ones in each lane whose number, of tight limbs, is 0 mod p. */
// @ts-ignore: decorator
@inline
export function zeroMask(a: usize): v128 {
  toBytes(BYTES, a, 0)
  toBytes(BYTES + 32, a, 8)
  return i64x2(zeroAt(BYTES), zeroAt(BYTES + 32))
}

function zeroAt(bytes: usize): i64 {
  const all = load<u64>(bytes) | load<u64>(bytes, 8) | load<u64>(bytes, 16) | load<u64>(bytes, 24)
  return <i64>((all | -all) >> 63) - 1
}

/** All ones in each lane whose number, of tight limbs, is odd when reduced below p. */
// @ts-ignore: decorator
@inline
export function oddMask(a: usize): v128 {
  toBytes(BYTES, a, 0)
  toBytes(BYTES + 32, a, 8)
  return i64x2(-(load<i64>(BYTES) & 1), -(load<i64>(BYTES + 32) & 1))
}

/** `out = mask ? a : b` in each lane. */
// @ts-ignore: decorator
@inline
export function select(out: usize, a: usize, b: usize, mask: v128): void {
  for (let k: usize = 0; k < SIZE; k += 16) {
    v128.store(out + k, v128.bitselect(v128.load(a + k), v128.load(b + k), mask))
  }
}

/** Loose limbs of `a − b` for tight limbs. */
export function subtractLimbs(out: usize, a: usize, b: usize): void {
  v128.store(out, f64x2.sub(v128.load(a), v128.load(b)))
  v128.store(out, f64x2.sub(v128.load(a, 16), v128.load(b, 16)), 16)
  v128.store(out, f64x2.sub(v128.load(a, 32), v128.load(b, 32)), 32)
  v128.store(out, f64x2.sub(v128.load(a, 48), v128.load(b, 48)), 48)
  v128.store(out, f64x2.sub(v128.load(a, 64), v128.load(b, 64)), 64)
}

/** Columns of limbs within `2^51`. */
export function toColumns(out: usize, a: usize): void {
  for (let k: usize = 0; k < SIZE; k += 16) v128.store(out + k, toInteger(v128.load(a + k)))
}

/** Exchanges two numbers where `mask` is all ones, and not where it is 0. */
// @ts-ignore: decorator
@inline
export function exchange(a: usize, b: usize, mask: v128): void {
  for (let k: usize = 0; k < SIZE; k += 16) {
    const x = v128.load(a + k)
    const y = v128.load(b + k)
    const d = v128.and(mask, v128.xor(x, y))
    v128.store(a + k, v128.xor(x, d))
    v128.store(b + k, v128.xor(y, d))
  }
}

/** Sets both lanes to a small integer. */
export function setSmall(out: usize, value: f64): void {
  v128.store(out, f64x2.splat(value))
  for (let k: usize = 16; k < SIZE; k += 16) v128.store(out + k, f64x2.splat(0))
}

/** Tight limbs of the product of two numbers, one with tight limbs and one that may be loose. */
export function product(out: usize, a: usize, b: usize): void {
  multiply(WORK, a, b)
  carry(out, WORK)
}

/** Tight limbs of `a^(2^times)` for tight limbs and `times ≥ 1`. */
export function squarings(out: usize, a: usize, times: i32): void {
  square(WORK, a)
  carry(out, WORK)
  for (let i = 1; i < times; i++) {
    square(WORK, out)
    carry(out, WORK)
  }
}

const WORK = memory.data(80, 16)
const ZERO = memory.data(80, 16)
const BYTES = memory.data(64, 16)
const POWERS = memory.data(80 * 4, 16)

/** `out = a^(2^250 − 1)` and `eleven = a^11`, tight, for tight limbs: the start of both powers below. */
function power250(out: usize, eleven: usize, a: usize): void {
  const x = POWERS
  const y = POWERS + SIZE
  squarings(eleven, a, 1)
  squarings(x, eleven, 2)
  product(x, x, a)
  product(eleven, eleven, x)
  squarings(y, eleven, 1)
  product(x, x, y)
  // x = a^(2^5 − 1)
  squarings(y, x, 5)
  product(x, x, y)
  squarings(y, x, 10)
  product(y, y, x)
  const z = POWERS + 2 * SIZE
  squarings(z, y, 20)
  product(y, y, z)
  // y = a^(2^40 − 1)
  squarings(y, y, 10)
  product(x, x, y)
  // x = a^(2^50 − 1)
  squarings(y, x, 50)
  product(y, y, x)
  squarings(z, y, 100)
  product(y, y, z)
  squarings(y, y, 50)
  product(out, y, x)
}

/** `out = a^(p − 2)`, the inverse or 0; tight limbs. */
export function invert(out: usize, a: usize): void {
  const eleven = POWERS + 3 * SIZE
  power250(out, eleven, a)
  squarings(out, out, 5)
  product(out, out, eleven)
}

/** `out = a^((p − 5) / 8)`, that is `a^(2^252 − 3)`; tight limbs, `out` not at the place of `a`. */
export function powerForRoot(out: usize, a: usize): void {
  power250(out, POWERS + 3 * SIZE, a)
  squarings(out, out, 2)
  product(out, out, a)
}

/**
 * Reads the number whose four little-endian 64-bit words these are into a lane (0 or 8 bytes); bit 255 is dropped and
 * the limbs are not tight before `balance`.
 */
export function fromWords(out: usize, lane: usize, w0: u64, w1: u64, w2: u64, w3: u64): void {
  const mask: u64 = 0x7ffffffffffff
  store<f64>(out + lane, <f64>(w0 & mask))
  store<f64>(out + lane, <f64>(((w0 >> 51) | (w1 << 13)) & mask), 16)
  store<f64>(out + lane, <f64>(((w1 >> 38) | (w2 << 26)) & mask), 32)
  store<f64>(out + lane, <f64>(((w2 >> 25) | (w3 << 39)) & mask), 48)
  store<f64>(out + lane, <f64>((w3 >> 12) & mask), 64)
}

/** Tight limbs of limbs within `2^51`, in place. */
export function balance(a: usize): void {
  toColumns(WORK, a)
  carry(a, WORK)
}

/** Writes the one lane of a number with tight limbs as 32 little-endian bytes, reduced below p. */
export function toBytes(bytes: usize, a: usize, lane: usize): void {
  const mask: i64 = 0x7ffffffffffff
  let h0 = <i64>load<f64>(a + lane)
  let h1 = <i64>load<f64>(a + lane, 16)
  let h2 = <i64>load<f64>(a + lane, 32)
  let h3 = <i64>load<f64>(a + lane, 48)
  let h4 = <i64>load<f64>(a + lane, 64)
  // Shifts round down, so digits are never negative; the second round leaves less than 2^255 + 19 · 2.
  for (let round = 0; round < 2; round++) {
    h1 += h0 >> 51
    h0 &= mask
    h2 += h1 >> 51
    h1 &= mask
    h3 += h2 >> 51
    h2 &= mask
    h4 += h3 >> 51
    h3 &= mask
    h0 += 19 * (h4 >> 51)
    h4 &= mask
  }
  h1 += h0 >> 51
  h0 &= mask
  h2 += h1 >> 51
  h1 &= mask
  h3 += h2 >> 51
  h2 &= mask
  h4 += h3 >> 51
  h3 &= mask
  // Now 0 ≤ h < 2p: q = 1 where it is p or more.
  let q = (h0 + 19) >> 51
  q = (h1 + q) >> 51
  q = (h2 + q) >> 51
  q = (h3 + q) >> 51
  q = (h4 + q) >> 51
  h0 += 19 * q
  h1 += h0 >> 51
  h0 &= mask
  h2 += h1 >> 51
  h1 &= mask
  h3 += h2 >> 51
  h2 &= mask
  h4 += h3 >> 51
  h3 &= mask
  h4 &= mask
  store<u64>(bytes, h0 | (h1 << 51))
  store<u64>(bytes, (h1 >> 13) | (h2 << 38), 8)
  store<u64>(bytes, (h2 >> 26) | (h3 << 25), 16)
  store<u64>(bytes, (h3 >> 39) | (h4 << 12), 24)
}
