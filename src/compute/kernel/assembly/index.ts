/**
 * The loops that the rest of the program calls: two numbers at a time, one in each lane.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`. Addresses are handed
 * in by `../fma-ring.ts`. "Row" is a number as in `rows.ts`, in Montgomery form where the text says so.
 * @module
 */
import { multiply, SIZE, square } from './montgomery'
import { ACC, gather, OTHER, reduce, ROW, takeFirst, takeSecond } from './rows'

export { fromBytes, heap, setUp, toBytes } from './rows'

/** `out[i] = a[i]·b[i] / R`; with `step` 0 the one row `b` serves all. */
export function multiplyRows(out: usize, a: usize, b: usize, step: i32, count: i32): void {
  const stride = <usize>step * ROW
  for (let i = 0; i < count; i += 2) {
    const other: usize = i + 1 < count ? 1 : 0
    gather(ACC, a, a + other * ROW)
    gather(OTHER, b, b + other * stride)
    multiply(ACC, ACC, OTHER)
    put(out, i + 1 < count)
    a += 2 * ROW
    b += 2 * stride
    out += 2 * ROW
  }
}

/** Brings `count` rows into `0 … n − 1`, in place. */
export function reduceRows(rows: usize, count: i32): void {
  for (let i = 0; i < count; i += 2) {
    gather(ACC, rows, i + 1 < count ? rows + ROW : rows)
    reduce()
    put(rows, i + 1 < count)
    rows += 2 * ROW
  }
}

/**
 * `out[i] = rows[i]^e`, both in Montgomery form. `windows` holds pairs of 32-bit numbers, squarings and digit (odd, or 0
 * for none); the squarings of the first pair are skipped. `table` has room for `digits` vector arrays, the odd powers.
 */
export function powerRows(
  out: usize,
  rows: usize,
  windows: usize,
  windowCount: i32,
  table: usize,
  digits: i32,
  count: i32,
): void {
  for (let i = 0; i < count; i += 2) {
    gather(table, rows, i + 1 < count ? rows + ROW : rows)
    if (digits > 1) {
      square(OTHER, table)
      for (let d = 1; d < digits; d++) {
        const at = table + <usize>d * SIZE
        multiply(at, at - SIZE, OTHER)
      }
    }
    memory.copy(ACC, table + <usize>(load<u32>(windows, 4) >> 1) * SIZE, SIZE)
    for (let w = 1; w < windowCount; w++) {
      const window = windows + (<usize>w << 3)
      const squarings = load<u32>(window)
      for (let k: u32 = 0; k < squarings; k++) square(ACC, ACC)
      const digit = load<u32>(window, 4)
      if (digit > 0) multiply(ACC, ACC, table + <usize>(digit >> 1) * SIZE)
    }
    put(out, i + 1 < count)
    rows += 2 * ROW
    out += 2 * ROW
  }
}

/** `table[256·w + d] = base^(d·256^w)` for w below `bytes`; `one` and `base` in Montgomery form. */
export function fillTable(table: usize, one: usize, base: usize, bytes: i32): void {
  gather(OTHER, base, base)
  for (let w = 0; w < bytes; w++) {
    gather(ACC, one, one)
    for (let d = 0; d < 256; d++) {
      takeFirst(table, ACC)
      table += ROW
      multiply(ACC, ACC, OTHER)
    }
    // After 256 steps ACC is the base of the next byte.
    memory.copy(OTHER, ACC, SIZE)
  }
}

/** `rows[i] ·= base^exponents[i]` in place, exponents of `bytes` big-endian bytes; the rows not in Montgomery form. */
export function raiseBase(
  rows: usize,
  table: usize,
  exponents: usize,
  bytes: i32,
  count: i32,
): void {
  for (let i = 0; i < count; i += 2) {
    const other: usize = i + 1 < count ? 1 : 0
    gather(ACC, rows, rows + other * ROW)
    let part = table
    for (let w = bytes - 1; w >= 0; w--) {
      const d0 = <usize>load<u8>(exponents + w)
      const d1 = <usize>load<u8>(exponents + w + other * <usize>bytes)
      gather(OTHER, part + d0 * ROW, part + d1 * ROW)
      multiply(ACC, ACC, OTHER)
      part += 256 * ROW
    }
    put(rows, i + 1 < count)
    rows += 2 * ROW
    exponents += 2 * bytes
  }
}

