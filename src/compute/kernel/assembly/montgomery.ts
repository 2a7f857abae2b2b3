/**
 * Montgomery multiplication and squaring of two pairs of numbers at once, radix 2^51 (`lane.ts`).
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 *
 * Source: P. Montgomery, "Modular multiplication without trial division", Math. Comp. 44 (1985), by rows in blocks of
 * four. A number is a vector array of L limbs, least significant first. The true modulus n is replaced by a multiple
 * `N = k·n ≡ −1 mod 2^51`, `k < 2^51`, so that the quotient digit of a column is the column itself; instead of N the
 * code adds N + 1, whose lowest limb is 0, and takes the digit off, which empties the column.
 *
 * **Bounds.** The caller chooses L with `51·L ≥ bits(n) + 57`; let `R = 2^(51·L)`. Then `N < 2^51·n ≤ R / 2^6`.
 * - *Range*: for a, b < 2N the result is `(a·b + q·N) / R` with q < R, hence less than `4N²/R + N ≤ N·(1 + 1/16) < 2N`:
 *   results are inputs again and no comparison with N is ever needed. As `2N < R / 2^5`, the top limb of a number stays
 *   below 2^46, the others below 2^51: as `lane.ts` wants it.
 * - *Columns*: a column gets at most L products from a·b and L from q·(N + 1), each as one `lo` of magnitude at most
 *   2^50 and one `hi` below 2^51 (squaring: half as many, twice as large), and a carry below 2^12. That is less than
 *   `2L·(2^51 + 2^50) + 2^12 < 2^62` for L ≤ 511, the range of `shift51`; between normalisations only sums mod 2^64
 *   are formed, whose order does not matter.
 * - *Sign*: columns may be negative in between; `low51` and `shift51` round down, so digits stay in `0 … 2^51 − 1` and
 *   carries absorb the sign; the final pass leaves a non-negative top limb as the number itself is not negative.
 * @module
 */
import { add, hi, HIGH, HIGH_BITS, lo, LOW, LOW_BITS, low51, shift51, toFloat } from './lane'

/** Limbs of a number. */
export let L: i32 = 0
/** Bytes of a vector array: 16 · L. */
export let SIZE: usize = 0
/** The true modulus n. */
export let MODULUS: usize = 0
/** N + 1. */
export let MULTIPLE: usize = 0
/** HIGH, LOW: loaded into locals, as V8 would build a constant anew at every use, which costs a factor of two. */
export let CONSTANTS: usize = 0

let T: usize = 0
let STEP: usize = 0
let MULTIPLY_ROWS: usize = 0
let MULTIPLY_END: usize = 0
let SQUARE_ROWS: usize = 0
let SQUARE_END: usize = 0

/** Lays the tables for numbers of `limbs` limbs out from `base`; returns the first free address. */
export function layOut(limbs: i32, base: usize): usize {
  L = limbs
  SIZE = <usize>limbs << 4
  MODULUS = base
  MULTIPLE = MODULUS + SIZE
  MULTIPLY_ROWS = MULTIPLE + SIZE
  MULTIPLY_END = MULTIPLY_ROWS + SIZE
  SQUARE_ROWS = MULTIPLY_END + SIZE
  SQUARE_END = SQUARE_ROWS + SIZE
  T = SQUARE_END + SIZE
  STEP = T + SIZE + 8 * 16
  CONSTANTS = STEP + 8 * 16
  const counts = CONSTANTS + 2 * 16
  v128.store(CONSTANTS, f64x2.splat(HIGH))
  v128.store(CONSTANTS, f64x2.splat(LOW), 16)
  countTerms(counts, false, MULTIPLY_ROWS, MULTIPLY_END)
  countTerms(counts, true, SQUARE_ROWS, SQUARE_END)
  return counts
}

/**
 * Fills the tables of what the bit patterns in a column add up to beyond its value: `rows` for when its quotient digit
 * is taken, `end` for the final pass. Runs through the terms in the order of `multiply` and `square`.
 */
