/**
 * Field elements to points of Curve25519: Elligator 2 (RFC 9380 §6.7.1, the square roots as in its appendix G.2.1), the
 * sum of the two points of a message, and its cofactor cleared.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import {
  balance,
  difference,
  fromWords,
  oddMask,
  powerForRoot,
  product,
  scale,
  select,
  setSmall,
  SIZE,
  squareOf,
  sum,
  zeroMask,
} from './field'
import { double } from './ladder'

/** The curve is v² = u³ + J u² + u. */
const J: f64 = 486662

const CONSTANT_I = memory.data(80 * 4, 16)
const CONSTANT_C2 = CONSTANT_I + SIZE
const ONE = CONSTANT_I + 2 * SIZE
const ZERO = CONSTANT_I + 3 * SIZE

const TEMPORARY = memory.data(80 * 16, 16)

/** Where `map` leaves x = XN / XD and Y, a point in each lane. */
const XN = memory.data(80 * 3, 16)
const XD = XN + SIZE
const Y = XN + 2 * SIZE

/** The same for the first and the second point of two messages, one message in each lane. */
const FIRST = memory.data(80 * 6, 16)
const SECOND = FIRST + 3 * SIZE

/** Prepares the constants; to be called once. */
export function setUpMap(): void {
  for (let lane: usize = 0; lane < 16; lane += 8) {
    // A square root of −1, and 2^((p + 3) / 8), which turns a candidate root for the first x into one for the second.
    fromWords(CONSTANT_I, lane, 0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b)
    fromWords(CONSTANT_C2, lane, 0xc4ee1b274a0ea0b1, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b)
  }
  balance(CONSTANT_I)
  balance(CONSTANT_C2)
  setSmall(ONE, 1)
  setSmall(ZERO, 0)
}

/**
 * `x / z` is the u-coordinate of 8·(map(u0) + map(u1)) for two messages; `u` and `u + SIZE` hold (u0, u1) of the first and
 * the second. Where the two points of a message have the same x, z comes out as 0, whatever their sum is.
 */
export function mapPair(x: usize, z: usize, u: usize): void {
  map(u)
  deal(0)
  map(u + SIZE)
  deal(8)
  addPoints(x, z)
  double(x, z)
  double(x, z)
  double(x, z)
}

/** Puts the points that `map` left, both of one message, into a lane of FIRST and SECOND. */
function deal(lane: usize): void {
  for (let k: usize = 0; k < 3 * SIZE; k += 16) {
    store<f64>(FIRST + k + lane, load<f64>(XN + k))
    store<f64>(SECOND + k + lane, load<f64>(XN + k, 8))
  }
}

/** Elligator 2 of the element in each lane. */
function map(u: usize): void {
  const t = TEMPORARY
  const xd2 = TEMPORARY + SIZE
  const gxd = TEMPORARY + 2 * SIZE
  const gx1 = TEMPORARY + 3 * SIZE
  const factor = TEMPORARY + 4 * SIZE
  const power = TEMPORARY + 5 * SIZE
  const y1 = TEMPORARY + 6 * SIZE
  const y2 = TEMPORARY + 7 * SIZE
  const gx2 = TEMPORARY + 8 * SIZE
  const other = TEMPORARY + 9 * SIZE
  const work = TEMPORARY + 10 * SIZE
  // t = 2u², xd = t + 1; the first x is −J / xd.
  squareOf(work, u)
  sum(t, work, work)
  sum(XD, t, ONE)
  squareOf(xd2, XD)
  product(gxd, xd2, XD)
  // gx1 / gxd is the curve's right side there: gx1 = −J·(xd² − J²·t).
  scale(work, t, J)
  scale(work, work, -J)
  sum(work, work, xd2)
  scale(gx1, work, -J)
  // factor = gx1·gxd³, and (gx1·gxd⁷)^((p − 5) / 8)·factor is a root or √−1 times one, if there is any.
  squareOf(work, gxd)
  product(factor, work, gxd)
  product(factor, factor, gx1)
  squareOf(work, work)
  product(work, work, factor)
  powerForRoot(power, work)
  product(power, power, factor)
  root(y1, power, gxd, gx1)
  // The second x is t times the first.
  product(y2, power, u)
  product(y2, y2, CONSTANT_C2)
  product(gx2, gx1, t)
  root(y2, y2, gxd, gx2)
  isRoot(work, y1, gxd, gx1)
  const first = zeroMask(work)
  scale(XN, ONE, -J)
  product(other, XN, t)
  select(XN, XN, other, first)
  select(Y, y1, y2, first)
  // Which root is taken is fixed by its parity: odd for the first x, even for the second.
  const flip = v128.xor(oddMask(Y), first)
  difference(other, ZERO, Y)
  select(Y, other, Y, flip)
}

/** `out` = the one of `y` and `y·√−1` whose square times `gxd` is `gx`, or the latter where none is. */
function root(out: usize, y: usize, gxd: usize, gx: usize): void {
  const work = TEMPORARY + 11 * SIZE
  isRoot(work, y, gxd, gx)
  const right = zeroMask(work)
  product(work, y, CONSTANT_I)
  select(out, y, work, right)
}

/** `out` = 0 where y²·gxd = gx. */
function isRoot(out: usize, y: usize, gxd: usize, gx: usize): void {
  const work = TEMPORARY + 12 * SIZE
  squareOf(work, y)
  product(work, work, gxd)
  difference(out, work, gx)
}

/** u-coordinate of the sum of FIRST and SECOND: affine addition on RFC 7748's curve with the divisions postponed. */
function addPoints(x: usize, z: usize): void {
  const d = TEMPORARY
  const left = TEMPORARY + SIZE
  const right = TEMPORARY + 2 * SIZE
  const run = TEMPORARY + 3 * SIZE
  const run2 = TEMPORARY + 4 * SIZE
  const rise = TEMPORARY + 5 * SIZE
  const xd1 = FIRST + SIZE
  const xd2 = SECOND + SIZE
  product(d, xd1, xd2)
  product(left, FIRST, xd2)
  product(right, SECOND, xd1)
  difference(run, right, left)
  squareOf(run2, run)
  difference(rise, SECOND + 2 * SIZE, FIRST + 2 * SIZE)
  squareOf(rise, rise)
  // x = rise²·d³ − (J·d + left + right)·run², z = run²·d
  product(z, run2, d)
  sum(left, left, right)
  scale(right, d, J)
  sum(left, left, right)
  product(left, left, run2)
  product(rise, rise, d)
  squareOf(run, d)
  product(rise, rise, run)
  difference(x, rise, left)
}
