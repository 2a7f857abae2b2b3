/**
 * The loops that the rest of the program calls, with the same names and meanings as in `../assembly/index.ts`: four
 * numbers at a time, one in each lane. A row is L limbs in 32-bit words.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */
import { L, layOut, MODULUS, multiply, SIZE, W } from './montgomery'

export { setLimbBits } from './montgomery'

const LANES: i32 = 4

let ROW: usize = 0
let ACC: usize = 0
let OTHER: usize = 0
/** Rows for a lane each. */
let ROWS: usize = 0
/** Bucket, position and end of each lane. */
let STATE: usize = 0

/** Where free memory begins. */
export function heap(): usize {
  return (__heap_base + 63) & ~63
}

/** Prepares arithmetic; `constant` is the row of −1/n mod 2^W. Returns the first free address. */
export function setUp(limbs: i32, base: usize, constant: usize, modulus: usize): usize {
  ACC = layOut(limbs, base, load<u32>(constant))
  OTHER = ACC + SIZE
  ROW = SIZE >> 2
  ROWS = OTHER + SIZE
  STATE = ROWS + SIZE
  spread(MODULUS, modulus)
  return STATE + 48
}

export function fromBytes(rows: usize, bytes: usize, length: i32, count: i32): void {
  const mask: u64 = (1 << W) - 1
  for (let i = 0; i < count; i++) {
    let limb: u64 = 0
    let bits = 0
    let at = rows
    const end = rows + ROW
    for (let k = length - 1; k >= 0; k--) {
      limb |= <u64>load<u8>(bytes + k) << bits
      bits += 8
      if (bits >= W) {
        store<u32>(at, <u32>(limb & mask))
        limb >>= W
        bits -= W
        at += 4
      }
    }
    for (; at < end; at += 4) {
      store<u32>(at, <u32>limb)
      limb = 0
    }
    rows = end
    bytes += length
  }
}

export function toBytes(bytes: usize, rows: usize, length: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    let limb: u64 = 0
    let bits = 0
    let at = rows
    const end = rows + ROW
    for (let k = length - 1; k >= 0; k--) {
      if (bits < 8 && at < end) {
        limb |= <u64>load<u32>(at) << bits
        bits += W
        at += 4
      }
      store<u8>(bytes + k, <u8>limb)
      limb >>= 8
      bits -= 8
    }
    rows = end
    bytes += length
  }
}

export function multiplyRows(out: usize, a: usize, b: usize, step: i32, count: i32): void {
  const stride = <usize>step * ROW
  for (let i = 0; i < count; i += LANES) {
    for (let lane = 0; lane < LANES; lane++) {
      const k = <usize>min(i + lane, count - 1)
      put(ACC, lane, a + k * ROW)
      put(OTHER, lane, b + k * stride)
    }
    multiply(ACC, ACC, OTHER)
    for (let lane = 0; lane < LANES && i + lane < count; lane++) {
      take(out + <usize>(i + lane) * ROW, ACC, lane)
    }
  }
}

/** Brings rows below 2n into `0 … n − 1`, in place. */
export function reduceRows(rows: usize, count: i32): void {
  const mask: i64 = (1 << W) - 1
  for (let i = 0; i < count; i++) {
    let borrow: i64 = 0
    for (let j: usize = 0; j < <usize>L; j++) {
      const d = <i64>load<u32>(rows + (j << 2)) - <i64>load<u32>(MODULUS + (j << 4)) + borrow
      store<u32>(ROWS + (j << 2), <u32>(d & mask))
      borrow = d >> W
    }
    if (borrow == 0) memory.copy(rows, ROWS, ROW)
    rows += ROW
  }
}

export function powerRows(
  out: usize,
  rows: usize,
  windows: usize,
  windowCount: i32,
  table: usize,
  digits: i32,
  count: i32,
): void {
  for (let i = 0; i < count; i += LANES) {
    for (let lane = 0; lane < LANES; lane++) {
      put(table, lane, rows + <usize>min(i + lane, count - 1) * ROW)
    }
    if (digits > 1) {
      multiply(OTHER, table, table)
      for (let d = 1; d < digits; d++) {
        const at = table + <usize>d * SIZE
        multiply(at, at - SIZE, OTHER)
      }
    }
    memory.copy(ACC, table + <usize>(load<u32>(windows, 4) >> 1) * SIZE, SIZE)
    for (let w = 1; w < windowCount; w++) {
      const window = windows + (<usize>w << 3)
      const squarings = load<u32>(window)
      for (let k: u32 = 0; k < squarings; k++) multiply(ACC, ACC, ACC)
      const digit = load<u32>(window, 4)
      if (digit > 0) multiply(ACC, ACC, table + <usize>(digit >> 1) * SIZE)
    }
    for (let lane = 0; lane < LANES && i + lane < count; lane++) {
      take(out + <usize>(i + lane) * ROW, ACC, lane)
    }
  }
}