/**
 * `out[b]` = the product of `rows[order[k]]` for k in `start[b] … start[b + 1] − 1`, or `one`; all in Montgomery form.
 * A lane that is done with its bucket takes the next one, so that both are busy to the end.
 */
export function fillBuckets(
  out: usize,
  rows: usize,
  order: usize,
  start: usize,
  count: i32,
  one: usize,
): void {
  let next = 0
  let bucket0 = -1
  let bucket1 = -1
  let k0: u32 = 0
  let k1: u32 = 0
  let end0: u32 = 0
  let end1: u32 = 0
  gather(ACC, one, one)
  while (true) {
    while (k0 == end0) {
      if (bucket0 >= 0) takeFirst(out + <usize>bucket0 * ROW, ACC)
      bucket0 = -1
      if (next == count) break
      k0 = load<u32>(start + (<usize>next << 2))
      end0 = load<u32>(start + (<usize>next << 2), 4)
      if (k0 == end0) memory.copy(out + <usize>next * ROW, one, ROW)
      else {
        bucket0 = next
        setFirst(rowAt(rows, order, k0++))
      }
      next++
    }
    while (k1 == end1) {
      if (bucket1 >= 0) takeSecond(out + <usize>bucket1 * ROW, ACC)
      bucket1 = -1
      if (next == count) break
      k1 = load<u32>(start + (<usize>next << 2))
      end1 = load<u32>(start + (<usize>next << 2), 4)
      if (k1 == end1) memory.copy(out + <usize>next * ROW, one, ROW)
      else {
        bucket1 = next
        setSecond(rowAt(rows, order, k1++))
      }
      next++
    }
    if (bucket0 < 0 && bucket1 < 0) break
    const row0 = bucket0 < 0 ? one : rowAt(rows, order, k0++)
    const row1 = bucket1 < 0 ? one : rowAt(rows, order, k1++)
    gather(OTHER, row0, row1)
    multiply(ACC, ACC, OTHER)
  }
}

/**
 * `total[s] = total[s]^(2^squarings) · ∏ buckets[s·count + d − 1]^d` for both signs s, one in each lane, in Montgomery
 * form. `work` has room for two vector arrays.
 */
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
  gather(sum, total, total + ROW)
  for (let k = 0; k < squarings; k++) square(sum, sum)
  gather(running, one, one)
  for (let d = count - 1; d >= 0; d--) {
    const at = buckets + <usize>d * ROW
    gather(OTHER, at, at + <usize>count * ROW)
    multiply(running, running, OTHER)
    multiply(sum, sum, running)
  }
  takeFirst(total, sum)
  takeSecond(total + ROW, sum)
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, order: usize, k: u32): usize {
  return rows + <usize>load<u32>(order + (<usize>k << 2)) * ROW
}

// @ts-ignore: decorator
@inline
function put(out: usize, both: bool): void {
  takeFirst(out, ACC)
  if (both) takeSecond(out + ROW, ACC)
}

// @ts-ignore: decorator
@inline
function setFirst(row: usize): void {
  for (let j: usize = 0, k: usize = 0; j < SIZE; j += 16, k += 8) {
    store<f64>(ACC + j, load<f64>(row + k))
  }
}

// @ts-ignore: decorator
@inline
function setSecond(row: usize): void {
  for (let j: usize = 0, k: usize = 0; j < SIZE; j += 16, k += 8) {
    store<f64>(ACC + j, load<f64>(row + k), 8)
  }
}