function countTerms(scratch: usize, squaring: bool, rows: usize, end: usize): void {
  memory.fill(scratch, 0, <usize>(2 * L + 9) << 3)
  for (let i = 0; i < L; ) {
    const k = i + 4 <= L ? 4 : 1
    if (!squaring || i == 0) for (let j = 0; j < k; j++) countRow(scratch, i + j, k)
    for (let r = 0; r < k; r++) {
      v128.store(rows + (<usize>(i + r) << 4), excess(scratch, i + r))
      countRow(scratch, i + r + 1, k - 1)
    }
    for (let j = squaring && i > 0 ? i : k; j < L; j++) countRow(scratch, i + j, k)
    for (let j = k; j < L; j++) countRow(scratch, i + j, k)
    i += k
  }
  for (let j = 0; j < L; j++) v128.store(end + (<usize>j << 4), excess(scratch, L + j))
}

/** Notes `k` products, the first of which has its `lo` in `column`. */
function countRow(scratch: usize, column: i32, k: i32): void {
  for (let j = 0; j < k; j++) {
    const at = scratch + (<usize>(column + j) << 3)
    store<u64>(at, load<u64>(at) + LOW_BITS)
    store<u64>(at, load<u64>(at, 8) + HIGH_BITS, 8)
  }
}

function excess(scratch: usize, column: i32): v128 {
  return i64x2.splat(-load<i64>(scratch + (<usize>column << 3)))
}

/** `out = a·b / R`, below 2N for a and b below 2N; `out` may be `a` or `b`. */
export function multiply(out: usize, a: usize, b: usize): void {
  const t = T
  clear(t)
  let i: usize = 0
  for (; i + 64 <= SIZE; i += 64) multiplyBlock(a, b + i, MULTIPLY_ROWS + i)
  for (; i < SIZE; i += 16) {
    const c1 = v128.load(CONSTANTS)
    const c2 = v128.load(CONSTANTS, 16)
    const m = v128.load(b + i)
    sweepOne(t, 0, a, 0, 16, v128.load(t), m, c1, c2)
    const acc = add(v128.load(t), v128.load(MULTIPLY_ROWS + i))
    const q = toFloat(low51(acc))
    sweepOne(t, 0, a, 16, SIZE, v128.load(t, 16), m, c1, c2)
    sweepOne(t, 16, MULTIPLE, 16, SIZE, add(v128.load(t, 16), shift51(acc)), q, c1, c2)
    v128.store(t + SIZE, i64x2.splat(0))
  }
  finish(out, t, MULTIPLY_END)
}

/** `out = a² / R`, below 2N for a below 2N; about a fifth cheaper than `multiply`. `out` may be `a`. */
export function square(out: usize, a: usize): void {
  const t = T
  clear(t)
  let i: usize = 0
  for (; i + 64 <= SIZE; i += 64) squareBlock(a, i, SQUARE_ROWS + i)
  for (; i < SIZE; i += 16) {
    const c1 = v128.load(CONSTANTS)
    const c2 = v128.load(CONSTANTS, 16)
    const m = v128.load(a + i)
    // L ≥ 4: the lowest column has all its products by the time the last rows come.
    const acc = add(v128.load(t), v128.load(SQUARE_ROWS + i))
    const q = toFloat(low51(acc))
    sweepOne(t, 0, a, i, i + 16, v128.load(t + i), m, c1, c2)
    sweepOne(t, 0, a, i + 16, SIZE, v128.load(t + i, 16), f64x2.add(m, m), c1, c2)
    sweepOne(t, 16, MULTIPLE, 16, SIZE, add(v128.load(t, 16), shift51(acc)), q, c1, c2)
    v128.store(t + SIZE, i64x2.splat(0))
  }
  finish(out, t, SQUARE_END)
}

/** Four rows of `a·b`: adds `a·b[0…3]`, empties four columns by adding a multiple of N, moves down by four. */
function multiplyBlock(a: usize, b: usize, rows: usize): void {
  const t = T
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  const m0 = v128.load(b)
  const m1 = v128.load(b, 16)
  const m2 = v128.load(b, 32)
  const m3 = v128.load(b, 48)
  sweep(t, 0, a, 0, 64, t, m0, m1, m2, m3, c1, c2)
  // The digits wait for each other; the long sweep that follows does not need them and hides that.
  quotient(t, rows, c1, c2)
  sweep(t, 0, a, 64, SIZE, t + 64, m0, m1, m2, m3, c1, c2)
  subtractQuotient(t, c1, c2)
}

