/**
 * The bounds that `assembly/montgomery.ts` argues for, checked by running that very source on intervals instead of numbers:
 * every vector is a range of integers and the bit patterns it carries beyond its value, every operation checks what
 * `lane.ts` asks of its operands. What holds of the ranges holds of all numbers in them.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFunction } from 'node:vm'

import { extmulLimbBits } from '../../../src/compute/kernel/extmul-ring.ts'
import { readSources } from './build-wasm.ts'

// The sources are read by a compiler that runs as a process.
const skip = 'Deno' in globalThis && 'needs Node, where the compiler of the sources runs'

const HIGH = 2 ** 103
const LOW = 2 ** 103 + 3 * 2 ** 51
// Multiples of 2^48: their sums, of up to 2,000, are exact as floats.
const HIGH_BITS = 0x4660 * 2 ** 48
const LOW_BITS = 0x4338 * 2 ** 48
const LIMB = 2 ** 51 - 1
/** The top limb of a number below 2N ≤ R / 2^5. */
const TOP = 2 ** 46 - 1

/** Integers from `low` to `high`; `bias` is what their bit patterns add up to beyond them. */
interface Range {
  readonly kind: 'float' | 'integer' | 'high'
  readonly low: number
  readonly high: number
  readonly bias: number
  /** The factors, for the upper half of a product. */
  readonly of?: readonly [Range, Range]
}

/** The exports of the source that are used here. */
interface Source {
  layOut(limbs: number, base: number): number
  multiply(out: number, a: number, b: number): void
  square(out: number, a: number): void
  MULTIPLE: number
}

const float = (high: number): Range => ({ kind: 'float', low: 0, high, bias: 0 })
const integer = (low: number, high: number, bias = 0): Range => ({
  kind: 'integer',
  low,
  high,
  bias,
})
const ZERO = integer(0, 0)

/** A machine of ranges, and the source running on it. */
async function createMachine() {
  const vectors: (Range | number)[] = []
  const words: number[] = []
  const state = { widest: 0, tops: 0 }
  const at = (address: number) => {
    assert.equal(address % 16, 0)
    return address / 16
  }
  const bounded = (x: Range) => {
    assert.equal(x.bias, 0, 'the bit patterns of a column are taken off to the last one')
    const most = Math.max(-x.low, x.high)
    state.widest = Math.max(state.widest, most)
    assert.ok(most < 2 ** 62)
  }
  /** Whether x·y < 2^103, one factor perhaps doubled. */
  const product = (x: Range, y: Range) => {
    assert.equal(x.kind, 'float')
    assert.equal(y.kind, 'float')
    assert.ok(x.low >= 0 && y.low >= 0)
    assert.ok(x.high <= LIMB && y.high <= 2 * LIMB)
    return y.high <= LIMB ? 2 ** 51 : 2 ** 52
  }
  const lane = {
    HIGH,
    LOW,
    HIGH_BITS,
    LOW_BITS,
    hi(x: Range, y: Range, c1: number): Range {
      assert.equal(c1, HIGH)
      return { kind: 'high', low: 0, high: product(x, y), bias: HIGH_BITS, of: [x, y] }
    },
    lo(x: Range, y: Range, h: Range, c2: number): Range {
      assert.equal(c2, LOW)
      assert.ok(h.of?.[0] === x && h.of[1] === y, 'the halves are of the same product')
      return integer(-(2 ** 50), 2 ** 50, LOW_BITS)
    },
    add(x: Range, y: Range): Range {
      assert.ok(x.kind !== 'float' && y.kind !== 'float')
      const sum = integer(x.low + y.low, x.high + y.high, x.bias + y.bias)
      assert.ok(Math.abs(sum.low) < 2 ** 64 && Math.abs(sum.high) < 2 ** 64)
      return sum
    },
    low51(x: Range): Range {
      bounded(x)
      return integer(0, LIMB)
    },
    shift51(x: Range): Range {
      bounded(x)
      // Widened to multiples of 2^12, so that all sums stay exact as floats.
      return integer(Math.floor(x.low / 2 ** 63) * 2 ** 12, Math.ceil(x.high / 2 ** 63) * 2 ** 12)
    },
    toFloat(x: Range): Range {
      if (x.low >= 0 && x.high < 2 ** 52 && x.bias === 0) return float(x.high)
      // Only the top limb of a result: its range follows from the range of the whole number.
      bounded(x)
      state.tops++
      return float(TOP)
    },
  }
  const scope = {
    f64x2: {
      splat: (value: number) => value,
      add: (x: Range, y: Range) => {
        assert.ok(x === y && x.kind === 'float' && x.high <= LIMB)
        return float(2 * x.high)
      },
    },
    i64x2: { splat: (value: number) => (value === 0 ? ZERO : integer(0, 0, value)) },
    v128: {
      load: (address: number, offset = 0) => vectors[at(address + offset)],
      store: (address: number, value: Range | number, offset = 0) =>
        (vectors[at(address + offset)] = value),
    },
    memory: {
      fill(address: number, _zero: number, length: number) {
        for (let i = 0; i < length; i += 8) {
          words[(address + i) / 8] = 0
          if ((address + i) % 16 === 0) vectors[at(address + i)] = ZERO
        }
      },
    },
    load: (address: number, offset = 0) => words[(address + offset) / 8],
    store: (address: number, value: number, offset = 0) => (words[(address + offset) / 8] = value),
  }
  const { transform } = await import('esbuild')
  const text = (readSources().get('montgomery.ts') ?? '').replaceAll(/^@inline$/gm, '')
  const { code } = await transform(text, { loader: 'ts', format: 'cjs' })
  const module = { exports: {} as Source }
  const run = compileFunction(code, ['module', 'require', ...Object.keys(scope)]) as (
    ...scope: readonly unknown[]
  ) => void
  run(module, () => lane, ...Object.values(scope))
  return { source: module.exports, vectors, state }
}

