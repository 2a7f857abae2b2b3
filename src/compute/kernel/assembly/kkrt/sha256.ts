/**
 * SHA-256 (FIPS 180-4) of four messages at a time, one in each lane.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import { rows4 } from './lanes'

/** Cube roots of the first 64 primes: 32 bits of the fraction. */
const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])
/** Square roots of the first 8 primes: 32 bits of the fraction. */
const START = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])
const STATE = memory.data(128, 16)
const SCHEDULE = memory.data(1024, 16)

/** Begins four messages. */
export function begin(): void {
  for (let k: usize = 0; k < 8; k++) v128.store(STATE + (k << 4), v128.load32_splat(START + (k << 2)))
}

/** Takes the next 64 bytes of each. */
export function take(block0: usize, block1: usize, block2: usize, block3: usize): void {
  for (let k: usize = 0; k < 64; k += 16) {
    const to = SCHEDULE + (k << 2)
    rows4(to, to + 16, to + 32, to + 48, swapped(block0 + k), swapped(block1 + k), swapped(block2 + k), swapped(block3 + k))
  }
  compress()
}

/** Takes the end of messages of 68 bytes: their last word, as a little-endian number in each lane. */
// @ts-ignore: decorator
@inline
export function takeEnd68(words: v128): void {
  v128.store(SCHEDULE, i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
  v128.store(SCHEDULE, i32x4.splat(0x80000000), 16)
  for (let k: usize = 32; k < 240; k += 16) v128.store(SCHEDULE + k, i32x4.splat(0))
  v128.store(SCHEDULE, i32x4.splat(68 * 8), 240)
  compress()
}

/** Writes the first 16 bytes of the four digests. */
export function firstHalf(out0: usize, out1: usize, out2: usize, out3: usize): void {
  rows4(out0, out1, out2, out3, swapped(STATE), swapped(STATE + 16), swapped(STATE + 32), swapped(STATE + 48))
}

/** Writes the last 16 bytes of the four digests. */
export function secondHalf(out0: usize, out1: usize, out2: usize, out3: usize): void {
  rows4(out0, out1, out2, out3, swapped(STATE + 64), swapped(STATE + 80), swapped(STATE + 96), swapped(STATE + 112))
}

// @ts-ignore: decorator
@inline
function swapped(at: usize): v128 {
  const x = v128.load(at)
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

function compress(): void {
  for (let k: usize = 0; k < 768; k += 16) {
    const w1 = v128.load(SCHEDULE + k, 16)
    const w14 = v128.load(SCHEDULE + k, 224)
    const s0 = v128.xor(v128.xor(turn(w1, 7), turn(w1, 18)), i32x4.shr_u(w1, 3))
    const s1 = v128.xor(v128.xor(turn(w14, 17), turn(w14, 19)), i32x4.shr_u(w14, 10))
    const sum = i32x4.add(i32x4.add(v128.load(SCHEDULE + k), s0), i32x4.add(v128.load(SCHEDULE + k, 144), s1))
    v128.store(SCHEDULE + k, sum, 256)
  }
  let a = v128.load(STATE, 0)
  let b = v128.load(STATE, 16)
  let c = v128.load(STATE, 32)
  let d = v128.load(STATE, 48)
  let e = v128.load(STATE, 64)
  let f = v128.load(STATE, 80)
  let g = v128.load(STATE, 96)
  let h = v128.load(STATE, 112)
  for (let k: usize = 0; k < 64; k += 8) {
    const w = SCHEDULE + (k << 4)
    const c0 = K + (k << 2)
    h = i32x4.add(i32x4.add(h, big1(e)), i32x4.add(v128.bitselect(f, g, e), i32x4.add(v128.load32_splat(c0, 0), v128.load(w, 0))))
    d = i32x4.add(d, h)
    h = i32x4.add(h, i32x4.add(big0(a), v128.bitselect(c, a, v128.xor(a, b))))
    g = i32x4.add(i32x4.add(g, big1(d)), i32x4.add(v128.bitselect(e, f, d), i32x4.add(v128.load32_splat(c0, 4), v128.load(w, 16))))
    c = i32x4.add(c, g)
    g = i32x4.add(g, i32x4.add(big0(h), v128.bitselect(b, h, v128.xor(h, a))))
    f = i32x4.add(i32x4.add(f, big1(c)), i32x4.add(v128.bitselect(d, e, c), i32x4.add(v128.load32_splat(c0, 8), v128.load(w, 32))))
    b = i32x4.add(b, f)
    f = i32x4.add(f, i32x4.add(big0(g), v128.bitselect(a, g, v128.xor(g, h))))
    e = i32x4.add(i32x4.add(e, big1(b)), i32x4.add(v128.bitselect(c, d, b), i32x4.add(v128.load32_splat(c0, 12), v128.load(w, 48))))
    a = i32x4.add(a, e)
    e = i32x4.add(e, i32x4.add(big0(f), v128.bitselect(h, f, v128.xor(f, g))))
    d = i32x4.add(i32x4.add(d, big1(a)), i32x4.add(v128.bitselect(b, c, a), i32x4.add(v128.load32_splat(c0, 16), v128.load(w, 64))))
    h = i32x4.add(h, d)
    d = i32x4.add(d, i32x4.add(big0(e), v128.bitselect(g, e, v128.xor(e, f))))
    c = i32x4.add(i32x4.add(c, big1(h)), i32x4.add(v128.bitselect(a, b, h), i32x4.add(v128.load32_splat(c0, 20), v128.load(w, 80))))
    g = i32x4.add(g, c)
    c = i32x4.add(c, i32x4.add(big0(d), v128.bitselect(f, d, v128.xor(d, e))))
    b = i32x4.add(i32x4.add(b, big1(g)), i32x4.add(v128.bitselect(h, a, g), i32x4.add(v128.load32_splat(c0, 24), v128.load(w, 96))))
    f = i32x4.add(f, b)
    b = i32x4.add(b, i32x4.add(big0(c), v128.bitselect(e, c, v128.xor(c, d))))
    a = i32x4.add(i32x4.add(a, big1(f)), i32x4.add(v128.bitselect(g, h, f), i32x4.add(v128.load32_splat(c0, 28), v128.load(w, 112))))
    e = i32x4.add(e, a)
    a = i32x4.add(a, i32x4.add(big0(b), v128.bitselect(d, b, v128.xor(b, c))))
  }
  v128.store(STATE, i32x4.add(v128.load(STATE, 0), a), 0)
  v128.store(STATE, i32x4.add(v128.load(STATE, 16), b), 16)
  v128.store(STATE, i32x4.add(v128.load(STATE, 32), c), 32)
  v128.store(STATE, i32x4.add(v128.load(STATE, 48), d), 48)
  v128.store(STATE, i32x4.add(v128.load(STATE, 64), e), 64)
  v128.store(STATE, i32x4.add(v128.load(STATE, 80), f), 80)
  v128.store(STATE, i32x4.add(v128.load(STATE, 96), g), 96)
  v128.store(STATE, i32x4.add(v128.load(STATE, 112), h), 112)
}

// @ts-ignore: decorator
@inline
function turn(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(x, bits), i32x4.shl(x, 32 - bits))
}

// @ts-ignore: decorator
@inline
function big0(x: v128): v128 {
  return v128.xor(v128.xor(turn(x, 2), turn(x, 13)), turn(x, 22))
}

// @ts-ignore: decorator
@inline
function big1(x: v128): v128 {
  return v128.xor(v128.xor(turn(x, 6), turn(x, 11)), turn(x, 25))
}