/** The same for rows `i … i + 3` of a²: products with later limbs stand for both orders, doubled. */
function squareBlock(a: usize, i: usize, rows: usize): void {
  const t = T
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  let m0 = v128.load(a + i)
  let m1 = v128.load(a + i, 16)
  let m2 = v128.load(a + i, 32)
  let m3 = v128.load(a + i, 48)
  // Columns below 2i + 4 are complete after the earlier rows, except in the first block.
  if (i == 0) sweep(t, 0, a, 0, 64, t, m0, m1, m2, m3, c1, c2)
  quotient(t, rows, c1, c2)
  if (i > 0) sweep(t, 0, a, i, i + 64, t + i, m0, m1, m2, m3, c1, c2)
  m0 = f64x2.add(m0, m0)
  m1 = f64x2.add(m1, m1)
  m2 = f64x2.add(m2, m2)
  m3 = f64x2.add(m3, m3)
  sweep(t, 0, a, i + 64, SIZE, t + i + 64, m0, m1, m2, m3, c1, c2)
  subtractQuotient(t, c1, c2)
}

/**
 * The digits of four columns into STEP[0…3], and what the products of these digits and limbs 1 to 3 of N + 1 put into
 * the four columns after them, carry included, into STEP[4…7].
 */
// @ts-ignore: decorator
@inline
function quotient(t: usize, rows: usize, c1: v128, c2: v128): void {
  const n1 = v128.load(MULTIPLE, 16)
  const n2 = v128.load(MULTIPLE, 32)
  const n3 = v128.load(MULTIPLE, 48)
  let w1 = v128.load(t, 16)
  let w2 = v128.load(t, 32)
  let w3 = v128.load(t, 48)
  let w4 = i64x2.splat(0)
  let w5 = w4
  let w6 = w4
  let w7 = w4
  let acc = add(v128.load(t), v128.load(rows))
  let q = toFloat(low51(acc))
  v128.store(STEP, q)
  let h = hi(n1, q, c1)
  w2 = add(w2, h)
  w1 = add(w1, lo(n1, q, h, c2))
  h = hi(n2, q, c1)
  w3 = add(w3, h)
  w2 = add(w2, lo(n2, q, h, c2))
  h = hi(n3, q, c1)
  w4 = add(w4, h)
  w3 = add(w3, lo(n3, q, h, c2))
  acc = add(add(w1, shift51(acc)), v128.load(rows, 16))
  q = toFloat(low51(acc))
  v128.store(STEP, q, 16)
  h = hi(n1, q, c1)
  w3 = add(w3, h)
  w2 = add(w2, lo(n1, q, h, c2))
  h = hi(n2, q, c1)
  w4 = add(w4, h)
  w3 = add(w3, lo(n2, q, h, c2))
  h = hi(n3, q, c1)
  w5 = add(w5, h)
  w4 = add(w4, lo(n3, q, h, c2))
  acc = add(add(w2, shift51(acc)), v128.load(rows, 32))
  q = toFloat(low51(acc))
  v128.store(STEP, q, 32)
  h = hi(n1, q, c1)
  w4 = add(w4, h)
  w3 = add(w3, lo(n1, q, h, c2))
  h = hi(n2, q, c1)
  w5 = add(w5, h)
  w4 = add(w4, lo(n2, q, h, c2))
  h = hi(n3, q, c1)
  w6 = add(w6, h)
  w5 = add(w5, lo(n3, q, h, c2))
  acc = add(add(w3, shift51(acc)), v128.load(rows, 48))
  q = toFloat(low51(acc))
  v128.store(STEP, q, 48)
  h = hi(n1, q, c1)
  w5 = add(w5, h)
  w4 = add(w4, lo(n1, q, h, c2))
  h = hi(n2, q, c1)
  w6 = add(w6, h)
  w5 = add(w5, lo(n2, q, h, c2))
  h = hi(n3, q, c1)
  w7 = add(w7, h)
  w6 = add(w6, lo(n3, q, h, c2))
  v128.store(STEP, add(w4, shift51(acc)), 64)
  v128.store(STEP, w5, 80)
  v128.store(STEP, w6, 96)
  v128.store(STEP, w7, 112)
}

