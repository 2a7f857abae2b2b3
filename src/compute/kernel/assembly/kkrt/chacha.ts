/**
 * ChaCha20 (RFC 8439), four blocks at a time: one in each lane of sixteen vectors.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import { rows4 } from './lanes'

/** Writes 64-byte blocks of ChaCha20 under `key` to four places; words 12 to 15 of their input are given by lanes. */
// @ts-ignore: decorator
@inline
export function blocks(out0: usize, out1: usize, out2: usize, out3: usize, key: usize, w12: v128, w13: v128, w14: v128, w15: v128): void {
  let x0 = i32x4.splat(0x61707865)
  let x1 = i32x4.splat(0x3320646e)
  let x2 = i32x4.splat(0x79622d32)
  let x3 = i32x4.splat(0x6b206574)
  let x4 = v128.load32_splat(key, 0)
  let x5 = v128.load32_splat(key, 4)
  let x6 = v128.load32_splat(key, 8)
  let x7 = v128.load32_splat(key, 12)
  let x8 = v128.load32_splat(key, 16)
  let x9 = v128.load32_splat(key, 20)
  let x10 = v128.load32_splat(key, 24)
  let x11 = v128.load32_splat(key, 28)
  let x12 = w12
  let x13 = w13
  let x14 = w14
  let x15 = w15
  for (let round = 0; round < 10; round++) {
    x0 = i32x4.add(x0, x4)
    x12 = turn16(v128.xor(x12, x0))
    x8 = i32x4.add(x8, x12)
    x4 = turn12(v128.xor(x4, x8))
    x0 = i32x4.add(x0, x4)
    x12 = turn8(v128.xor(x12, x0))
    x8 = i32x4.add(x8, x12)
    x4 = turn7(v128.xor(x4, x8))
    x1 = i32x4.add(x1, x5)
    x13 = turn16(v128.xor(x13, x1))
    x9 = i32x4.add(x9, x13)
    x5 = turn12(v128.xor(x5, x9))
    x1 = i32x4.add(x1, x5)
    x13 = turn8(v128.xor(x13, x1))
    x9 = i32x4.add(x9, x13)
    x5 = turn7(v128.xor(x5, x9))
    x2 = i32x4.add(x2, x6)
    x14 = turn16(v128.xor(x14, x2))
    x10 = i32x4.add(x10, x14)
    x6 = turn12(v128.xor(x6, x10))
    x2 = i32x4.add(x2, x6)
    x14 = turn8(v128.xor(x14, x2))
    x10 = i32x4.add(x10, x14)
    x6 = turn7(v128.xor(x6, x10))
    x3 = i32x4.add(x3, x7)
    x15 = turn16(v128.xor(x15, x3))
    x11 = i32x4.add(x11, x15)
    x7 = turn12(v128.xor(x7, x11))
    x3 = i32x4.add(x3, x7)
    x15 = turn8(v128.xor(x15, x3))
    x11 = i32x4.add(x11, x15)
    x7 = turn7(v128.xor(x7, x11))
    x0 = i32x4.add(x0, x5)
    x15 = turn16(v128.xor(x15, x0))
    x10 = i32x4.add(x10, x15)
    x5 = turn12(v128.xor(x5, x10))
    x0 = i32x4.add(x0, x5)
    x15 = turn8(v128.xor(x15, x0))
    x10 = i32x4.add(x10, x15)
    x5 = turn7(v128.xor(x5, x10))
    x1 = i32x4.add(x1, x6)
    x12 = turn16(v128.xor(x12, x1))
    x11 = i32x4.add(x11, x12)
    x6 = turn12(v128.xor(x6, x11))
    x1 = i32x4.add(x1, x6)
    x12 = turn8(v128.xor(x12, x1))
    x11 = i32x4.add(x11, x12)
    x6 = turn7(v128.xor(x6, x11))
    x2 = i32x4.add(x2, x7)
    x13 = turn16(v128.xor(x13, x2))
    x8 = i32x4.add(x8, x13)
    x7 = turn12(v128.xor(x7, x8))
    x2 = i32x4.add(x2, x7)
    x13 = turn8(v128.xor(x13, x2))
    x8 = i32x4.add(x8, x13)
    x7 = turn7(v128.xor(x7, x8))
    x3 = i32x4.add(x3, x4)
    x14 = turn16(v128.xor(x14, x3))
    x9 = i32x4.add(x9, x14)
    x4 = turn12(v128.xor(x4, x9))
    x3 = i32x4.add(x3, x4)
    x14 = turn8(v128.xor(x14, x3))
    x9 = i32x4.add(x9, x14)
    x4 = turn7(v128.xor(x4, x9))
  }
  x0 = i32x4.add(x0, i32x4.splat(0x61707865))
  x1 = i32x4.add(x1, i32x4.splat(0x3320646e))
  x2 = i32x4.add(x2, i32x4.splat(0x79622d32))
  x3 = i32x4.add(x3, i32x4.splat(0x6b206574))
  x4 = i32x4.add(x4, v128.load32_splat(key, 0))
  x5 = i32x4.add(x5, v128.load32_splat(key, 4))
  x6 = i32x4.add(x6, v128.load32_splat(key, 8))
  x7 = i32x4.add(x7, v128.load32_splat(key, 12))
  x8 = i32x4.add(x8, v128.load32_splat(key, 16))
  x9 = i32x4.add(x9, v128.load32_splat(key, 20))
  x10 = i32x4.add(x10, v128.load32_splat(key, 24))
  x11 = i32x4.add(x11, v128.load32_splat(key, 28))
  x12 = i32x4.add(x12, w12)
  x13 = i32x4.add(x13, w13)
  x14 = i32x4.add(x14, w14)
  x15 = i32x4.add(x15, w15)
  rows4(out0 + 0, out1 + 0, out2 + 0, out3 + 0, x0, x1, x2, x3)
  rows4(out0 + 16, out1 + 16, out2 + 16, out3 + 16, x4, x5, x6, x7)
  rows4(out0 + 32, out1 + 32, out2 + 32, out3 + 32, x8, x9, x10, x11)
  rows4(out0 + 48, out1 + 48, out2 + 48, out3 + 48, x12, x13, x14, x15)
}

/** `length` bytes, a multiple of 256, of the key stream under `key` and a nonce of zeros, from block `counter` on. */
export function stream(out: usize, key: usize, counter: i32, length: usize): void {
  const zero = i32x4.splat(0)
  let at = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3))
  for (let end = out + length; out < end; out += 256) {
    blocks(out, out + 64, out + 128, out + 192, key, at, zero, zero, zero)
    at = i32x4.add(at, i32x4.splat(4))
  }
}

// @ts-ignore: decorator
@inline
function turn16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
}

// @ts-ignore: decorator
@inline
function turn8(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)
}

// @ts-ignore: decorator
@inline
function turn12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20))
}

// @ts-ignore: decorator
@inline
function turn7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25))
}
