/**
 * What a machine for bulk arithmetic is: loops over rows in a memory of its own, and what lies where in it.
 * @module
 */
import { bigintToBytes } from '../crypto/bytes.ts'
import { bitLength } from '../crypto/modular.ts'
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

/** One machine, set up for a modulus, and its memory. */
export function createStore(kind: MachineKind, modulus: bigint) {
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

/** Rows that the tables of any machine need, at most. */
const TABLES = 24
