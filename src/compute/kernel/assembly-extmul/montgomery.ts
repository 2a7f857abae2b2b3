/**
 * Montgomery multiplication of four pairs of numbers at once, with limbs of 26 to 28 bits: for runtimes that have SIMD
 * but no fused multiply-add.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 *
 * Source: P. Montgomery, "Modular multiplication without trial division", Math. Comp. 44 (1985), by rows in blocks of
 * two. A number is a vector array of L limbs of W bits, least significant first, the same limb of four numbers in the
 * 32-bit lanes of a vector. Products of 32-bit lanes are 64 bits wide and come in two vectors, lanes 0 and 1 and lanes
 * 2 and 3; a column is such a pair. Carries wait until the end.
 *
 * **Bounds.** The caller chooses `W·L ≥ bits(n) + 2`; let `R = 2^(W·L) ≥ 4n`.
 * - *Range*: for a, b < 2n the result is `(a·b + q·n) / R` with q < R, hence below `4n²/R + n ≤ 2n`: results are inputs
 *   again, and one conditional subtraction brings one below n.
 * - *Columns*: a column gets at most L products from a·b and L from q·n, each below 2^(2W), and a carry below 2^(64 − W):
 *   below 2^64 when `2L·2^(2W) ≤ 2^64 − 2^(64 − W)`, for which the caller takes W = 28 up to L = 120, W = 27 up to 480
 *   and W = 26 above.
 * @module
 */

/** Limbs of a number. */
export let L: i32 = 0
/** Bits of a limb. */
export let W: i32 = 28
/** Bytes of a vector array: 16 · L. */
export let SIZE: usize = 0
/** The modulus, the same in all lanes. */
export let MODULUS: usize = 0

/** 2^W − 1 and −1/n mod 2^W, in all lanes. */
let CONSTANTS: usize = 0
let T: usize = 0

/** Sets the bits of a limb; before `layOut`. */
export function setLimbBits(bits: i32): void {
  W = bits
}

/** Lays the tables out from `base`; `inverse` is −1/n mod 2^W. Returns the first free address. */
export function layOut(limbs: i32, base: usize, inverse: u32): usize {
  L = limbs
  SIZE = <usize>limbs << 4
  MODULUS = base
  CONSTANTS = MODULUS + SIZE
  T = CONSTANTS + 32
  v128.store(CONSTANTS, i32x4.splat((1 << W) - 1))
  v128.store(CONSTANTS, i32x4.splat(inverse), 16)
  return T + 2 * SIZE + 64
}

/** `out = a·b / R`, below 2n for a and b below 2n; `out` may be `a` or `b`. */
export function multiply(out: usize, a: usize, b: usize): void {
  const t = T
  const mask = v128.load(CONSTANTS)
  const inverse = v128.load(CONSTANTS, 16)
  const w = W
  memory.fill(t, 0, 2 * SIZE + 64)
  let i: usize = 0
  for (; i + 32 <= SIZE; i += 32) {
    const b0 = v128.load(b + i)
    const b1 = v128.load(b + i, 16)
    const a0 = v128.load(a)
    const a1 = v128.load(a, 16)
    const n0 = v128.load(MODULUS)
    const n1 = v128.load(MODULUS, 16)
    let c0 = low(v128.load(t), a0, b0)
    let c1 = high(v128.load(t, 16), a0, b0)
    const q0 = v128.and(i32x4.mul(words(c0, c1), inverse), mask)
    c0 = low(c0, n0, q0)
    c1 = high(c1, n0, q0)
    let d0 = i64x2.add(v128.load(t, 32), i64x2.shr_u(c0, w))
    let d1 = i64x2.add(v128.load(t, 48), i64x2.shr_u(c1, w))
    d0 = low(low(low(d0, a1, b0), a0, b1), n1, q0)
    d1 = high(high(high(d1, a1, b0), a0, b1), n1, q0)
    const q1 = v128.and(i32x4.mul(words(d0, d1), inverse), mask)
    d0 = low(d0, n0, q1)
    d1 = high(d1, n0, q1)
    v128.store(t, i64x2.add(v128.load(t, 64), i64x2.shr_u(d0, w)), 64)
    v128.store(t, i64x2.add(v128.load(t, 80), i64x2.shr_u(d1, w)), 80)
    let x = a1
    let y = n1
    let at = t
    for (let j: usize = 32; j < SIZE; j += 16) {
      const aj = v128.load(a + j)
      const nj = v128.load(MODULUS + j)
      v128.store(at, low(low(low(low(v128.load(at, 64), aj, b0), x, b1), nj, q0), y, q1))
      v128.store(at, high(high(high(high(v128.load(at, 80), aj, b0), x, b1), nj, q0), y, q1), 16)
      x = aj
      y = nj
      at += 32
    }
    const zero = i64x2.splat(0)
    v128.store(at, low(low(v128.load(at, 64), x, b1), y, q1))
    v128.store(at, high(high(v128.load(at, 80), x, b1), y, q1), 16)
    v128.store(at, zero, 32)
    v128.store(at, zero, 48)
    v128.store(at, zero, 64)
    v128.store(at, zero, 80)
  }
  if (i < SIZE) {
    const b0 = v128.load(b + i)
    let c0 = low(v128.load(t), v128.load(a), b0)
    let c1 = high(v128.load(t, 16), v128.load(a), b0)
    const q0 = v128.and(i32x4.mul(words(c0, c1), inverse), mask)
    c0 = low(c0, v128.load(MODULUS), q0)
    c1 = high(c1, v128.load(MODULUS), q0)
    v128.store(t, i64x2.add(v128.load(t, 32), i64x2.shr_u(c0, w)), 32)
    v128.store(t, i64x2.add(v128.load(t, 48), i64x2.shr_u(c1, w)), 48)
    let at = t
    for (let j: usize = 16; j < SIZE; j += 16) {
      const aj = v128.load(a + j)
      const nj = v128.load(MODULUS + j)
      v128.store(at, low(low(v128.load(at, 32), aj, b0), nj, q0))
      v128.store(at, high(high(v128.load(at, 48), aj, b0), nj, q0), 16)
      at += 32
    }
    v128.store(at, i64x2.splat(0))
    v128.store(at, i64x2.splat(0), 16)
  }
  let c0 = i64x2.splat(0)
  let c1 = c0
  let at = t
  for (let j: usize = 0; j < SIZE; j += 16) {
    c0 = i64x2.add(v128.load(at), c0)
    c1 = i64x2.add(v128.load(at, 16), c1)
    v128.store(out + j, v128.and(words(c0, c1), mask))
    c0 = i64x2.shr_u(c0, w)
    c1 = i64x2.shr_u(c1, w)
    at += 32
  }
}

/** `sum + x·y` of lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function low(sum: v128, x: v128, y: v128): v128 {
  return i64x2.add(sum, i64x2.extmul_low_i32x4_u(x, y))
}

/** `sum + x·y` of lanes 2 and 3. */
// @ts-ignore: decorator
@inline
function high(sum: v128, x: v128, y: v128): v128 {
  return i64x2.add(sum, i64x2.extmul_high_i32x4_u(x, y))
}

/** The low words of a column. */
// @ts-ignore: decorator
@inline
function words(c0: v128, c1: v128): v128 {
  return v128.shuffle<i32>(c0, c1, 0, 2, 4, 6)
}
