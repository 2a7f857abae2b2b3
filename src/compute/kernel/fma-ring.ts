/**
 * Bulk modular arithmetic in WebAssembly, on fused multiply-adds of floats (`assembly/lane.ts` says why that is exact).
 *
 * Not constant time: table look-ups and window lengths depend on exponents.
 * @module
 */
import { bigintToBytes } from '../crypto/bytes.ts'
import { bitLength, modInverse, modPow, slidingWindows } from '../crypto/modular.ts'
import { type BucketLists, bucketLists, planBuckets, scalarBits } from './buckets.ts'
import { FMA_WASM } from './fma-wasm.ts'
import type { Ring } from './ring.ts'

/** The exports of `assembly/index.ts`; numbers are addresses, lengths and counts. */
interface Exports {
  readonly memory: WebAssembly.Memory
  heap(): number
  setUp(limbs: number, base: number, multiple: number, modulus: number): number
  fromBytes(rows: number, bytes: number, length: number, count: number): void
  toBytes(bytes: number, rows: number, length: number, count: number): void
  multiplyRows(out: number, a: number, b: number, step: number, count: number): void
  reduceRows(rows: number, count: number): void
  powerRows(
    out: number,
    rows: number,
    windows: number,
    windowCount: number,
    table: number,
    digits: number,
    count: number,
  ): void
  fillTable(table: number, one: number, base: number, bytes: number): void
  raiseBase(rows: number, table: number, exponents: number, bytes: number, count: number): void
  fillBuckets(
    out: number,
    rows: number,
    order: number,
    start: number,
    count: number,
    one: number,
  ): void
  weighBuckets(
    total: number,
    buckets: number,
    count: number,
    squarings: number,
    one: number,
    work: number,
  ): void
}

/** Compiles the kernel. Throws where the runtime has no relaxed SIMD or does not allow compiling. */
export function compileFma(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(FMA_WASM), (c) => c.charCodeAt(0)))
}

/** Arithmetic modulo an odd `modulus` of 128 to 16,384 bits, in a WebAssembly instance and memory of its own. */
export function createFmaRing(module: WebAssembly.Module, modulus: bigint): Ring {
  const bits = bitLength(modulus)
  if ((modulus & 1n) === 0n || bits < 128 || bits > 16384) {
    throw new RangeError(
      `createFmaRing: expected an odd modulus of 128 to 16384 bits, got one of ${bits}`,
    )
  }
  const width = Math.ceil(bits / 8)
  const store = createStore(module, modulus)
  const { wasm, row, one, plainOne, square } = store

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

  return {
    kernel: 'wasm-fma',
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
    product: (bytes) =>
      store.scratch(() => {
        const count = bytes.length / width
        if (count === 0) return bigintToBytes(1n, width)
        const order = store.put(Uint32Array.from({ length: count }, (_, i) => i))
        const start = store.put(Uint32Array.of(0, count >> 1, count))
        const halves = store.take(2 * row)
        wasm.fillBuckets(halves, load(bytes), order, start, 2, one)
        // Multiplying k plain numbers loses a factor R each time but the first; an empty half is R, which is none.
        wasm.multiplyRows(halves, halves, halves + row, 1, 1)
        const lost = modPow(store.radix, BigInt(count === 1 ? 1 : count), modulus)
        wasm.multiplyRows(halves, halves, load(bigintToBytes(lost, width)), 1, 1)
        return unload(halves, 1)
      }),
    power: (bytes, exponent) =>
      store.scratch(() => {
        const count = bytes.length / width
        const rows = load(bytes)
        if (exponent === 0n) return unload(store.ones(count), count)
        const windows = slidingWindows(exponent, bitLength(exponent) > 512 ? 6 : 5)
        const highest = windows.reduce((most, { digit }) => Math.max(most, digit), 1)
        const digits = (highest >> 1) + 1
        const steps = store.put(
          Uint32Array.from(windows.flatMap(({ squarings, digit }) => [squarings, digit])),
        )
        wasm.multiplyRows(rows, rows, square, 0, count)
        wasm.powerRows(
          rows,
          rows,
          steps,
          windows.length,
          store.take(digits * 2 * row),
          digits,
          count,
        )
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
        const work = store.take(4 * row)
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

/** One WebAssembly instance, set up for a modulus, and its memory. */
function createStore(module: WebAssembly.Module, modulus: bigint) {
  const wasm = new WebAssembly.Instance(module, {
    env: {
      abort: () => {
        throw new Error('the big-number kernel stopped itself')
      },
    },
  }).exports as unknown as Exports
  // 51 · limbs ≥ bits + 57: the bound that `assembly/montgomery.ts` asks for.
  const limbs = Math.floor((bitLength(modulus) + 56) / 51) + 1
  const row = 8 * limbs
  const radix = (1n << BigInt(51 * limbs)) % modulus
  const k = LIMB - modInverse(modulus, LIMB)
  let free = wasm.heap()

  function take(bytes: number): number {
    const at = free
    free = Math.ceil((at + bytes) / 64) * 64
    const missing = free - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536))
    return at
  }
  function put(data: Uint8Array | Uint32Array): number {
    const at = take(data.byteLength)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    new Uint8Array(wasm.memory.buffer, at, data.byteLength).set(bytes)
    return at
  }
  function copy(to: number, from: number): void {
    new Uint8Array(wasm.memory.buffer).copyWithin(to, from, from + row)
  }
  /** Runs `work` and frees whatever it took. */
  function scratch<T>(work: () => T): T {
    const mark = free
    try {
      return work()
    } finally {
      free = mark
    }
  }

  const tables = take(16 * (12 * limbs + 64))
  const rows = take(5 * row)
  const [multiple, plain, one, plainOne, square] = [0, 1, 2, 3, 4].map((i) => rows + i * row)
  const width = Math.ceil((51 * limbs) / 8)
  // N + 1 is below R but may have more bytes than the modulus.
  const constants: [number, bigint][] = [
    [multiple, k * modulus + 1n],
    [plain, modulus],
    [one, radix],
    [plainOne, 1n],
    [square, (radix * radix) % modulus],
  ]
  scratch(() => {
    for (const [at, value] of constants) {
      wasm.fromBytes(at, put(bigintToBytes(value, width)), width, 1)
    }
    const end = wasm.setUp(limbs, tables, multiple, plain)
    if (end > rows) throw new Error('the tables of the big-number kernel outgrew their place')
  })

  return {
    wasm,
    row,
    radix,
    one,
    plainOne,
    square,
    take,
    put,
    copy,
    scratch,
    /** `count` rows of the plain number 1. */
    ones(count: number): number {
      const at = take(count * row)
      for (let i = 0; i < count; i++) copy(at + i * row, plainOne)
      return at
    },
    get: (at: number, length: number) => new Uint8Array(wasm.memory.buffer, at, length).slice(),
  }
}

const LIMB = 1n << 51n
