/**
 * Runs the AssemblyScript sources of the Curve25519 kernel on intervals in place of numbers: every vector stands for all
 * values that it can have in either lane, and an operation that could lose a bit throws. What runs are the sources
 * themselves, so that the proof is of the code as it is.
 *
 * Not on intervals, as they work on one lane with plain integers: reading and writing bytes. Here they are replaced by
 * what they give, any number, and by what they need, limbs that fit into 53 bits.
 * @module
 */
import { compileFunction } from 'node:vm'

import { transform } from 'esbuild'

const TWO = (exponent: number) => 1n << BigInt(exponent)
const HIGH = 3n * TWO(102)
const LOW = 3n * TWO(51)
const LOW_BITS = 0x4338000000000000n
const HIGH_BITS = 0x4668000000000000n
const EXPONENT = 0x4330000000000000n

/** Integers from `from` to `to`. */
export interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** Floats that are integers. */
interface Float extends Range {
  readonly kind: 'float'
}
/** 64-bit integers `offset + (from … to)` mod 2^64. */
interface Integer extends Range {
  readonly kind: 'integer'
  readonly offset: bigint
}
/** What fma(x, y, 3·2^102) gives, or that taken from LOW. */
interface Split {
  readonly kind: 'high' | 'base'
  readonly x: Float
  readonly y: Float
}
/** `x ^ y`, and the same where an unknown mask is set. */
interface Difference {
  readonly kind: 'difference' | 'masked'
  readonly x: Float
  readonly y: Float
}
/** All ones or zeros in each lane. */
interface Mask {
  readonly kind: 'mask'
}
type Vector = Float | Integer | Split | Difference | Mask

/** The kernel's functions on intervals, and its memory. */
export interface AbstractKernel {
  /** Exports of `field.ts`, `ladder.ts`, `elligator.ts` and `index.ts`; addresses are numbers. */
  readonly field: Functions
  readonly ladder: Functions
  readonly index: Functions
  /** Room for a number. */
  allocate(): number
  /** Five limbs that are anything in `range`. */
  setLimbs(at: number, range: Range): void
  /** Five columns that are anything in `range`. */
  setColumns(at: number, range: Range): void
  /** The limbs, or columns, that a number can have. */
  read(at: number): Range[]
  /** The widest product of limbs and the widest column so far. */
  readonly widest: { product: bigint; column: bigint }
}
type Functions = Readonly<Record<string, (...all: number[]) => unknown>>

/** Loads the sources, by file name, for intervals. */
export async function loadAbstract(sources: ReadonlyMap<string, string>): Promise<AbstractKernel> {
  const memory = new Map<number, Vector>()
  const widest = { product: 0n, column: 0n }
  let free = 1024
  const env = environment(memory, widest, (bytes) => {
    free = Math.ceil((free + bytes) / 16) * 16 + 16
    return free - Math.ceil(bytes / 16) * 16 - 16
  })
  const modules: Record<string, Functions> = {}
  for (const name of ['field', 'sha512', 'ladder', 'elligator', 'index']) {
    const code = await plainCode(sources.get(`${name}.ts`) ?? '')
    const exports = evaluate(code, modules, env)
    modules[`./${name}`] = name === 'field' ? { ...exports, ...stubs(env) } : exports
    if (name === 'field') modules['./field'].setUpField()
  }
  function setAll(at: number, value: Vector): void {
    for (let k = 0; k < 80; k += 16) memory.set(at + k, value)
  }
  return {
    field: modules['./field'],
    ladder: modules['./ladder'],
    index: modules['./index'],
    allocate: () => env.memory.data(80),
    setLimbs: (at, { from, to }) => setAll(at, { kind: 'float', from, to }),
    setColumns: (at, { from, to }) => setAll(at, { kind: 'integer', offset: 0n, from, to }),
    read: (at) =>
      [0, 16, 32, 48, 64].map((k) => {
        const value = memory.get(at + k)
        if (value?.kind === 'float') return { from: value.from, to: value.to }
        const { offset, from, to } = asInteger(value)
        const base = BigInt.asIntN(64, offset)
        return { from: base + from, to: base + to }
      }),
    widest,
  }
}

/** AssemblyScript to JavaScript with `require`. */
async function plainCode(source: string): Promise<string> {
  const text = source
    .replaceAll(/^@inline$/gm, '')
    // A shift of a literal has 64 bits there and 32 in JavaScript.
    .replaceAll(/\(1 << (\d+)\)/g, '(2 ** $1)')
    .replaceAll('splat(1 << 62)', 'splat(2 ** 62)')
    // These work on plain integers: see the head of this file.
    .replaceAll('function readElement(', 'function unusedReadElement(')
    .replace(
      'function guard(',
      'function guard(at: usize, _lane: usize): void { widen(X + at, 0); widen(Z + at, 1) }\n' +
        'function unusedGuard(',
    )
    .replaceAll('__heap_base', '0')
  const { code } = await transform(text, { loader: 'ts', format: 'cjs' })
  return code
}

