/**
 * The loops that the rest of the program calls.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`. Addresses are
 * handed in by `../../curve25519.ts`.
 * @module
 */
import { mapPair, setUpMap } from './elligator'
import { balance, carry, fromWords, invert, product, setUpField, SIZE, toBytes } from './field'
import { ladder } from './ladder'
import { expand, setUpHash } from './sha512'

/** Pairs of points that share one inversion. */
const GROUP = 32

const X = memory.data(80 * 32, 16)
const Z = memory.data(80 * 32, 16)
const RUNNING = memory.data(80 * 32, 16)
const U = memory.data(160, 16)
const INVERSE = memory.data(80, 16)
const BYTES = memory.data(32, 16)

/** Prepares the constants; to be called once. Returns where free memory begins. */
export function setUp(): usize {
  setUpField()
  setUpMap()
  setUpHash()
  return (__heap_base + 63) & ~63
}

/**
 * `out[i] = scalar · points[i]`, u-coordinates of 32 little-endian bytes; the scalar is clamped already. Where the
 * result is the identity, the row is 0, and the others are what they are without it.
 */
export function multiplyPoints(out: usize, points: usize, scalar: usize, count: i32): void {
  for (let done = 0; done < count; done += 2 * GROUP) {
    const left = count - done
    const pairs = min((left + 1) >> 1, GROUP)
    for (let i = 0; i < pairs; i++) {
      const first = points + (<usize>(done + 2 * i) << 5)
      // The second lane of a last, odd point repeats it.
      const second = done + 2 * i + 1 < count ? first + 32 : first
      readPoint(0, first)
      readPoint(8, second)
      balance(U)
      ladder(X + <usize>i * SIZE, Z + <usize>i * SIZE, U, scalar)
    }
    divide(pairs)
    write(out + (<usize>done << 5), min(left, 2 * GROUP))
  }
}

/**
 * `out[i]` = the uniform bytes of message i, 96 each. Messages stand one after another; `ends` has the place behind each
 * as a 32-bit number. `tail` and `scratch` are those of `expand`.
 */
export function expandMessages(
  out: usize,
  messages: usize,
  ends: usize,
  count: i32,
  tail: usize,
  tailLength: usize,
  scratch: usize,
): void {
  let from: usize = 0
  for (let i = 0; i < count; i++) {
    const end = <usize>load<u32>(ends + (<usize>i << 2))
    expand(out + <usize>i * 96, messages + from, end - from, tail, tailLength, scratch)
    from = end
  }
}

/**
 * `out[i]` = the u-coordinate of the point for 96 uniform bytes, two big-endian numbers that count mod p. A row of zeros
 * says that both map to points of the same u-coordinate; the caller works that one out in another way.
 */
export function mapToCurve(out: usize, uniform: usize, count: i32): void {
  for (let done = 0; done < count; done += 2 * GROUP) {
    const left = count - done
    const pairs = min((left + 1) >> 1, GROUP)
    for (let i = 0; i < pairs; i++) {
      const first = uniform + <usize>(done + 2 * i) * 96
      const second = done + 2 * i + 1 < count ? first + 96 : first
      readElement(U, 0, first)
      readElement(U, 8, first + 48)
      readElement(U + SIZE, 0, second)
      readElement(U + SIZE, 8, second + 48)
      carry(U, U)
      carry(U + SIZE, U + SIZE)
      mapPair(X + <usize>i * SIZE, Z + <usize>i * SIZE, U)
    }
    divide(pairs)
    write(out + (<usize>done << 5), min(left, 2 * GROUP))
  }
}

/** Columns of a big-endian number of 48 bytes: what lies above bit 255 counts 19 times. */
function readElement(out: usize, lane: usize, at: usize): void {
  const mask: u64 = 0x7ffffffffffff
  const w0 = bswap<u64>(load<u64>(at, 40))
  const w1 = bswap<u64>(load<u64>(at, 32))
  const w2 = bswap<u64>(load<u64>(at, 24))
  const w3 = bswap<u64>(load<u64>(at, 16))
  const w4 = bswap<u64>(load<u64>(at, 8))
  const w5 = bswap<u64>(load<u64>(at))
  const high0 = ((w3 >> 63) | (w4 << 1)) & mask
  const high1 = ((w4 >> 50) | (w5 << 14)) & mask
  store<u64>(out + lane, (w0 & mask) + 19 * high0)
  store<u64>(out + lane, (((w0 >> 51) | (w1 << 13)) & mask) + 19 * high1, 16)
  store<u64>(out + lane, (((w1 >> 38) | (w2 << 26)) & mask) + 19 * (w5 >> 37), 32)
  store<u64>(out + lane, ((w2 >> 25) | (w3 << 39)) & mask, 48)
  store<u64>(out + lane, (w3 >> 12) & mask, 64)
}

/** Writes the first `count` of X, reduced. */
function write(out: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    toBytes(out + (<usize>k << 5), X + <usize>(k >> 1) * SIZE, <usize>(k & 1) << 3)
  }
}

// @ts-ignore: decorator
@inline
function readPoint(lane: usize, at: usize): void {
  fromWords(U, lane, load<u64>(at), load<u64>(at, 8), load<u64>(at, 16), load<u64>(at, 24))
}

/**
 * `X[i] /= Z[i]` for the first `pairs`, with one inversion (P. Montgomery, "Speeding the Pollard and elliptic curve
 * methods of factorization", Math. Comp. 48 (1987), §10.3.1). A lane with Z = 0 would make every other 0 too: it becomes
 * 0/1.
 */
function divide(pairs: i32): void {
  for (let i = 0; i < pairs; i++) {
    const at = <usize>i * SIZE
    guard(at, 0)
    guard(at, 8)
    if (i == 0) memory.copy(RUNNING, Z, SIZE)
    else product(RUNNING + at, RUNNING + at - SIZE, Z + at)
  }
  invert(INVERSE, RUNNING + <usize>(pairs - 1) * SIZE)
  for (let i = pairs - 1; i >= 0; i--) {
    const at = <usize>i * SIZE
    if (i == 0) {
      product(X, X, INVERSE)
      break
    }
    product(U, INVERSE, RUNNING + at - SIZE)
    product(X + at, X + at, U)
    product(INVERSE, INVERSE, Z + at)
  }
}

/** Turns x / 0 into 0 / 1, without a branch. */
function guard(at: usize, lane: usize): void {
  toBytes(BYTES, Z + at, lane)
  const all = load<u64>(BYTES) | load<u64>(BYTES, 8) | load<u64>(BYTES, 16) | load<u64>(BYTES, 24)
  const keep = -(<i64>((all | -all) >> 63))
  for (let k: usize = lane; k < SIZE; k += 16) {
    store<i64>(X + at + k, load<i64>(X + at + k) & keep)
    store<i64>(Z + at + k, load<i64>(Z + at + k) & keep)
  }
  store<f64>(Z + at + lane, load<f64>(Z + at + lane) + <f64>(keep + 1))
}
