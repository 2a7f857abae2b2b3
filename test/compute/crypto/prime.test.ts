import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bigintToBytes } from '../../../src/compute/crypto/bytes.ts'
import { bitLength } from '../../../src/compute/crypto/modular.ts'
import {
  isProbablePrime,
  millerRabinRounds,
  randomPrime,
  randomPrimePair,
} from '../../../src/compute/crypto/prime.ts'
import { seeded } from './fixture.ts'

test('primality agrees with trial division up to 20,000', () => {
  const random = seeded(1)
  for (let value = 0; value < 20_000; value++) {
    let prime = value > 1
    for (let d = 2; d * d <= value && prime; d++) prime = value % d !== 0
    assert.equal(isProbablePrime(BigInt(value), { rounds: 12, random }), prime, String(value))
  }
})

test('Carmichael numbers and strong pseudoprimes to small bases are composite', () => {
  // 2,152,302,898,747 passes bases 2, 3, 5, 7, 11; the others are Carmichael numbers without small factors.
  for (const value of [2152302898747n, 3215031751n, 3317044064679887385961981n]) {
    assert.equal(isProbablePrime(value), false)
  }
  const carmichael = (k: bigint) => (6n * k + 1n) * (12n * k + 1n) * (18n * k + 1n)
  assert.equal(isProbablePrime(carmichael(380n)), false)
})

test('Mersenne primes are prime and their neighbours are not', () => {
  for (const exponent of [61n, 127n, 521n, 607n, 1279n]) {
    assert.ok(isProbablePrime((1n << exponent) - 1n))
    assert.ok(!isProbablePrime((1n << (exponent + 2n)) - 1n))
  }
})

test('the rounds are those of FIPS 186-5 table B.1', () => {
  assert.deepEqual([512, 1024, 1536, 2048].map(millerRabinRounds), [40, 5, 4, 4])
})

test('a random prime has its two top bits set and is what the caller accepts', () => {
  const prime = randomPrime(200, { accept: (candidate) => candidate % 4n === 3n })
  assert.equal(prime >> 198n, 3n)
  assert.equal(prime % 4n, 3n)
  assert.ok(isProbablePrime(prime))
  assert.throws(() => randomPrime(8), RangeError)
})

test('a pair of primes makes a modulus of the full length, the larger prime first', () => {
  const [p, q] = randomPrimePair(512)
  assert.ok(p > q)
  assert.equal(bitLength(p * q), 512)
})

test('a second prime too close to the first is drawn again', () => {
  const [p, q] = [randomPrime(256), randomPrime(256)]
  const candidates = [p, p, q]
  const filler = seeded(5)
  let draws = 0
  const random = (length: number) => {
    // One draw is the candidate; 40 rounds follow, whose bases are below it as they begin with a zero byte.
    const [turn, step] = [Math.floor(draws / 41), draws % 41]
    draws++
    return step === 0 ? bigintToBytes(candidates[turn], length) : filler(length).with(0, 0)
  }
  assert.deepEqual(randomPrimePair(512, { random }), p > q ? [p, q] : [q, p])
  assert.equal(draws, 3 * 41)
})