function evaluate(
  code: string,
  modules: Readonly<Record<string, Functions>>,
  env: ReturnType<typeof environment>,
): Functions {
  const module = { exports: {} as Functions }
  const names = Object.keys(env)
  const run = compileFunction(code, ['require', 'module', 'exports', ...names])
  run((name: string) => modules[name], module, module.exports, ...Object.values(env))
  return module.exports
}

/** What the sources' built-in names stand for. */
function environment(
  slots: Map<number, Vector>,
  widest: { product: bigint; column: bigint },
  data: (bytes: number) => number,
) {
  const slot = (at: number) => at - (at % 16)
  const get = (at: number): Vector => {
    const value = slots.get(slot(at))
    if (!value) throw new Error(`nothing is stored at ${at}`)
    return value
  }
  function multiplyAdd(x: Vector, y: Vector, c: Vector): Vector {
    if (x.kind !== 'float' || y.kind !== 'float') throw new Error('a product of what is no float')
    if (c.kind === 'base') {
      if (c.x !== x || c.y !== y) throw new Error('the rest of another product')
      return integer({ from: -TWO(50), to: TWO(50) }, LOW_BITS)
    }
    if (c.kind !== 'float' || c.from !== HIGH || c.to !== HIGH) throw new Error('another constant')
    const size = product(x, y).reduce(most, 0n)
    if (size > widest.product) widest.product = size
    if (size >= TWO(102)) throw new RangeError(`a product of limbs reaches ${size} ≥ 2^102`)
    return { kind: 'high', x, y }
  }
  function sum(a: Vector, b: Vector, sign: bigint): Vector {
    const [x, y] = [asInteger(a), asInteger(b)]
    const [from, to] = sign > 0n ? [y.from, y.to] : [-y.to, -y.from]
    return integer({ from: x.from + from, to: x.to + to }, x.offset + sign * y.offset)
  }
  /** What an integer is when its bits are read as unsigned. */
  function unsigned(value: Vector): Range {
    const { offset, from, to } = asInteger(value)
    const range = { from: offset + from, to: offset + to }
    const column = [range.from - TWO(62), range.to - TWO(62)].reduce(most, 0n)
    if (column > widest.column) widest.column = column
    if (range.from < 0n || range.to >= TWO(63)) {
      throw new RangeError(`a column reaches ${range.from} … ${range.to} in place of 0 … 2^63`)
    }
    return range
  }
  const i64x2 = Object.assign((_a: unknown, _b: unknown): Vector => ({ kind: 'mask' }), {
    splat: (value: number): Vector => integer({ from: 0n, to: 0n }, BigInt(value)),
    add: (a: Vector, b: Vector) => sum(a, b, 1n),
    sub: (a: Vector, b: Vector) => sum(a, b, -1n),
    shl(a: Vector, bits: number): Vector {
      const { offset, from, to } = asInteger(a)
      const by = BigInt(bits)
      return integer({ from: from << by, to: to << by }, offset << by)
    },
    shr_u(a: Vector, bits: number): Vector {
      const { from, to } = unsigned(a)
      return integer({ from: from >> BigInt(bits), to: to >> BigInt(bits) }, 0n)
    },
  })
  return {
    i64x2,
    f64x2: {
      splat: (value: number): Vector => float({ from: BigInt(value), to: BigInt(value) }),
      relaxed_madd: multiplyAdd,
      add: (a: Vector, b: Vector): Vector => {
        const [x, y] = [asFloat(a), asFloat(b)]
        return exact({ from: x.from + y.from, to: x.to + y.to })
      },
      sub: (a: Vector, b: Vector): Vector => {
        if (b.kind === 'high') {
          if (a.kind !== 'float' || a.from !== HIGH + LOW) throw new Error('another constant')
          return { kind: 'base', x: b.x, y: b.y }
        }
        const [x, y] = [asFloat(a), asFloat(b)]
        return exact({ from: x.from - y.to, to: x.to - y.from })
      },
      mul: (a: Vector, b: Vector): Vector => {
        const ends = product(asFloat(a), asFloat(b))
        return exact({ from: ends.reduce(least), to: ends.reduce(greatest) })
      },
    },
    v128: {
      load: (at: number, offset = 0) => get(at + offset),
      store: (at: number, value: Vector, offset = 0) => void slots.set(slot(at + offset), value),
      and(a: Vector, b: Vector): Vector {
        if (b.kind === 'difference') return { ...b, kind: 'masked' }
        const mask = asInteger(b)
        if (mask.offset !== TWO(51) - 1n) throw new Error('another mask')
        unsigned(a)
        return integer({ from: 0n, to: TWO(51) - 1n }, 0n)
      },
      or(a: Vector, b: Vector): Vector {
        const [x, exponent] = [asInteger(a), asInteger(b)]
        if (exponent.offset !== EXPONENT || x.offset !== 0n) throw new Error('another exponent')
        if (x.from < 0n || x.to >= TWO(52)) throw new RangeError('the bits of an integer overlap')
        return float({ from: TWO(52) + x.from, to: TWO(52) + x.to })
      },
      xor(a: Vector, b: Vector): Vector {
        if (a.kind === 'mask' || b.kind === 'mask') return { kind: 'mask' }
        if (a.kind !== 'float') throw new Error('an exclusive or of what is no float')
        if (b.kind === 'masked') return hull(b.x, b.y)
        return { kind: 'difference', x: a, y: asFloat(b) }
      },
      bitselect: (a: Vector, b: Vector): Vector => hull(asFloat(a), asFloat(b)),
    },
    memory: {
      data(size: number | readonly number[]): number {
        const bytes = typeof size === 'number' ? size : 8 * size.length
        const at = data(bytes)
        const zero = float({ from: 0n, to: 0n })
        for (let k = 0; k < bytes; k += 16) slots.set(at + k, zero)
        return at
      },
      copy(to: number, from: number, bytes: number): void {
        for (let k = 0; k < bytes; k += 16) slots.set(to + k, get(from + k))
      },
      fill: () => undefined,
    },
    /** A lane of a vector is within what the vector can be. */
    load: (at: number, offset = 0) => slots.get(slot(at + offset)) ?? 0,
    store(at: number, value: unknown, offset = 0): void {
      if (typeof value !== 'object') return
      const key = slot(at + offset)
      const [old, now] = [slots.get(key), value as Vector]
      slots.set(key, old?.kind === 'float' ? hull(old, asFloat(now)) : now)
    },
    readElement(at: number): void {
      // A limb and 19 times another one.
      const value = integer({ from: 0n, to: 20n * (TWO(51) - 1n) }, 0n)
      for (let k = 0; k < 80; k += 16) slots.set(slot(at + k), value)
    },
    /** A number that may also be replaced by a small one. */
    widen(at: number, value: number): void {
      const small = float({ from: 0n, to: BigInt(value) })
      for (let k = 0; k < 80; k += 16) slots.set(at + k, hull(asFloat(get(at + k)), small))
    },
    min: Math.min,
    bswap: () => 0,
    rotr: () => 0,
    slots,
  }
}