/** Four bytes of the exponent at once, a lane each. */
export function fillTable(table: usize, one: usize, base: usize, bytes: i32): void {
  memory.copy(ROWS, base, ROW)
  for (let w = 0; w < bytes; w += LANES) {
    spread(ACC, ROWS)
    for (let lane = 0; lane < LANES; lane++) {
      put(OTHER, lane, ROWS)
      for (let k = 0; k < 8; k++) multiply(ACC, ACC, ACC)
      take(ROWS, ACC, 0)
    }
    spread(ACC, one)
    for (let d = 0; d < 256; d++) {
      for (let lane = 0; lane < LANES && w + lane < bytes; lane++) {
        take(table + <usize>(256 * (w + lane) + d) * ROW, ACC, lane)
      }
      multiply(ACC, ACC, OTHER)
    }
  }
}

export function raiseBase(
  rows: usize,
  table: usize,
  exponents: usize,
  bytes: i32,
  count: i32,
): void {
  for (let i = 0; i < count; i += LANES) {
    for (let lane = 0; lane < LANES; lane++) {
      put(ACC, lane, rows + <usize>min(i + lane, count - 1) * ROW)
    }
    let part = table
    for (let w = bytes - 1; w >= 0; w--) {
      for (let lane = 0; lane < LANES; lane++) {
        const k = <usize>min(i + lane, count - 1)
        put(OTHER, lane, part + <usize>load<u8>(exponents + k * bytes + w) * ROW)
      }
      multiply(ACC, ACC, OTHER)
      part += 256 * ROW
    }
    for (let lane = 0; lane < LANES && i + lane < count; lane++) {
      take(rows + <usize>(i + lane) * ROW, ACC, lane)
    }
  }
}

export function fillBuckets(
  out: usize,
  rows: usize,
  order: usize,
  start: usize,
  count: i32,
  one: usize,
): void {
  let next = 0
  for (let lane = 0; lane < LANES; lane++) {
    const state = STATE + 12 * <usize>lane
    store<i32>(state, -1)
    store<u32>(state, 0, 4)
    store<u32>(state, 0, 8)
  }
  spread(ACC, one)
  while (true) {
    let active = 0
    for (let lane = 0; lane < LANES; lane++) {
      const state = STATE + 12 * <usize>lane
      let k = load<u32>(state, 4)
      let end = load<u32>(state, 8)
      let bucket = load<i32>(state)
      while (k == end) {
        if (bucket >= 0) take(out + <usize>bucket * ROW, ACC, lane)
        bucket = -1
        if (next == count) break
        k = load<u32>(start + (<usize>next << 2))
        end = load<u32>(start + (<usize>next << 2), 4)
        if (k == end) memory.copy(out + <usize>next * ROW, one, ROW)
        else {
          bucket = next
          put(ACC, lane, rows + <usize>load<u32>(order + (<usize>k << 2)) * ROW)
          k++
        }
        next++
      }
      if (bucket >= 0) {
        put(OTHER, lane, rows + <usize>load<u32>(order + (<usize>k << 2)) * ROW)
        k++
        active++
      }
      store<i32>(state, bucket)
      store<u32>(state, k, 4)
      store<u32>(state, end, 8)
    }
    if (active == 0) break
    multiply(ACC, ACC, OTHER)
  }
}

export function weighBuckets(
  total: usize,
  buckets: usize,
  count: i32,
  squarings: i32,
  one: usize,
  work: usize,
): void {
  const running = work
  const sum = work + SIZE
  for (let lane = 0; lane < LANES; lane++) put(sum, lane, total + <usize>(lane & 1) * ROW)
  for (let k = 0; k < squarings; k++) multiply(sum, sum, sum)
  spread(running, one)
  for (let d = count - 1; d >= 0; d--) {
    for (let lane = 0; lane < LANES; lane++) {
      put(OTHER, lane, buckets + <usize>(d + (lane & 1) * count) * ROW)
    }
    multiply(running, running, OTHER)
    multiply(sum, sum, running)
  }
  take(total, sum, 0)
  take(total + ROW, sum, 1)
}

/** Puts a row into a lane of a vector array. */
// @ts-ignore: decorator
@inline
function put(target: usize, lane: i32, row: usize): void {
  let at = target + (<usize>lane << 2)
  const end = row + ROW
  for (let k = row; k < end; k += 4) {
    store<u32>(at, load<u32>(k))
    at += 16
  }
}

/** Takes a lane out into a row. */
// @ts-ignore: decorator
@inline
function take(row: usize, source: usize, lane: i32): void {
  let at = source + (<usize>lane << 2)
  const end = row + ROW
  for (let k = row; k < end; k += 4) {
    store<u32>(k, load<u32>(at))
    at += 16
  }
}

/** Puts a row into all lanes. */
function spread(target: usize, row: usize): void {
  for (let lane = 0; lane < LANES; lane++) put(target, lane, row)
}
