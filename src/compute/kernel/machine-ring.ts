/**
 * Bulk modular arithmetic on a machine: a memory of rows and loops that work on it, in WebAssembly or in native code.
 *
 * All machines have the same loops and differ in the width of a limb and in how many numbers they compute at once.
 * Not constant time: table look-ups and window lengths depend on exponents.
 * @module
 */
import { bigintToBytes } from '../crypto/bytes.ts'
import { bitLength, slidingWindows } from '../crypto/modular.ts'
import { type BucketLists, bucketLists, planBuckets, scalarBits } from './buckets.ts'
import { createStore, type MachineKind } from './machine.ts'
import type { Ring } from './ring.ts'

/** Arithmetic modulo an odd `modulus` of 128 to 16,384 bits on a machine of its own. */
export function createMachineRing(kind: MachineKind, modulus: bigint): Ring {
  const bits = bitLength(modulus)
  if ((modulus & 1n) === 0n || bits < 128 || bits > 16384) {
    throw new RangeError(
      `createRing: expected an odd modulus of 128 to 16384 bits, got one of ${bits}`,
    )
  }
  const width = Math.ceil(bits / 8)
  const store = createStore(kind, modulus)
  const { wasm, row, one, plainOne, square } = store

  let table = 0
  /** Powers of R, made at the first use. Outside of `scratch`, as they stay. */
  function radixTable(): number {
    if (table === 0) {
      table = store.take(256 * COUNT_BYTES * row)
      wasm.fillTable(table, one, square, COUNT_BYTES)
    }
    return table
  }

  function load(bytes: Uint8Array): number {
    const count = bytes.length / width
    const rows = store.take(count * row)
    wasm.fromBytes(rows, store.put(bytes), width, count)
    return rows
  }
  function unload(rows: number, count: number): Uint8Array {
    wasm.reduceRows(rows, count)
    const bytes = store.take(count * width)
    wasm.toBytes(bytes, rows, width, count)
    return store.get(bytes, count * width)
  }

  /** Raises rows in Montgomery form, in place, to `exponent ≥ 1`. */
  function raise(rows: number, exponent: bigint, count: number): void {
    const windows = slidingWindows(exponent, bitLength(exponent) > 512 ? 6 : 5)
    const highest = windows.reduce((most, { digit }) => Math.max(most, digit), 1)
    const digits = (highest >> 1) + 1
    const steps = store.put(
      Uint32Array.from(windows.flatMap(({ squarings, digit }) => [squarings, digit])),
    )
    const table = store.take(digits * kind.lanes * row)
    wasm.powerRows(rows, rows, steps, windows.length, table, digits, count)
  }

  /**
   * The products of listed rows. Multiplying k plain numbers takes k − 1 factors R off, however they are grouped, which
   * costs less to put back, from a table, than bringing every row into Montgomery form.
   */
  function products(rows: number, order: Uint32Array, start: Uint32Array): number {
    const count = start.length - 1
    const out = store.take(count * row)
    store.scratch(() => {
      const cut = cutLists(start)
      const parts = cut.first.at(-1) ?? 0
      const sums = store.take(parts * row)
      const sorted = store.put(order)
      wasm.fillBuckets(sums, rows, sorted, store.put(cut.start), parts, plainOne)
      const all = store.put(Uint32Array.from({ length: parts }, (_, i) => i))
      wasm.fillBuckets(out, sums, all, store.put(cut.first), count, plainOne)
      const lost = new DataView(new ArrayBuffer(COUNT_BYTES * count))
      for (let i = 0; i < count; i++) {
        lost.setUint32(COUNT_BYTES * i, Math.max(1, start[i + 1] - start[i]) - 1)
      }
      const exponents = store.put(new Uint8Array(lost.buffer))
      wasm.raiseBase(out, radixTable(), exponents, COUNT_BYTES, count)
    })
    return out
  }

  return {
    kernel: kind.kernel,
    modulus,
    width,
    multiply: (a, b) =>
      store.scratch(() => {
        const count = a.length / width
        const rows = load(a)
        wasm.multiplyRows(rows, rows, square, 0, count)
        wasm.multiplyRows(rows, rows, load(b), 1, count)
        return unload(rows, count)
      }),
    product: (bytes) => {
      const count = bytes.length / width
      if (count === 0) return bigintToBytes(1n, width)
      const order = Uint32Array.from({ length: count }, (_, i) => i)
      radixTable()
      return store.scratch(() => unload(products(load(bytes), order, Uint32Array.of(0, count)), 1))
    },
    products(bytes, order, start) {
      radixTable()
      return store.scratch(() => unload(products(load(bytes), order, start), start.length - 1))
    },
    power: (bytes, exponent) =>
      store.scratch(() => {
        const count = bytes.length / width
        const rows = load(bytes)
        if (exponent === 0n) return unload(store.ones(count), count)
        wasm.multiplyRows(rows, rows, square, 0, count)
        raise(rows, exponent, count)
        wasm.multiplyRows(rows, rows, plainOne, 0, count)
        return unload(rows, count)
      }),
    chain: (bytes, count, squarings) =>
      store.scratch(() => {
        const all = bytes.length / width
        if (all === 0) return new Uint8Array(0)
        const rows = load(bytes)
        wasm.multiplyRows(rows, rows, square, 0, all)
        for (let at = count; at < all; at += count) {
          store.scratch(() => raise(rows, 1n << BigInt(squarings), count))
          wasm.multiplyRows(rows, rows, rows + at * row, 1, count)
        }
        wasm.multiplyRows(rows, rows, plainOne, 0, count)
        return unload(rows, count)
      }),
    fixedBase(base, bytes) {
      const table = store.take(256 * bytes * row)
      store.scratch(() => {
        const rows = load(bigintToBytes(base % modulus, width))
        wasm.multiplyRows(rows, rows, square, 0, 1)
        wasm.fillTable(table, one, rows, bytes)
      })
      return {
        power: (exponents, factors) =>
          store.scratch(() => {
            const count = exponents.length / bytes
            const rows = factors === undefined ? store.ones(count) : load(factors)
            wasm.raiseBase(rows, table, store.put(exponents), bytes, count)
            return unload(rows, count)
          }),
      }
    },
    powerProducts: (bytes, scalars, columns) =>
      store.scratch(() => {
        const count = bytes.length / width
        const plan = planBuckets(count, scalarBits(scalars))
        const rows = load(bytes)
        wasm.multiplyRows(rows, rows, square, 0, count)
        const totals = store.take(2 * columns * row)
        const buckets = store.take(2 * plan.buckets * row)
        const work = store.take(2 * kind.lanes * row)
        for (let column = 0; column < columns; column++) {
          const total = totals + 2 * column * row
          store.copy(total, one)
          store.copy(total + row, one)
          const lists: BucketLists[] = [...bucketLists(plan, scalars, { columns, column })]
          for (const { order, start } of lists.toReversed()) {
            store.scratch(() => {
              const [o, s] = [store.put(order), store.put(start)]
              wasm.fillBuckets(buckets, rows, o, s, 2 * plan.buckets, one)
            })
            wasm.weighBuckets(total, buckets, plan.buckets, plan.width, one, work)
          }
        }
        wasm.multiplyRows(totals, totals, plainOne, 0, 2 * columns)
        return unload(totals, 2 * columns)
      }),
  }
}

/**
 * Cuts lists longer than `MOST_TERMS` into parts, so that a long one does not keep one lane busy alone: list i is made
 * of parts `first[i] … first[i + 1] − 1`.
 */
function cutLists(start: Uint32Array): { start: Uint32Array; first: Uint32Array } {
  const first = new Uint32Array(start.length)
  const parts: number[] = [start[0]]
  for (let i = 0; i + 1 < start.length; i++) {
    const length = start[i + 1] - start[i]
    const pieces = Math.ceil(length / MOST_TERMS)
    for (let k = 1; k <= pieces; k++) parts.push(start[i] + Math.floor((length * k) / pieces))
    first[i + 1] = parts.length - 1
  }
  return { start: Uint32Array.from(parts), first }
}

/** Rows that one lane multiplies without a break. */
const MOST_TERMS = 512
/** Bytes of a count of rows. */
const COUNT_BYTES = 4
