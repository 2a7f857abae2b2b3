/**
 * The bounds that `native/field25519.h` argues for, checked by running that very source, turned into JavaScript, on
 * intervals instead of numbers: what holds of the intervals holds of all numbers in them. An interval of one number is that
 * number, so the same run on those checks what comes out. It needs neither the processor nor a C compiler.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compileFunction } from 'node:vm'

import { randomBelow } from '../../../src/compute/crypto/random.ts'

const P = 2n ** 255n - 19n
const LIMB = 2n ** 52n - 1n

/** 64-bit integers from `from` to `to`. */
interface Range {
  readonly from: bigint
  readonly to: bigint
}
interface Limbs {
  readonly v: Range[]
}

/** What a Number and what a Sum may be, as the head of the header has it. */
const NUMBER = limbsUpTo(2n ** 47n + 2n ** 12n - 1n)
const SUM = limbsUpTo(2n ** 49n - 1n)

/** The functions of the header. */
interface Field {
  add(out: Limbs, a: Limbs, b: Limbs): void
  subtract(out: Limbs, a: Limbs, b: Limbs): void
  normal(out: Limbs, a: Limbs): void
  multiply(out: Limbs, a: readonly Range[], b: readonly Range[]): void
  square(out: Limbs, a: readonly Range[]): void
  addScaled(out: Limbs, a: Limbs, b: Limbs, factor: number): void
  negate(out: Limbs, a: Limbs): void
  reduce(x: Range[]): void
  element(out: Limbs, words: readonly Range[]): void
}

const widest = { column: 0n }
const skip = 'Deno' in globalThis && 'needs node:vm as Node has it'

test(
  'results lie within the bounds for all that factors, sums and differences may be',
  { skip },
  () => {
    const field = load()
    const fits = (found: Limbs, bound: Limbs, what: string) => {
      for (const [i, { from, to }] of found.v.entries()) {
        assert.ok(from >= 0n && to <= bound.v[i].to, `${what}: limb ${i} reaches ${to}`)
      }
    }
    const out = empty()
    field.add(out, NUMBER, NUMBER)
    fits(out, SUM, 'add')
    field.subtract(out, NUMBER, NUMBER)
    fits(out, SUM, 'subtract')
    for (const a of [NUMBER, SUM]) {
      for (const b of [NUMBER, SUM]) {
        field.multiply(out, a.v, b.v)
        fits(out, NUMBER, 'multiply')
      }
      field.square(out, a.v)
      fits(out, NUMBER, 'square')
    }
    field.addScaled(out, NUMBER, SUM, 2 ** 20 - 1)
    fits(out, NUMBER, 'addScaled')
    field.normal(out, SUM)
    fits(out, NUMBER, 'normal')
    field.negate(out, NUMBER)
    fits(out, NUMBER, 'negate')
    const word = { from: 0n, to: 2n ** 64n - 1n }
    field.element(out, [word, word, word, word, word, word])
    fits(out, NUMBER, 'element')
    // The checks of columns are about something: they do come close to 64 bits.
    assert.ok(widest.column > 2n ** 63n)
    assert.ok(valueOf(topsOf(NUMBER)) < 2n * P)
  },
)

test('a factor with a limb of 52 bits and one more is refused by these checks', { skip }, () => {
  const field = load()
  const wide = { v: [...NUMBER.v.slice(0, 4), { from: 0n, to: 2n ** 52n }] }
  assert.throws(() => field.multiply(empty(), wide.v, NUMBER.v), /reads 52 bits/)
  const wider = limbsUpTo(LIMB)
  assert.throws(() => field.multiply(empty(), wider.v, wider.v), /overflows 64 bits/)
  assert.throws(() => field.subtract(empty(), NUMBER, SUM), /below zero/)
})

test('results are those of bigint, for extreme limbs and random ones', { skip }, () => {
  const field = load()
  const inputs = [...samples(NUMBER), ...Array.from({ length: 20 }, () => limbsOf(randomBelow(P)))]
  const sums = samples(SUM)
  const same = (found: Limbs, expected: bigint, what: string) =>
    assert.equal(valueOf(found) % P, ((expected % P) + P) % P, what)
  const out = empty()
  for (const a of inputs) {
    const x = valueOf(a)
    field.negate(out, a)
    same(out, -x, 'negate')
    const whole = { v: [...a.v] }
    field.reduce(whole.v)
    assert.equal(valueOf(whole), x % P)
    for (const b of inputs) {
      field.add(out, a, b)
      same(out, x + valueOf(b), 'add')
      field.subtract(out, a, b)
      same(out, x - valueOf(b), 'subtract')
    }
    for (const b of [...inputs, ...sums]) {
      const y = valueOf(b)
      field.multiply(out, a.v, b.v)
      same(out, x * y, 'multiply')
      field.square(out, b.v)
      same(out, y * y, 'square')
      field.addScaled(out, a, b, 121665)
      same(out, x + 121665n * y, 'addScaled')
      field.normal(out, b)
      same(out, y, 'normal')
    }
  }
  for (const value of [0n, 1n, P - 1n, P, P + 1n, P + 18n, 2n ** 255n, 2n ** 255n - 1n]) {
    const x = limbsOf(value)
    field.reduce(x.v)
    assert.equal(valueOf(x), value % P)
  }
  for (const value of [0n, P, 2n ** 384n - 1n, 2n ** 255n, randomBelow(2n ** 384n)]) {
    const words = [5n, 4n, 3n, 2n, 1n, 0n].map((i) => point(BigInt.asUintN(64, value >> (64n * i))))
    field.element(out, words)
    same(out, value, 'element')
  }
})