test(
  'no column of a product or square overflows, whatever the numbers and however many limbs',
  { skip },
  async () => {
    const { source, vectors, state } = await createMachine()
    const sizes = Array.from({ length: 127 }, (_, i) => i + 4).concat(319, 320, 321, 322, 323)
    for (const limbs of sizes) {
      const end = Math.ceil(source.layOut(limbs, 0) / 16)
      const number = (from: number) => {
        for (let j = 0; j < limbs; j++) vectors[from + j] = float(j + 1 < limbs ? LIMB : TOP)
      }
      number(source.MULTIPLE / 16)
      // N + 1 ≡ 0 mod 2^51.
      vectors[source.MULTIPLE / 16] = float(0)
      // The scratch for counting terms is free again.
      const [a, b, out] = [0, 1, 2].map((i) => end + 4 * limbs + i * limbs)
      for (const run of [
        () => source.multiply(16 * out, 16 * a, 16 * b),
        () => source.square(16 * out, 16 * a),
        () => source.multiply(16 * out, 16 * a, 16 * a),
      ]) {
        number(a)
        number(b)
        state.tops = 0
        run()
        assert.equal(state.tops, 1)
        for (let j = 0; j < limbs; j++) {
          const limb = vectors[out + j]
          assert.ok(typeof limb === 'object' && limb.kind === 'float')
          assert.ok(limb.low >= 0 && limb.high <= (j + 1 < limbs ? LIMB : TOP))
        }
      }
    }
    // The check above is about something: columns do come close to what they may be.
    assert.ok(state.widest > 2 ** 59)
  },
)

test('the choice of limbs keeps results below 2N and the top limb below 2^46', () => {
  for (let bits = 128n; bits <= 16384n; bits++) {
    const limbs = (bits + 57n + 50n) / 51n
    const radix = 1n << (51n * limbs)
    // n < 2^bits and k < 2^51.
    const most = 1n << (bits + 51n)
    assert.ok(64n * most <= radix)
    // (a·b + q·N) / R for a, b < 2N and q < R.
    assert.ok((4n * most * most + radix * most) / radix < 2n * most)
    assert.ok(2n * most <= 1n << (51n * (limbs - 1n) + 46n))
  }
})

test('the halves of a product are floats, for extreme factors and those about a tie', () => {
  /** The float nearest to an integer from 2^103 to 2^104, ties to even. */
  const round = (value: bigint) => {
    const [down, rest] = [value >> 51n, value & ((1n << 51n) - 1n)]
    const up = rest > 1n << 50n || (rest === 1n << 50n && (down & 1n) === 1n)
    return (down + (up ? 1n : 0n)) << 51n
  }
  const limb = (1n << 51n) - 1n
  const extreme = [
    0n,
    1n,
    2n,
    3n,
    1n << 25n,
    1n << 26n,
    1n << 50n,
    (1n << 50n) + 1n,
    limb - 1n,
    limb,
  ]
  const base = 1n << 103n
  for (const x of extreme) {
    for (const y of [...extreme, 2n * limb, 2n * limb - 2n]) {
      const high = round(x * y + base)
      assert.ok(high >= base && high <= 2n * base)
      const low = x * y - (high - base) + 3n * (1n << 51n)
      // Between 2^52 and 2^53, where every integer is a float.
      assert.ok(low >= 1n << 52n && low <= 1n << 53n)
      assert.equal(BigInt(Number(low)), low)
      assert.equal(BigInt(Number(high)), high)
      assert.equal(high - base + (low - 3n * (1n << 51n)), x * y)
    }
  }
})

test('the columns of the fallback and of the accelerator fit into 64 bits', () => {
  for (let bits = 128; bits <= 16384; bits++) {
    const width = extmulLimbBits(bits)
    const limbs = BigInt(Math.ceil((bits + 2) / width))
    const product = ((1n << BigInt(width)) - 1n) ** 2n
    assert.ok(2n * limbs * product + (1n << BigInt(64 - width)) <= 1n << 64n)
    assert.ok(1n << (BigInt(width) * limbs) >= 4n << BigInt(bits))
    const wide = BigInt(Math.ceil((bits + 2) / 52))
    assert.ok(wide <= 320n)
    assert.ok(4n * wide * ((1n << 52n) - 1n) + (1n << 12n) < 1n << 64n)
    assert.ok(1n << (52n * wide) >= 4n << BigInt(bits))
  }
})
