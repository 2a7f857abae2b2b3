import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { modulo } from '../../../src/compute/crypto/modular.ts'
import {
  add,
  addPlain,
  decrypt,
  encrypt,
  multiplyPlain,
  rerandomise,
  toResidue,
  toSigned,
} from '../../../src/compute/crypto/paillier.ts'
import { cases, fullKey, smallKey } from './fixture.ts'

const { publicKey } = smallKey
const { n } = publicKey
const message = fc.bigInt(0n, n - 1n)
const few = { numRuns: 12 }

for (const { key, encryptions, sum, products } of cases) {
  const { bits } = key.publicKey

  test(`${bits} bits: ciphertexts equal those of an independent implementation`, () => {
    for (const { message: m, r, ciphertext } of encryptions) {
      assert.equal(
        encrypt(key.publicKey, m, () => r.slice()),
        ciphertext,
      )
      assert.equal(decrypt(key, ciphertext), m)
    }
  })

  test(`${bits} bits: sums and products equal those of an independent implementation`, () => {
    const total = encryptions
      .map(({ ciphertext }) => ciphertext)
      .reduce((a, b) => add(key.publicKey, a, b))
    assert.equal(total, sum.ciphertext)
    assert.equal(decrypt(key, total), sum.message)
    const { message: m, ciphertext } = encryptions[products.of]
    for (const { scalar, ciphertext: expected } of products.results) {
      assert.equal(multiplyPlain(key.publicKey, ciphertext, scalar), expected)
      assert.equal(decrypt(key, expected), modulo(scalar * m, key.publicKey.n))
    }
  })
}

test('decryption undoes encryption', () => {
  fc.assert(
    fc.property(message, (m) => assert.equal(decrypt(smallKey, encrypt(publicKey, m)), m)),
    few,
  )
})

test('adding ciphertexts adds messages mod n', () => {
  fc.assert(
    fc.property(message, message, (a, b) => {
      const c = add(publicKey, encrypt(publicKey, a), encrypt(publicKey, b))
      assert.equal(decrypt(smallKey, c), (a + b) % n)
    }),
    few,
  )
})

test('adding a plain number adds it mod n', () => {
  fc.assert(
    fc.property(message, message, (a, b) => {
      assert.equal(decrypt(smallKey, addPlain(publicKey, encrypt(publicKey, a), b)), (a + b) % n)
    }),
    few,
  )
})

test('multiplying by a scalar, negative ones too, multiplies the message mod n', () => {
  fc.assert(
    fc.property(message, fc.bigInt(1n - n, n - 1n), (m, s) => {
      const c = multiplyPlain(publicKey, encrypt(publicKey, m), s)
      assert.equal(decrypt(smallKey, c), modulo(m * s, n))
    }),
    few,
  )
})

test('the same message twice gives different ciphertexts', () => {
  const seen = new Set(Array.from({ length: 8 }, () => encrypt(publicKey, 5n)))
  assert.equal(seen.size, 8)
})

test('rerandomising changes the ciphertext and keeps the message', () => {
  const c = encrypt(publicKey, 77n)
  const other = rerandomise(publicKey, c)
  assert.notEqual(other, c)
  assert.equal(decrypt(smallKey, other), 77n)
})

test('signed values survive, and a sum that ran over n/3 is noticed', () => {
  const most = (n - 1n) / 3n
  for (const value of [0n, 1n, -1n, most, -most]) {
    assert.equal(toSigned(toResidue(value, n), n), value)
  }
  assert.throws(() => toResidue(most + 1n, n), /n\/3/)
  assert.throws(() => toResidue(-most - 1n, n), /n\/3/)
  const c = encrypt(publicKey, toResidue(most, n))
  assert.throws(() => toSigned(decrypt(smallKey, add(publicKey, c, c)), n), /ran over/)
})

test('messages, scalars and ciphertexts out of range are refused', () => {
  const c = encrypt(publicKey, 1n)
  for (const m of [-1n, n]) {
    assert.throws(() => encrypt(publicKey, m), /encrypt: expected 0 <= message < n/)
    assert.throws(() => addPlain(publicKey, c, m), /addPlain: expected 0 <= message < n/)
  }
  assert.throws(() => multiplyPlain(publicKey, c, -n), /multiplyPlain/)
  for (const bad of [0n, -1n, n * n]) {
    assert.throws(() => decrypt(smallKey, bad), /0 < c < n²/)
    assert.throws(() => add(publicKey, c, bad), /0 < c < n²/)
    assert.throws(() => rerandomise(publicKey, bad), /0 < c < n²/)
  }
})

test('another key does not decrypt to the message', () => {
  const c = encrypt(publicKey, 42n)
  assert.notEqual(decrypt(fullKey, c), 42n)
})
