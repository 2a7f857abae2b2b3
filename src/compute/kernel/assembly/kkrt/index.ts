/**
 * The bulk work of the batched oblivious pseudorandom function of `../../../crypto/kkrt.ts`, a block of bins at a time.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import { blocks, stream } from './chacha'
import { rows4, transpose } from './lanes'
import { begin, firstHalf, secondHalf, take, takeEnd68 } from './sha256'

/** Bits of a code word, and columns; bytes of a row. */
const COLUMNS: usize = 512
const ROW: usize = 64
/** Bins in a block: what one column has of it is 512 bytes, 8 blocks of ChaCha20. */
const BINS = 4096
const STRIDE: usize = 512

const CODES = memory.data(4 * 64, 16)
const LAST = memory.data(4 * 64, 16)

/** Where free memory begins. */
export function heap(): usize {
  return (__heap_base + 63) & ~63
}

/** `out` becomes 512 columns of 512 bytes, those of block `block` under 512 keys. */
export function columns(out: usize, seeds: usize, block: i32): void {
  for (let k: usize = 0; k < COLUMNS; k++) {
    stream(out + k * STRIDE, seeds + (k << 5), block * 8, STRIDE)
  }
}

/**
 * The receiver's side of a block: `rows` becomes the rows T of its own, `request` what it sends, T ⊕ T′ ⊕ C(input), and
 * `masks` the value of each row, `width` bytes each with room for 16 more. `work` has room for a block of columns.
 */
export function ask(
  rows: usize,
  request: usize,
  masks: usize,
  width: i32,
  work: usize,
  seeds0: usize,
  seeds1: usize,
  block: i32,
  key: usize,
  inputs: usize,
  count: i32,
): void {
  // The columns of T stand where the request goes later.
  columns(request, seeds0, block)
  transpose(rows, request, STRIDE, count)
  columns(work, seeds1, block)
  for (let k: usize = 0; k < COLUMNS * STRIDE; k += 16) {
    v128.store(work + k, v128.xor(v128.load(work + k), v128.load(request + k)))
  }
  transpose(request, work, STRIDE, count)
  for (let i = 0; i < count; i += 4) {
    code4(key, inputs + (<usize>i << 4))
    const at = request + <usize>i * ROW
    const end = min(4, count - i)
    for (let k: usize = 0; k < <usize>end * ROW; k += 16) {
      v128.store(at + k, v128.xor(v128.load(at + k), v128.load(CODES + k)))
    }
    hash4(rows + <usize>i * ROW, rows + <usize>(i + 1) * ROW, rows + <usize>(i + 2) * ROW, rows + <usize>(i + 3) * ROW,
      i32x4.add(i32x4.splat(block * BINS + i), i32x4(0, 1, 2, 3)))
    put(masks + <usize>(i * width), width)
  }
}

/**
 * The sender's side of a block, whose `request` came in: `masks` becomes the values of `count` inputs in the bins given,
 * 32-bit numbers within the block. `request` becomes T′ₛ ⊕ (request ∧ s); `rows` and `work` have room for a block.
 */
export function answer(
  rows: usize,
  request: usize,
  masks: usize,
  width: i32,
  work: usize,
  seeds: usize,
  choice: usize,
  block: i32,
  key: usize,
  bins: usize,
  inputs: usize,
  count: i32,
): void {
  columns(work, seeds, block)
  transpose(rows, work, STRIDE, BINS)
  for (let row: usize = 0; row < <usize>BINS * ROW; row += ROW) {
    for (let k: usize = 0; k < ROW; k += 16) {
      const masked = v128.and(v128.load(request + row + k), v128.load(choice + k))
      v128.store(rows + row + k, v128.xor(v128.load(rows + row + k), masked))
    }
  }
  for (let i = 0; i < count; i += 4) {
    code4(key, inputs + (<usize>i << 4))
    const at = bins + (<usize>i << 2)
    for (let lane: usize = 0; lane < 4; lane++) {
      const row = rows + <usize>load<u32>(at + (lane << 2)) * ROW
      const code = CODES + lane * ROW
      for (let k: usize = 0; k < ROW; k += 16) {
        const masked = v128.and(v128.load(code + k), v128.load(choice + k))
        v128.store(code + k, v128.xor(v128.load(row + k), masked))
      }
    }
    hash4(CODES, CODES + 64, CODES + 128, CODES + 192, i32x4.add(i32x4.splat(block * BINS), v128.load(at)))
    put(masks + <usize>(i * width), width)
  }
}

/**
 * SHA-256 of `prefix` (16 bytes) and each message, 32 bytes each. Messages stand one after another, `ends` has the place
 * behind each as a 32-bit number; `scratch` has room for four times the longest and 160 bytes.
 */
export function digest(out: usize, messages: usize, ends: usize, count: i32, prefix: usize, scratch: usize, longest: usize): void {
  const room = ((longest + 16 + 9 + 63) >> 6) << 6
  let from: usize = 0
  for (let i = 0; i < count; i += 4) {
    const lanes = min(4, count - i)
    let most = 0
    for (let lane = 0; lane < lanes; lane++) {
      const end = <usize>load<u32>(ends + (<usize>(i + lane) << 2))
      const length = end - from
      const at = scratch + <usize>lane * room
      const blocksOf = <i32>((length + 16 + 9 + 63) >> 6)
      memory.fill(at, 0, <usize>blocksOf << 6)
      memory.copy(at, prefix, 16)
      memory.copy(at + 16, messages + from, length)
      store<u8>(at + 16 + length, 0x80)
      store<u32>(at + (<usize>blocksOf << 6) - 4, bswap<u32>(<u32>((length + 16) << 3)))
      store<i32>(LAST + (<usize>lane << 2), blocksOf)
      most = max(most, blocksOf)
      from = end
    }
    begin()
    for (let block = 0; block < most; block++) {
      const at = scratch + (<usize>block << 6)
      take(at, at + room, at + 2 * room, at + 3 * room)
      firstHalf(CODES, CODES + 32, CODES + 64, CODES + 96)
      secondHalf(CODES + 16, CODES + 48, CODES + 80, CODES + 112)
      // A message that is shorter than its neighbours is done earlier.
      for (let lane = 0; lane < lanes; lane++) {
        if (load<i32>(LAST + (<usize>lane << 2)) != block + 1) continue
        memory.copy(out + (<usize>(i + lane) << 5), CODES + (<usize>lane << 5), 32)
      }
    }
  }
}

/** Code words of four inputs of 16 bytes: the block of ChaCha20 under `key` that each is counter and nonce of. */
// @ts-ignore: decorator
@inline
function code4(key: usize, inputs: usize): void {
  rows4(LAST, LAST + 16, LAST + 32, LAST + 48, v128.load(inputs), v128.load(inputs, 16), v128.load(inputs, 32), v128.load(inputs, 48))
  blocks(CODES, CODES + 64, CODES + 128, CODES + 192, key, v128.load(LAST), v128.load(LAST, 16), v128.load(LAST, 32), v128.load(LAST, 48))
}

// @ts-ignore: decorator
@inline
function hash4(row0: usize, row1: usize, row2: usize, row3: usize, bins: v128): void {
  begin()
  take(row0, row1, row2, row3)
  takeEnd68(bins)
}

/** Writes four values one after another; what is written too much gets overwritten, or is in the room behind. */
// @ts-ignore: decorator
@inline
function put(out: usize, width: i32): void {
  firstHalf(LAST, LAST + 16, LAST + 32, LAST + 48)
  for (let lane: usize = 0; lane < 4; lane++) v128.store(out + lane * width, v128.load(LAST + (lane << 4)))
}
