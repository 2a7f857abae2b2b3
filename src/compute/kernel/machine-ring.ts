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
import type { Ring } from './ring.ts'

/** The loops of a machine (`assembly/index.ts` describes them); numbers are addresses, lengths and counts. */
export interface Loops {
  heap(): number
  /** Tells how long rows are, before anything else, to a machine that has to know. */
  begin?(limbs: number): void
  /** Lays tables out from `base`; `constant` and `modulus` are rows. Returns the first free address. */
  setUp(limbs: number, base: number, constant: number, modulus: number): number
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

/** One machine of its own for one modulus. */
export interface Machine extends Loops {
  /** Its memory; another buffer after `grow`. */
  buffer(): ArrayBufferLike
  /** Makes the memory at least so many bytes longer. */
  grow(bytes: number): void
}

/** What a machine's limbs look like. */
export interface MachineKind {
  readonly kernel: Ring['kernel']
  /** Numbers in a vector: `powerRows` and `weighBuckets` work in vectors of so many rows. */
  readonly lanes: number
  readonly limbBits: number
  readonly limbBytes: number
  /** `limbBits · limbs ≥ bits + headroom`, which the kind's own bounds ask for. */
  readonly headroom: number
  /** The number that `setUp` gets besides the modulus. */
  constant(modulus: bigint): bigint
  create(): Machine
}

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

/** One machine, set up for a modulus, and its memory. */
function createStore(kind: MachineKind, modulus: bigint) {
  const wasm = kind.create()
  const { limbBits } = kind
  const limbs = Math.ceil((bitLength(modulus) + kind.headroom) / limbBits)
  const row = kind.limbBytes * limbs
  wasm.begin?.(limbs)
  const radix = (1n << BigInt(limbBits * limbs)) % modulus
  let free = wasm.heap()

  function take(bytes: number): number {
    const at = free
    free = Math.ceil((at + bytes) / 64) * 64
    const missing = free - wasm.buffer().byteLength
    if (missing > 0) wasm.grow(missing)
    return at
  }
  function put(data: Uint8Array | Uint32Array): number {
    const at = take(data.byteLength)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    new Uint8Array(wasm.buffer(), at, data.byteLength).set(bytes)
    return at
  }
  function copy(to: number, from: number): void {
    new Uint8Array(wasm.buffer()).copyWithin(to, from, from + row)
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

  const tables = take(TABLES * row + 1024)
  const rows = take(5 * row)
  const [constant, plain, one, plainOne, square] = [0, 1, 2, 3, 4].map((i) => rows + i * row)
  const width = Math.ceil((limbBits * limbs) / 8)
  // A constant is below R but may have more bytes than the modulus.
  const constants: [number, bigint][] = [
    [constant, kind.constant(modulus)],
    [plain, modulus],
    [one, radix],
    [plainOne, 1n],
    [square, (radix * radix) % modulus],
  ]
  scratch(() => {
    for (const [at, value] of constants) {
      wasm.fromBytes(at, put(bigintToBytes(value, width)), width, 1)
    }
    const end = wasm.setUp(limbs, tables, constant, plain)
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
    get: (at: number, length: number) => new Uint8Array(wasm.buffer(), at, length).slice(),
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
/** Rows that the tables of any machine need, at most. */
const TABLES = 24