/** The functions of the C sources that touch limbs, as JavaScript on ranges. */
function load(): Field {
  const header = source('field25519.h')
  const arithmetic = header.slice(
    header.indexOf('INLINE void ripple('),
    header.indexOf('static inline void constant('),
  )
  const elligator = source('elligator.c')
  const element = elligator.slice(
    elligator.indexOf('static void element('),
    elligator.indexOf('static void map_words('),
  )
  const code = [arithmetic, element].map(toScript).join('\n')
  const names = [
    'add',
    'subtract',
    'normal',
    'multiply',
    'square',
    'addScaled',
    'negate',
    'reduce',
    'element',
  ]
  const run = compileFunction(`${code}\nreturn { ${names.join(', ')} }`, Object.keys(OPERATIONS))
  return run(...Object.values(OPERATIONS)) as Field
}

function source(name: string): string {
  return readFileSync(
    new URL(`../../../src/compute/kernel/native/${name}`, import.meta.url),
    'utf8',
  )
}

/** C as far as these functions use it. */
function toScript(text: string): string {
  return text
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/^#define.*$/gm, '')
    .replaceAll(/(?:INLINE|static) void (\w+)\((.*)\) \{/g, (_all, name: string, list: string) => {
      const parameters = list.split(',').map((each) => /(\w+)(?:\[\d+\])?$/.exec(each.trim())?.[1])
      return `function ${name}(${parameters.join(', ')}) {`
    })
    .replaceAll(/UNROLL for \(int/g, 'for (let')
    .replaceAll(/for \(int/g, 'for (let')
    .replaceAll(/HIDE\(\w+\);/g, '')
    .replaceAll(/const V (\w+)\[\d+\] = \{(.*)\};/g, 'const $1 = [$2];')
    .replaceAll(/\bV (\w+)\[\d+\];/g, 'const $1 = [];')
    .replaceAll(/\b(?:Sum|Number) (\w+);/g, 'const $1 = { v: [] };')
    .replaceAll(/V \*(\w+) =/g, 'const $1 =')
    .replaceAll(/const V /g, 'const ')
    .replaceAll(/\bV (\w+) =/g, 'let $1 =')
    .replaceAll('->', '.')
    .replaceAll(/&(\w)/g, '$1')
}

/** What the macros of the header stand for. */
const OPERATIONS = {
  LIMB: Number(LIMB),
  TOP: 2 ** 47 - 1,
  ALL: (value: number) => point(BigInt(value)),
  ADD: sum,
  SUB(x: Range, y: Range): Range {
    if (x.from < y.to) throw new RangeError('a difference below zero')
    return { from: x.from - y.to, to: x.to - y.from }
  },
  AND(x: Range, mask: Range): Range {
    if (x.from === x.to) return point(x.from & mask.from)
    return x.to <= mask.from ? x : { from: 0n, to: mask.from }
  },
  OR(x: Range, y: Range): Range {
    if (x.from === x.to && y.from === y.to) return point(x.from | y.from)
    return { from: 0n, to: 2n ** 64n - 1n }
  },
  SHR: (x: Range, bits: number): Range => ({
    from: x.from >> BigInt(bits),
    to: x.to >> BigInt(bits),
  }),
  SHL(x: Range, bits: number): Range {
    // What is shifted out is gone.
    if (x.from === x.to) return point(BigInt.asUintN(64, x.from << BigInt(bits)))
    return { from: 0n, to: 2n ** 64n - 1n }
  },
  LO(all: Range, x: Range, y: Range): Range {
    const { from, to } = product(x, y)
    if (from === to) return sum(all, point(from & LIMB))
    return sum(all, to <= LIMB ? { from, to } : { from: 0n, to: LIMB })
  },
  HI(all: Range, x: Range, y: Range): Range {
    const { from, to } = product(x, y)
    return sum(all, { from: from >> 52n, to: to >> 52n })
  },
  MUL(x: Range, y: Range): Range {
    return sum(point(0n), { from: x.from * y.from, to: x.to * y.to })
  },
}

function product(x: Range, y: Range): Range {
  if (x.to > LIMB || y.to > LIMB) throw new RangeError('vpmadd52 reads 52 bits of a factor')
  return { from: x.from * y.from, to: x.to * y.to }
}

function sum(x: Range, y: Range): Range {
  const to = x.to + y.to
  if (to > widest.column) widest.column = to
  if (to >= 2n ** 64n) throw new RangeError(`a column overflows 64 bits: ${to}`)
  return { from: x.from + y.from, to }
}

function point(value: bigint): Range {
  return { from: value, to: value }
}

function empty(): Limbs {
  return { v: [] }
}

/** Any four limbs, and a top one up to `top`. */
function limbsUpTo(top: bigint): Limbs {
  return { v: [LIMB, LIMB, LIMB, LIMB, top].map((to) => ({ from: 0n, to })) }
}

function topsOf({ v }: Limbs): Limbs {
  return { v: v.map(({ to }) => point(to)) }
}

/** Numbers whose limbs are the least, the greatest or next to them. */
function samples({ v }: Limbs): Limbs[] {
  const [all, one, none] = [topsOf({ v }), limbsOf(1n), limbsOf(0n)]
  const single = v.map((_, i) => ({ v: all.v.map((limb, k) => (k === i ? limb : point(0n))) }))
  return [all, one, none, ...single, { v: all.v.map(({ to }) => point(to - 1n)) }]
}

function limbsOf(value: bigint): Limbs {
  return { v: [0n, 1n, 2n, 3n, 4n].map((i) => point((value >> (52n * i)) & LIMB)) }
}

function valueOf({ v }: Limbs): bigint {
  return v.reduceRight((value, { to }) => (value << 52n) + to, 0n)
}
