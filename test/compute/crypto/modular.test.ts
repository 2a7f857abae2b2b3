import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  bitLength,
  gcd,
  modInverse,
  modPow,
  modulo,
  slidingWindows,
} from '../../../src/compute/crypto/modular.ts'

const big = fc.bigInt({ min: 0n, max: 1n << 256n })

test('modPow equals repeated multiplication for small exponents', () => {
  fc.assert(
    fc.property(big, fc.integer({ min: 0, max: 70 }), fc.bigInt(1n, 1n << 200n), (b, e, m) => {
      assert.equal(modPow(b, BigInt(e), m), b ** BigInt(e) % m)
    }),
  )
})

test('modPow turns sums of exponents into products', () => {
  fc.assert(
    fc.property(big, big, big, fc.bigInt(2n, 1n << 256n), (x, a, b, m) => {
      assert.equal(modPow(x, a + b, m), (modPow(x, a, m) * modPow(x, b, m)) % m)
    }),
  )
})

test('modPow refuses a negative exponent and a modulus of zero', () => {
  assert.throws(() => modPow(2n, -1n, 5n), RangeError)
  assert.throws(() => modPow(2n, 1n, 0n), RangeError)
})

test('modInverse times the value is one, or there is a common factor', () => {
  fc.assert(
    fc.property(fc.bigInt(-(1n << 200n), 1n << 200n), fc.bigInt(2n, 1n << 200n), (a, m) => {
      if (gcd(a, m) === 1n) assert.equal(modulo(a * modInverse(a, m), m), 1n)
      else assert.throws(() => modInverse(a, m), /common factor/)
    }),
  )
})

test('gcd divides both numbers and leaves coprime quotients', () => {
  fc.assert(
    fc.property(big, fc.bigInt(1n, 1n << 128n), fc.bigInt(1n, 1n << 64n), (a, b, c) => {
      const d = gcd(a * c, -b * c)
      assert.equal((a * c) % d, 0n)
      assert.equal((b * c) % d, 0n)
      assert.equal(d % c, 0n)
      assert.equal(gcd((a * c) / d, (b * c) / d), 1n)
    }),
  )
})

test('bitLength is the length in binary', () => {
  assert.equal(bitLength(0n), 0)
  fc.assert(fc.property(fc.bigInt(1n, 1n << 300n), (x) => bitLength(x) === x.toString(2).length))
  assert.throws(() => bitLength(-1n), RangeError)
})

test('slidingWindows spell the exponent with odd digits', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 1n << 300n), fc.integer({ min: 1, max: 6 }), (exponent, width) => {
      const windows = slidingWindows(exponent, width)
      const spelled = windows.reduce((x, w) => (x << BigInt(w.squarings)) + BigInt(w.digit), 0n)
      assert.equal(spelled, exponent)
      windows.forEach(({ digit }, i) => {
        assert.ok(digit < 2 ** width)
        assert.ok(digit % 2 === 1 || i === windows.length - 1)
      })
    }),
  )
})
