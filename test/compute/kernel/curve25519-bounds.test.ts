import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { readSources } from './build-wasm.ts'
import { loadAbstract, type Range } from './interval.ts'

const two = (exponent: number) => 1n << BigInt(exponent)
/** What `field.ts` calls tight, at every limb. */
const TIGHT = { from: -(two(50) + two(13)), to: two(50) + two(13) }
const LOOSE = { from: 2n * TIGHT.from, to: 2n * TIGHT.to }

function isTight(limbs: readonly Range[]): boolean {
  return limbs.every(({ from, to }, at) => {
    const bound = at === 0 ? TIGHT.to : two(50)
    return from >= -bound && to <= bound
  })
}

// The transformation of the sources runs in a program of its own.
const skip = 'Deno' in globalThis && 'needs esbuild, which runs on Node'

describe('The Curve25519 kernel on intervals', { skip }, () => {
  it('a product of a tight and a loose number loses no bit, and its carry is tight', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    const [a, b, out] = [kernel.allocate(), kernel.allocate(), kernel.allocate()]
    kernel.setLimbs(a, TIGHT)
    kernel.setLimbs(b, LOOSE)
    kernel.field.multiply(out, a, b)
    assert.ok(kernel.read(out).every(({ from, to }) => from > -two(61) && to < two(61)))
    kernel.field.carry(out, out)
    assert.ok(isTight(kernel.read(out)))
    assert.ok(kernel.widest.product < two(102))
  })

  it('a square of tight limbs, scaled loose ones, sums and differences are tight again', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    const [a, b, out, other] = Array.from({ length: 4 }, () => kernel.allocate())
    kernel.setLimbs(a, TIGHT)
    kernel.setLimbs(b, LOOSE)
    kernel.field.squareOf(out, a)
    assert.ok(isTight(kernel.read(out)))
    kernel.field.scale(out, b, -(2 ** 20))
    assert.ok(isTight(kernel.read(out)))
    kernel.field.sum(out, a, a)
    assert.ok(isTight(kernel.read(out)))
    kernel.field.difference(out, a, a)
    assert.ok(isTight(kernel.read(out)))
    kernel.setColumns(a, { from: -two(61) + two(51), to: two(61) - two(51) })
    kernel.field.carryBoth(out, other, a, a)
    assert.ok(
      kernel
        .read(out)
        .slice(1)
        .every(({ from, to }) => from >= -two(50) && to <= two(50)),
    )
  })

  it('the ladder, all its 255 steps, is exact for every point and every scalar', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    const [x, z, u] = [kernel.allocate(), kernel.allocate(), kernel.allocate()]
    kernel.setLimbs(u, TIGHT)
    kernel.ladder.ladder(x, z, u, 0)
    assert.ok(isTight(kernel.read(x)))
    assert.ok(isTight(kernel.read(z)))
    // The margins: half of what splits exactly, an eighth of what a carry takes.
    assert.ok(kernel.widest.product < two(101) + two(66), `${kernel.widest.product}`)
    assert.ok(kernel.widest.column < two(60), `${kernel.widest.column}`)
  })

  it('multiplying and hashing, with their inversions and roots, are exact for every input', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    kernel.index.setUp()
    kernel.index.multiplyPoints(1, 1, 1, 5)
    kernel.index.mapToCurve(1, 1, 5)
    assert.ok(kernel.widest.product < two(102))
    assert.ok(kernel.widest.column < two(62))
  })

  it('notices factors that are too wide: a product of two sums of tight limbs', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    const [a, out] = [kernel.allocate(), kernel.allocate()]
    kernel.setLimbs(a, LOOSE)
    assert.throws(() => kernel.field.multiply(out, a, a), /a product of limbs reaches/)
  })

  it('notices columns that are too wide, and a constant that is wrong by one term', async () => {
    const kernel = await loadAbstract(readSources('assembly/curve25519'))
    const [a, b, out] = [kernel.allocate(), kernel.allocate(), kernel.allocate()]
    kernel.setColumns(a, { from: -two(62) - two(51), to: 0n })
    assert.throws(() => kernel.field.carry(out, a), /a column reaches/)

    const sources = readSources('assembly/curve25519')
    const field = sources.get('field.ts') ?? ''
    const wrong = field.replace('19 * (4 - k), k + 19', '19 * (4 - k), k + 1 + 19')
    assert.notEqual(wrong, field)
    const broken = await loadAbstract(new Map(sources).set('field.ts', wrong))
    broken.setLimbs(a, TIGHT)
    broken.setLimbs(b, TIGHT)
    assert.throws(() => {
      broken.field.multiply(out, a, b)
      broken.field.carry(out, out)
    }, /a column reaches/)
  })

  it('notices a ladder that multiplies sums of limbs', async () => {
    const sources = readSources('assembly/curve25519')
    const ladder = sources.get('ladder.ts') ?? ''
    const usual = ladder.replace(
      'carryBoth(S, T, P, Q)',
      'carry(S, P); carry(T, Q); looseSum(S, S, T)',
    )
    assert.notEqual(usual, ladder)
    const withSum =
      usual +
      '\nfunction looseSum(out: usize, a: usize, b: usize): void { subtractLimbs(out, a, b) }\n'
    const kernel = await loadAbstract(new Map(sources).set('ladder.ts', withSum))
    const [x, z, u] = [kernel.allocate(), kernel.allocate(), kernel.allocate()]
    kernel.setLimbs(u, TIGHT)
    assert.throws(() => kernel.ladder.ladder(x, z, u, 0), /a product of limbs reaches/)
  })
})
