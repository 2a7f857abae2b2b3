import assert from 'node:assert/strict'
import { test } from 'node:test'

import { gcd } from '../../../src/compute/crypto/modular.ts'
import {
  randomBelow,
  randomBits,
  randomBytes,
  randomUnit,
} from '../../../src/compute/crypto/random.ts'
import { seeded } from './fixture.ts'

test('more bytes than WebCrypto gives at once are all filled', () => {
  const bytes = randomBytes(200_000)
  // The chance that 64 random bytes are all zero is 2^−512.
  for (const at of [0, 65_472, 131_072, 199_936]) {
    assert.ok(bytes.subarray(at, at + 64).some((byte) => byte !== 0))
  }
})

test('every value below the bound occurs about equally often, none above', () => {
  const counts = Array.from({ length: 5 }, () => 0)
  const random = seeded(7)
  for (let i = 0; i < 5000; i++) counts[Number(randomBelow(5n, random))]++
  assert.equal(counts.length, 5)
  // Standard deviation 28: 6 of them.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 170, String(counts))
})

test('the only number below one is zero, and a bound of zero is refused', () => {
  assert.equal(randomBelow(1n), 0n)
  assert.throws(() => randomBelow(0n), RangeError)
})

test('randomBits drops the bits beyond the asked number', () => {
  assert.equal(
    randomBits(11, (length) => new Uint8Array(length).fill(255)),
    2047n,
  )
})

test('a random unit has no common factor with the modulus', () => {
  const random = seeded(3)
  for (let i = 0; i < 50; i++) {
    const unit = randomUnit(30n, random)
    assert.ok(unit > 0n && gcd(unit, 30n) === 1n)
  }
})
