import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bitLength, gcd, modPow } from '../../../src/compute/crypto/modular.ts'
import {
  generateKey,
  publicKeyFromBytes,
  publicKeyFromJson,
  publicKeyToBytes,
  publicKeyToJson,
  secretKeyFromBytes,
  secretKeyFromJson,
  secretKeyToBytes,
  secretKeyToJson,
} from '../../../src/compute/crypto/paillier-key.ts'
import { cases, fullKey, smallKey } from './fixture.ts'

test('a fresh key has 2048 bits and primes that are 3 mod 4 without a common factor of p − 1 and q − 1', () => {
  const { publicKey, p, q } = generateKey()
  assert.equal(publicKey.bits, 2048)
  assert.equal(bitLength(publicKey.n), 2048)
  assert.equal(p * q, publicKey.n)
  assert.equal(p & q & 3n, 3n)
  assert.equal(gcd(p - 1n, q - 1n), 2n)
  // hs is an n-th power mod n²: raised to (p − 1)(q − 1) it is 1, and its order is not a small power of 2.
  const order = (p - 1n) * (q - 1n)
  assert.equal(modPow(publicKey.hs, order, publicKey.n ** 2n), 1n)
  assert.notEqual(modPow(publicKey.hs, 1n << 64n, publicKey.n ** 2n), 1n)
})

test('small keys need permission, tiny ones are refused', () => {
  assert.throws(() => generateKey({ bits: 1024 }), /allowSmall/)
  assert.throws(() => generateKey({ bits: 512, allowSmall: true }), /at least 1024/)
  assert.throws(() => generateKey({ bits: 2047 }), /multiple of 16/)
  assert.throws(() => generateKey({ bits: 8208 }), /up to 8192/)
  assert.equal(generateKey({ bits: 1024, allowSmall: true }).publicKey.bits, 1024)
})

test('keys come back from bytes and JSON', () => {
  for (const { key } of cases) {
    assert.deepEqual(publicKeyFromBytes(publicKeyToBytes(key.publicKey)), key.publicKey)
    assert.deepEqual(secretKeyFromBytes(secretKeyToBytes(key)), key)
    const text = JSON.stringify(secretKeyToJson(key))
    assert.deepEqual(secretKeyFromJson(JSON.parse(text)), key)
    assert.deepEqual(publicKeyFromJson(publicKeyToJson(key.publicKey)), key.publicKey)
  }
})

test('the public forms hold no factor', () => {
  const json = JSON.stringify(publicKeyToJson(fullKey.publicKey))
  assert.ok(!json.includes(fullKey.p.toString(16)))
  assert.ok(!json.includes(fullKey.q.toString(16)))
  assert.equal(publicKeyToBytes(fullKey.publicKey).length, 4 + 256 + 512)
})

test('bytes that are no public key are refused with the reason', () => {
  const bytes = publicKeyToBytes(smallKey.publicKey)
  const changed = (at: number, value: number) => bytes.map((byte, i) => (i === at ? value : byte))
  assert.throws(() => publicKeyFromBytes(Uint8Array.of()), /do not start/)
  assert.throws(() => publicKeyFromBytes(secretKeyToBytes(smallKey)), /do not start/)
  assert.throws(() => publicKeyFromBytes(bytes.slice(0, -1)), /expected 388 bytes/)
  assert.throws(() => publicKeyFromBytes(changed(2, 1)), /at least 1024/)
  assert.throws(() => publicKeyFromBytes(changed(4, 0)), /instead of 1024/)
  assert.throws(() => publicKeyFromBytes(changed(4 + 127, 0)), /even/)
  assert.throws(() => publicKeyFromBytes(changed(4 + 128, 255)), /between 1 and n²/)
  const { n } = smallKey.publicKey
  for (const hs of [0n, 1n, n * n]) {
    assert.throws(
      () => publicKeyFromJson({ ...publicKeyToJson(smallKey.publicKey), hs: hs.toString(16) }),
      /between 1 and n²/,
    )
  }
  assert.throws(
    () => publicKeyFromJson({ ...publicKeyToJson(smallKey.publicKey), hs: n.toString(16) }),
    /common factor/,
  )
})

test('a secret key whose factors are wrong is refused', () => {
  const json = secretKeyToJson(smallKey)
  assert.throws(() => secretKeyFromJson({ ...json, p: json.q, q: json.p }), /not the factors/)
  assert.throws(() => secretKeyFromJson({ ...json, p: json.n, q: '1' }), /not prime/)
  assert.throws(() => secretKeyFromJson({ ...json, p: 'xyz' }), /hexadecimal/)
})
