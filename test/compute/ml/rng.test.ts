import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRng } from '../../../src/compute/ml/rng.ts'

const WORD = 2n ** 32n
const word = (value: bigint): bigint => ((value % WORD) + WORD) % WORD
const rotate = (value: bigint, by: bigint): bigint => word(value << by) | (value >> (32n - by))

/** The published algorithms once more, on exact integers. */
function* words(seed: bigint, stream: bigint): Generator<bigint> {
  function splitMix(value: bigint): bigint {
    let mixed = word(value + 0x9e3779b9n)
    mixed = word((mixed ^ (mixed >> 16n)) * 0x21f0aaadn)
    mixed = word((mixed ^ (mixed >> 15n)) * 0x735a2d97n)
    return mixed ^ (mixed >> 15n)
  }
  let mixed = 0n
  for (const part of [seed, seed >> 32n, stream, stream >> 32n]) {
    mixed = splitMix(mixed ^ word(part))
  }
  let [a, b, c, d] = [0n, 1n, 2n, 3n].map((at) => splitMix(word(mixed + at * 0x9e3779b9n)))
  for (;;) {
    yield word(rotate(word(b * 5n), 7n) * 9n)
    const shifted = word(b << 9n)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11n)
  }
}

describe('createRng', () => {
  it('is xoshiro128** seeded by SplitMix32', () => {
    for (const [seed, stream] of [
      [0, 0],
      [6, 1],
      [2 ** 40 + 3, 7],
      [-5, 2 ** 33],
    ]) {
      const rng = createRng(seed, stream)
      const oracle = words(BigInt(seed), BigInt(stream))
      for (let draw = 0; draw < 100; draw++) {
        const high = oracle.next().value! >> 5n
        const low = oracle.next().value! >> 6n
        assert.equal(rng.uniform(), Number((high << 26n) | low) / 2 ** 53)
      }
    }
  })

  it('gives uniform and normal numbers of the right mean and spread', () => {
    const rng = createRng(1)
    for (const [draw, mean, variance] of [
      [rng.uniform, 1 / 2, 1 / 12],
      [rng.normal, 0, 1],
    ] as const) {
      const values = Array.from({ length: 20_000 }, draw)
      const found = values.reduce((sum, value) => sum + value, 0) / values.length
      const spread = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length
      // Five standard errors.
      assert.ok(Math.abs(found - mean) < 5 * Math.sqrt(variance / values.length))
      assert.ok(Math.abs(spread - variance) < 0.05 * variance)
    }
  })

  it('keeps seeds and streams apart', () => {
    const first = [createRng(1), createRng(2), createRng(1, 1), createRng(2, 1)].map((rng) =>
      rng.uniform(),
    )
    assert.equal(new Set(first).size, 4)
  })

  it('draws every whole number below a bound, and refuses a bound below 1', () => {
    const rng = createRng(3)
    const seen = new Set(Array.from({ length: 200 }, () => rng.integer(7)))
    assert.deepEqual(seen, new Set([0, 1, 2, 3, 4, 5, 6]))
    assert.throws(() => rng.integer(0), RangeError)
    assert.throws(() => createRng(0.5), RangeError)
  })

  it('shuffles without losing anything, and leaves its input alone', () => {
    const values = Array.from({ length: 50 }, (_, at) => at)
    const shuffled = createRng(4).shuffle(values)
    assert.notDeepEqual(shuffled, values)
    assert.deepEqual(
      shuffled.toSorted((a, b) => a - b),
      values,
    )
    assert.deepEqual(values.slice(0, 3), [0, 1, 2])
  })
})
