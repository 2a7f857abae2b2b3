import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  checkFraction,
  decodeFixed,
  encodeFixed,
  encodeScalars,
} from '../../../src/compute/crypto/fixed-point.ts'

const bound = 1n << 1500n

test('the error of a value is at most half of the last fractional bit', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: 0, max: 60 }),
      (value, fraction) => {
        const back = decodeFixed(encodeFixed(value, fraction, bound), fraction)
        assert.ok(Math.abs(back - value) <= 2 ** -(fraction + 1))
      },
    ),
  )
})

test('a value with few enough bits comes back exactly', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 400 }), (value, fraction) => {
      assert.equal(decodeFixed(encodeFixed(value, fraction, bound), fraction), value + 0)
    }),
  )
  assert.equal(decodeFixed(encodeFixed(2 ** 900 + 2 ** 850, 100, bound), 100), 2 ** 900 + 2 ** 850)
})

test('decoding rounds to nearest as a float does, however long the integer', () => {
  fc.assert(
    fc.property(fc.bigInt(-(1n << 900n), 1n << 900n), (integer) => {
      assert.equal(decodeFixed(integer, 0), Number(integer))
    }),
  )
  // 2^60 + 2^7 lies halfway between two floats; the lone bit far below breaks the tie.
  const tie = ((1n << 60n) + (1n << 7n)) << 600n
  assert.equal(decodeFixed(tie, 600), 2 ** 60)
  assert.equal(decodeFixed(tie + 1n, 600), 2 ** 60 + 2 ** 8)
  assert.equal(decodeFixed(1n << 3000n, 2500), 2 ** 500)
  assert.equal(decodeFixed(1n << 3000n, 0), Number.POSITIVE_INFINITY)
})

test('what does not fit is refused with the value', () => {
  assert.throws(() => encodeFixed(Number.NaN, 4, bound), /NaN/)
  assert.throws(() => encodeFixed(Number.NEGATIVE_INFINITY, 4, bound), /-Infinity/)
  assert.throws(() => encodeFixed(16, 4, 256n), /does not fit/)
  assert.throws(() => encodeFixed(-16, 4, 256n), /does not fit/)
  assert.equal(encodeFixed(-15.99, 4, 257n), -256n)
})

test('scalars are integers below 2^53', () => {
  assert.deepEqual(encodeScalars(Float64Array.of(0.5, -1.25, 0), 2), Float64Array.of(2, -5, 0))
  assert.throws(() => encodeScalars(Float64Array.of(0, 2 ** 30), 23), /value 1/)
  assert.throws(() => encodeScalars(Float64Array.of(Number.NaN), 0), /NaN/)
})

test('a fraction is an integer from 0 to 512', () => {
  for (const fraction of [-1, 0.5, 513, Number.NaN]) {
    assert.throws(() => checkFraction(fraction, 'x'), /expected a fraction/)
  }
})