/** Adds the four digits times limbs 4 and up of N + 1, and moves everything down by four columns. */
// @ts-ignore: decorator
@inline
function subtractQuotient(t: usize, c1: v128, c2: v128): void {
  const s = STEP
  for (let j: usize = 64; j < 128; j += 16) v128.store(s + j, add(v128.load(t + j), v128.load(s + j)))
  sweep(
    t,
    64,
    MULTIPLE,
    64,
    SIZE,
    s + 64,
    v128.load(s),
    v128.load(s, 16),
    v128.load(s, 32),
    v128.load(s, 48),
    c1,
    c2,
  )
  const end = t + SIZE
  const zero = i64x2.splat(0)
  v128.store(end, zero)
  v128.store(end, zero, 16)
  v128.store(end, zero, 32)
  v128.store(end, zero, 48)
}

/**
 * Adds `source[from … to)` times four limbs to the columns of t that begin at `from`, whose first four values are at
 * `first`, and writes them `down` bytes further down.
 */
// @ts-ignore: decorator
@inline
function sweep(
  t: usize,
  down: usize,
  source: usize,
  from: usize,
  to: usize,
  first: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  c1: v128,
  c2: v128,
): void {
  let s0 = v128.load(first)
  let s1 = v128.load(first, 16)
  let s2 = v128.load(first, 32)
  let s3 = v128.load(first, 48)
  for (let j = from; j < to; j += 16) {
    const x = v128.load(source + j)
    let s4 = v128.load(t + j, 64)
    let h = hi(x, m0, c1)
    s1 = add(s1, h)
    s0 = add(s0, lo(x, m0, h, c2))
    h = hi(x, m1, c1)
    s2 = add(s2, h)
    s1 = add(s1, lo(x, m1, h, c2))
    h = hi(x, m2, c1)
    s3 = add(s3, h)
    s2 = add(s2, lo(x, m2, h, c2))
    h = hi(x, m3, c1)
    s4 = add(s4, h)
    s3 = add(s3, lo(x, m3, h, c2))
    v128.store(t + j - down, s0)
    s0 = s1
    s1 = s2
    s2 = s3
    s3 = s4
  }
  const end = t + to - down
  v128.store(end, s0)
  v128.store(end, s1, 16)
  v128.store(end, s2, 32)
  v128.store(end, s3, 48)
}

/** `sweep` with a single limb. */
// @ts-ignore: decorator
@inline
function sweepOne(
  t: usize,
  down: usize,
  source: usize,
  from: usize,
  to: usize,
  first: v128,
  m: v128,
  c1: v128,
  c2: v128,
): void {
  let s0 = first
  for (let j = from; j < to; j += 16) {
    const x = v128.load(source + j)
    const h = hi(x, m, c1)
    const s1 = add(v128.load(t + j, 16), h)
    v128.store(t + j - down, add(s0, lo(x, m, h, c2)))
    s0 = s1
  }
  v128.store(t + to - down, s0)
}

// @ts-ignore: decorator
@inline
function clear(t: usize): void {
  // Stores in place: `memory.fill` leaves the module, which costs a tenth of a multiplication.
  const zero = i64x2.splat(0)
  const end = t + SIZE + 8 * 16
  for (let at = t; at < end; at += 16) v128.store(at, zero)
}

/** Takes the constants off the columns and carries, so that every limb is in its range again. */
// @ts-ignore: decorator
@inline
function finish(out: usize, t: usize, end: usize): void {
  let carry = i64x2.splat(0)
  const last = SIZE - 16
  for (let j: usize = 0; j < last; j += 16) {
    const x = add(add(v128.load(t + j), v128.load(end + j)), carry)
    v128.store(out + j, toFloat(low51(x)))
    carry = shift51(x)
  }
  v128.store(out + last, toFloat(add(add(v128.load(t + last), v128.load(end + last)), carry)))
}
