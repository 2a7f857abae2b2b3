/**
 * Scalar multiplication on Curve25519 by the Montgomery ladder, two points at once (RFC 7748 §5).
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 *
 * The ladder keeps the sum and the difference of each of its coordinate pairs in place of the pairs: these are what the
 * next step multiplies, and a carry makes them tight (`field.ts`), where adding tight limbs would leave them too wide.
 * @module
 */
import {
  addScaled,
  carry,
  carryBoth,
  exchange,
  multiply,
  product,
  setSmall,
  SIZE,
  square,
  subtractLimbs,
  toColumns,
} from './field'

const A: usize = memory.data(80 * 16, 16)
const B: usize = A + SIZE
const C: usize = A + 2 * SIZE
const D: usize = A + 3 * SIZE
const S: usize = A + 4 * SIZE
const T: usize = A + 5 * SIZE
const AA: usize = A + 6 * SIZE
const BB: usize = A + 7 * SIZE
const P: usize = A + 8 * SIZE
const Q: usize = A + 9 * SIZE
const R: usize = A + 10 * SIZE
const ONE: usize = A + 11 * SIZE

/** (486662 − 2) / 4 */
const A24: f64 = 121665

/** `x / z` is the u-coordinate of the 32-byte `scalar` times the points `u`, tight limbs all; bits 0 to 2 must be 0. */
export function ladder(x: usize, z: usize, u: usize, scalar: usize): void {
  // The pairs (x2, z2) = (1, 0) and (x3, z3) = (u, 1).
  setSmall(A, 1)
  setSmall(B, 1)
  setSmall(ONE, 1)
  toColumns(P, u)
  toColumns(Q, ONE)
  carryBoth(C, D, P, Q)
  let last: u32 = 0
  for (let i = 254; i >= 0; i--) {
    const bit = ((<u32>load<u8>(scalar + (i >> 3))) >> (i & 7)) & 1
    const mask = i64x2.splat(-(<i64>(bit ^ last)))
    last = bit
    exchange(A, C, mask)
    exchange(B, D, mask)
    multiply(P, A, D)
    multiply(Q, B, C)
    carryBoth(S, T, P, Q)
    square(P, S)
    square(Q, T)
    carry(T, Q)
    multiply(Q, T, u)
    carryBoth(C, D, P, Q)
    square(R, A)
    square(Q, B)
    carry(AA, R)
    carry(BB, Q)
    multiply(P, AA, BB)
    subtractLimbs(BB, AA, BB)
    addScaled(Q, R, BB, A24)
    carry(AA, Q)
    multiply(Q, AA, BB)
    carryBoth(A, B, P, Q)
  }
  // The last bits are 0, so the pairs are in their places, and P and Q hold what the last doubling left.
  carry(x, P)
  carry(z, Q)
}

/**
 * `x / z` becomes twice the point, on tight limbs, with u-coordinates only: the doubling of the ladder.
 */
export function double(x: usize, z: usize): void {
  toColumns(P, x)
  toColumns(Q, z)
  carryBoth(A, B, P, Q)
  square(R, A)
  square(Q, B)
  carry(AA, R)
  carry(BB, Q)
  product(x, AA, BB)
  subtractLimbs(BB, AA, BB)
  addScaled(Q, R, BB, A24)
  carry(AA, Q)
  product(z, AA, BB)
}
