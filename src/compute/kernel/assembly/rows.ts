/**
 * Numbers as rows: L limbs one after another, and their way to and from lanes and bytes.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import { add, hi, HIGH_BITS, lo, LOW_BITS, low51, shift51, toFloat, toInteger } from './lane'
import { CONSTANTS, L, layOut, MODULUS, MULTIPLE, SIZE } from './montgomery'

/** Three vectors that the loops work in. */
export let ACC: usize = 0
export let OTHER: usize = 0
export let SPARE: usize = 0
/** Bytes of a row: 8 · L. */
export let ROW: usize = 0

/** Offset of the third highest limb of n (leading zeros not counted): quotients are estimated from there up. */
let TOP: usize = 0
/** One over the limbs of n from TOP up, read as one number. */
let INVERSE: f64 = 0

/** Where free memory begins. */
export function heap(): usize {
  return (__heap_base + 63) & ~63
}

/**
 * Prepares arithmetic modulo n with `limbs` limbs (see the bounds in `montgomery.ts`): `multiple` and `modulus` are
 * N + 1 and n as rows. Uses memory from `base` on; returns the first free address.
 */
export function setUp(limbs: i32, base: usize, multiple: usize, modulus: usize): usize {
  ACC = layOut(limbs, base)
  OTHER = ACC + SIZE
  SPARE = OTHER + SIZE
  ROW = SIZE >> 1
  gather(MULTIPLE, multiple, multiple)
  gather(MODULUS, modulus, modulus)
  let top = limbs - 1
  while (load<f64>(modulus + (<usize>top << 3)) == 0) top--
  TOP = <usize>(top - 2) << 4
  INVERSE = 1 / f64x2.extract_lane(leading(MODULUS), 0)
  return SPARE + SIZE
}

/** Puts two rows side by side into a vector array. */
// @ts-ignore: decorator
@inline
export function gather(target: usize, row0: usize, row1: usize): void {
  for (let j: usize = 0, k: usize = 0; j < SIZE; j += 16, k += 8) {
    v128.store(target + j, v128.load64_lane(row1 + k, v128.load64_zero(row0 + k), 1))
  }
}

/** Takes the first lane out into a row. */
// @ts-ignore: decorator
@inline
export function takeFirst(row: usize, source: usize): void {
  for (let j: usize = 0, k: usize = 0; j < SIZE; j += 16, k += 8) {
    store<f64>(row + k, load<f64>(source + j))
  }
}

/** Takes the second lane out into a row. */
// @ts-ignore: decorator
@inline
export function takeSecond(row: usize, source: usize): void {
  for (let j: usize = 0, k: usize = 0; j < SIZE; j += 16, k += 8) {
    store<f64>(row + k, load<f64>(source + j, 8))
  }
}

/** Reads `count` big-endian numbers of `length` bytes each into rows. */
export function fromBytes(rows: usize, bytes: usize, length: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    let limb: u64 = 0
    let bits = 0
    let at = rows
    let k = length - 8
    // Fewer than 51 bits are left over from the word before, so that each word completes a limb, some of them two.
    for (; k >= 0; k -= 8) {
      const word = bswap<u64>(load<u64>(bytes + k))
      store<f64>(at, <f64>((limb | (word << bits)) & 0x7ffffffffffff))
      at += 8
      limb = word >> (51 - bits)
      bits += 13
      if (bits >= 51) {
        store<f64>(at, <f64>(limb & 0x7ffffffffffff))
        limb >>= 51
        bits -= 51
        at += 8
      }
    }
    for (k += 7; k >= 0; k--) {
      limb |= <u64>load<u8>(bytes + k) << bits
      bits += 8
      if (bits >= 51) {
        store<f64>(at, <f64>(limb & 0x7ffffffffffff))
        limb >>= 51
        bits -= 51
        at += 8
      }
    }
    const end = rows + ROW
    for (; at < end; at += 8) {
      store<f64>(at, <f64>limb)
      limb = 0
    }
    rows = end
    bytes += length
  }
}

