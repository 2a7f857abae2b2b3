/**
 * Four rows of 32-bit words to four vectors and back, and bits of columns to bits of rows.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */

/** Writes lane l of four vectors to the place l, 16 bytes each. */
// @ts-ignore: decorator
@inline
export function rows4(out0: usize, out1: usize, out2: usize, out3: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const ab1 = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const cd0 = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const cd1 = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  v128.store(out0, i8x16.shuffle(ab0, cd0, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out1, i8x16.shuffle(ab0, cd0, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  v128.store(out2, i8x16.shuffle(ab1, cd1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out3, i8x16.shuffle(ab1, cd1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}

const BYTES = memory.data(256, 16)
const TURNED = memory.data(256, 16)

/**
 * `rows` rows of 64 bytes from 512 columns of `stride` bytes: bit i of row r is bit r of column i, bits counted from the
 * lowest of each byte. `rows` is rounded up to a multiple of 128.
 */
export function transpose(out: usize, columns: usize, stride: usize, rows: usize): void {
  for (let byte: usize = 0; byte << 3 < rows; byte += 16) {
    for (let column: usize = 0; column < 512; column += 16) {
      turn(columns + column * stride + byte, stride)
      // A vector has the same byte of 16 columns: its highest bits are 16 bits of a row, and so on downwards.
      for (let k: usize = 0; k < 16; k++) {
        let x = v128.load(TURNED + (k << 4))
        let at = out + ((((byte + k) << 3) + 7) << 6) + (column >> 3)
        for (let bit = 0; bit < 8; bit++) {
          store<u16>(at, i8x16.bitmask(x))
          x = i8x16.add(x, x)
          at -= 64
        }
      }
    }
  }
}

/** Transposes 16 × 16 bytes into TURNED: four rounds of interleaving the first half of the vectors with the second. */
// @ts-ignore: decorator
@inline
function turn(from: usize, stride: usize): void {
  for (let k: usize = 0; k < 8; k++) {
    weave(TURNED + (k << 5), v128.load(from + k * stride), v128.load(from + (k + 8) * stride))
  }
  for (let k: usize = 0; k < 8; k++) weave(BYTES + (k << 5), v128.load(TURNED + (k << 4)), v128.load(TURNED + 128 + (k << 4)))
  for (let k: usize = 0; k < 8; k++) weave(TURNED + (k << 5), v128.load(BYTES + (k << 4)), v128.load(BYTES + 128 + (k << 4)))
  for (let k: usize = 0; k < 8; k++) weave(BYTES + (k << 5), v128.load(TURNED + (k << 4)), v128.load(TURNED + 128 + (k << 4)))
  memory.copy(TURNED, BYTES, 256)
}

// @ts-ignore: decorator
@inline
function weave(out: usize, a: v128, b: v128): void {
  v128.store(out, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))
  v128.store(out, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16)
}