/** Functions of `field.ts` that work on plain integers. */
function stubs({ slots, memory }: ReturnType<typeof environment>): Functions {
  const limb = float({ from: 0n, to: TWO(51) - 1n })
  const check = (_bytes: number, at: number) => {
    for (let k = 0; k < 80; k += 16) exact(asFloat(slots.get(at + k)))
  }
  return {
    fromWords(out) {
      for (let k = 0; k < 80; k += 16) slots.set(out + k, limb)
    },
    toBytes: check,
    zeroMask: (at) => (check(0, at), { kind: 'mask' }),
    oddMask: (at) => (check(0, at), { kind: 'mask' }),
    data: (bytes) => memory.data(bytes),
  }
}

function float({ from, to }: Range): Float {
  return { kind: 'float', from, to }
}

function integer({ from, to }: Range, offset: bigint): Integer {
  return { kind: 'integer', offset: BigInt.asUintN(64, offset), from, to }
}

/** A result of float arithmetic that is an integer of at most 53 bits: nothing is rounded. */
function exact(range: Range): Float {
  if (range.from < -TWO(53) || range.to > TWO(53)) throw new RangeError('a float gets rounded')
  return float(range)
}

function asFloat(value: Vector | undefined): Float {
  if (value?.kind === 'float') return value
  throw new Error(`expected floats, got ${value?.kind}`)
}

/** Bits of a vector as integers. */
function asInteger(value: Vector | undefined): Integer {
  if (value?.kind === 'integer') return value
  if (value?.kind === 'high') {
    const ends = product(value.x, value.y)
    // Rounding to the nearest multiple of 2^51.
    const from = (ends.reduce(least) + TWO(50)) >> 51n
    const to = (ends.reduce(greatest) + TWO(50)) >> 51n
    return integer({ from: from - 1n, to }, HIGH_BITS)
  }
  if (value?.kind !== 'float') throw new Error(`expected integers, got ${value?.kind}`)
  // Memory is zeros before it is written: both the float and the integer 0.
  if (value.from === 0n && value.to === 0n) return integer(value, 0n)
  // One binade: from 2^52 to 2^53 the bits grow by one for each step.
  if (value.from < TWO(52) || value.to > TWO(53)) throw new RangeError('the bits of any float')
  return integer({ from: value.from - LOW, to: value.to - LOW }, LOW_BITS)
}

function product(x: Range, y: Range): bigint[] {
  return [x.from * y.from, x.from * y.to, x.to * y.from, x.to * y.to]
}

function hull(a: Range, b: Range): Float {
  return float({ from: least(a.from, b.from), to: greatest(a.to, b.to) })
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function most(a: bigint, b: bigint): bigint {
  return greatest(a, b < 0n ? -b : b)
}