/** Writes `count` rows, reduced, as big-endian numbers of `length` bytes each. */
export function toBytes(bytes: usize, rows: usize, length: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    let limb: u64 = 0
    let bits = 0
    let at = rows
    const end = rows + ROW
    let k = length - 8
    for (; k >= 0; k -= 8) {
      let limbs = at < end ? <u64>load<f64>(at) : 0
      at += 8
      let word = limb | (limbs << bits)
      if (bits < 13) {
        limbs = at < end ? <u64>load<f64>(at) : 0
        at += 8
        word |= limbs << (bits + 51)
        limb = limbs >> (13 - bits)
        bits += 38
      } else {
        limb = limbs >> (64 - bits)
        bits -= 13
      }
      store<u64>(bytes + k, bswap<u64>(word))
    }
    for (k += 7; k >= 0; k--) {
      if (bits < 8 && at < end) {
        // Fewer than 8 bits are left, so that another 51 fit into the word.
        limb |= <u64>load<f64>(at) << bits
        bits += 51
        at += 8
      }
      store<u8>(bytes + k, <u8>limb)
      limb >>= 8
      bits -= 8
    }
    rows = end
    bytes += length
  }
}

/**
 * Brings the numbers in ACC from `0 … 2N − 1` into `0 … n − 1`.
 *
 * The quotient by n, below 2^52, is estimated from the leading limbs with a relative error below 2^−48, hence less
 * than 16 too large after taking 16 off; what is left is below 34·n, and its quotient, estimated the same way, is one
 * too small at most: one conditional subtraction ends it.
 */
export function reduce(): void {
  const inverse = f64x2.splat(INVERSE)
  const zero = f64x2.splat(0)
  let q = f64x2.floor(f64x2.sub(f64x2.mul(leading(ACC), inverse), f64x2.splat(16)))
  subtractMultiple(ACC, f64x2.max(q, zero))
  q = f64x2.floor(f64x2.sub(f64x2.mul(leading(ACC), inverse), f64x2.splat(1.0 / 1073741824.0)))
  subtractMultiple(ACC, f64x2.max(q, zero))
  const borrow = subtractMultiple(SPARE, f64x2.splat(1))
  for (let j: usize = 0; j < SIZE; j += 16) {
    v128.store(ACC + j, v128.bitselect(v128.load(ACC + j), v128.load(SPARE + j), borrow))
  }
}

/** `out = ACC − q·n` for `0 ≤ q < 2^52`; returns −1 in a lane whose result is negative, else 0. */
function subtractMultiple(out: usize, q: v128): v128 {
  const c1 = v128.load(CONSTANTS)
  const c2 = v128.load(CONSTANTS, 16)
  let carry = i64x2.splat(0)
  let high = i64x2.splat(0)
  for (let j: usize = 0; j < SIZE; j += 16) {
    const n = v128.load(MODULUS + j)
    const h = hi(n, q, c1)
    const l = i64x2.sub(lo(n, q, h, c2), i64x2.splat(LOW_BITS))
    const x = add(i64x2.sub(toInteger(v128.load(ACC + j)), add(l, high)), carry)
    high = i64x2.sub(h, i64x2.splat(HIGH_BITS))
    v128.store(out + j, toFloat(low51(x)))
    carry = shift51(x)
  }
  // The top limb of n is zero by the choice of L, so nothing is left in `high`.
  return carry
}

/** The limbs from TOP up as one float. */
// @ts-ignore: decorator
@inline
function leading(x: usize): v128 {
  let sum = f64x2.splat(0)
  for (let j = SIZE; j > TOP; j -= 16) {
    sum = f64x2.add(f64x2.mul(sum, f64x2.splat(2251799813685248.0)), v128.load(x + j - 16))
  }
  return sum
}
