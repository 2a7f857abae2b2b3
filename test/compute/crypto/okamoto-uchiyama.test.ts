import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromRows } from '../../../src/compute/crypto/bytes.ts'
import { bitLength, gcd, modPow } from '../../../src/compute/crypto/modular.ts'
import {
  generateOuKey,
  ouLimit,
  ouPrimeBits,
  ouPublicKeyFromBytes,
  ouPublicKeyToBytes,
  ouRange,
  ouSecretKeyFromBytes,
  ouSecretKeyToBytes,
} from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import {
  ouDecrypt,
  ouEncrypt,
  ouEncryptWithSecret,
  ouOpen,
  ouSecretExponents,
  ouTable,
} from '../../../src/compute/crypto/okamoto-uchiyama.ts'
import { isProbablePrime } from '../../../src/compute/crypto/prime.ts'
import { ouCases, seeded } from './fixture.ts'

const small = ouCases[0].key
const other = ouCases[1].key

for (const { key, encryptions, sum, product } of ouCases) {
  const { publicKey } = key
  const { bits, n } = publicKey
  /** Opens what the plaintexts have room for, more than decryption lets out. */
  const openWide = (c: bigint) => {
    const table = ouTable(key)
    return ouOpen(table, modPow(c % table.p2, key.order, table.p2), ouRange(bits))
  }

  test(`${bits} bits: ciphertexts equal those of an independent implementation`, () => {
    for (const { message, r, ciphertext } of encryptions) {
      const limited = message < ouLimit(bits) && -message < ouLimit(bits)
      if (limited) {
        assert.equal(
          ouEncrypt(publicKey, message, () => r.slice()),
          ciphertext,
        )
        assert.equal(ouDecrypt(key, ciphertext), message)
      } else {
        assert.throws(() => ouEncrypt(publicKey, message), /expected \|message\| < 2\^/)
        assert.throws(() => ouDecrypt(key, ciphertext), /ran over/)
      }
      assert.equal(openWide(ciphertext), message)
    }
    assert.ok(encryptions.some(({ message }) => message > ouLimit(bits)))
    assert.ok(encryptions.some(({ message }) => message !== 0n && message < ouLimit(bits)))
  })

  test(`${bits} bits: sums and multiples equal those of an independent implementation`, () => {
    const total = encryptions.reduce((c, entry) => (c * entry.ciphertext) % n, 1n)
    assert.equal(total, sum.ciphertext)
    assert.equal(openWide(total), sum.message)
    const power = modPow(encryptions[product.of].ciphertext, product.scalar, n)
    assert.equal(power, product.ciphertext)
    assert.equal(openWide(power), product.scalar * encryptions[product.of].message)
  })

  test(`${bits} bits: the secret key gives ciphertexts of the same messages, below n`, () => {
    for (const { message: drawn } of encryptions) {
      const message = drawn % ouLimit(bits)
      const c = ouEncryptWithSecret(key, message, seeded(3))
      assert.ok(c < n)
      assert.notEqual(c % key.q, ouEncryptWithSecret(key, message, seeded(4)) % key.q)
      assert.equal(ouDecrypt(key, c), message)
    }
  })

  test(`${bits} bits: the greatest messages survive, one more is refused, a sum beyond is noticed`, () => {
    const most = ouLimit(bits) - 1n
    for (const message of [most, -most, 0n, -1n]) {
      assert.equal(ouDecrypt(key, ouEncrypt(publicKey, message)), message)
      assert.equal(ouDecrypt(key, ouEncryptWithSecret(key, message)), message)
    }
    assert.throws(() => ouEncrypt(publicKey, most + 1n), /ouEncrypt: expected \|message\| < 2\^/)
    assert.throws(() => ouEncryptWithSecret(key, -most - 1n), /ouEncryptWithSecret/)
    const c = ouEncrypt(publicKey, most)
    assert.throws(() => ouDecrypt(key, (c * c) % n), /ran over/)
  })

  test(`${bits} bits: keys come back from bytes`, () => {
    assert.deepEqual(ouPublicKeyFromBytes(ouPublicKeyToBytes(publicKey)), publicKey)
    assert.deepEqual(ouSecretKeyFromBytes(ouSecretKeyToBytes(key)), key)
  })
}

test('a chosen message of p or more is refused, which a decryption of all residues would give the key away for', () => {
  const { publicKey, p } = small
  const { g, h, n, bits } = publicKey
  const limit = ouLimit(bits)
  const encrypt = (m: bigint) => (modPow(g, m, n) * modPow(h, 12345n, n)) % n
  const table = ouTable(small)
  for (const m of [1n << BigInt(ouPrimeBits(bits)), (3n << 400n) + 5n, n - 1n - (n >> 9n)]) {
    assert.ok(m >= p)
    const residue = ouOpen(table, modPow(encrypt(m) % table.p2, p - 1n, table.p2), p)
    assert.equal(gcd(m - residue, n), p)
    assert.throws(() => ouDecrypt(small, encrypt(m)), /ran over: it is not below 2\^212/)
  }
  // Only next to a multiple of p do messages pass, within the limit.
  for (const k of [1n, 2n, 1n << 100n]) {
    assert.equal(ouDecrypt(small, encrypt(k * p + limit - 1n)), limit - 1n)
    assert.equal(ouDecrypt(small, encrypt(k * p - limit + 1n)), 1n - limit)
    assert.throws(() => ouDecrypt(small, encrypt(k * p + limit)), /ran over/)
    assert.throws(() => ouDecrypt(small, encrypt(k * p - limit)), /ran over/)
  }
  assert.ok((2n * limit) << 128n <= 2n * p)
  // A multiple of n is one of p, and its maker knew what it opens to.
  assert.equal(ouDecrypt(small, encrypt(3n * n + 7n)), 7n)
})

test('a fresh key has primes of a third of its bits and a g of the right order', () => {
  for (const [bits, least] of [
    [2048, 683],
    [3072, 1024],
  ]) {
    const { publicKey, p, q, order } = generateOuKey({ bits })
    assert.equal(ouPrimeBits(bits), least)
    assert.equal(bitLength(p), least)
    assert.equal(bitLength(publicKey.n), bits)
    assert.equal(p * p * q, publicKey.n)
    assert.equal(order, p - 1n)
    // The order of g mod p² is a multiple of p; h has none of it.
    assert.notEqual(modPow(publicKey.g, p - 1n, p * p), 1n)
    assert.equal(modPow(publicKey.h, p - 1n, p * p), 1n)
  }
})

test('a key with a short decryption exponent has a prime order of those bits', () => {
  const key = generateOuKey({ bits: 1024, subgroupBits: 256, allowSmall: true })
  assert.equal(bitLength(key.order), 256)
  assert.ok(isProbablePrime(key.order))
  assert.equal((key.p - 1n) % key.order, 0n)
  for (const message of [0n, 5n, -(2n ** 200n)]) {
    assert.equal(ouDecrypt(key, ouEncrypt(key.publicKey, message)), message)
    assert.equal(ouDecrypt(key, ouEncryptWithSecret(key, message)), message)
  }
  assert.throws(() => generateOuKey({ subgroupBits: 160 }), /subgroupBits of 256/)
})

test('with a short decryption exponent the secret key encrypts as the public one with exponents of full range', () => {
  const key = generateOuKey({ bits: 1024, subgroupBits: 256, allowSmall: true })
  const { q, order, publicKey } = key
  // Residues mod q are drawn from all units: g has to generate them, independently of what it generates mod p.
  assert.equal(gcd(order, q - 1n), 1n)
  for (let factor = 2n; factor < 2000n; factor++) {
    if ((q - 1n) % factor !== 0n) continue
    assert.notEqual(modPow(publicKey.g, (q - 1n) / factor, q), 1n)
    assert.notEqual(modPow(publicKey.h, (q - 1n) / factor, q), 1n)
  }
  const { width, rows } = ouSecretExponents(key, 200)
  assert.equal(width, 32)
  const exponents = fromRows(rows, width)
  assert.ok(exponents.every((exponent) => exponent < order))
  assert.ok(exponents.some((exponent) => exponent > order >> 1n))
  const full = generateOuKey({ bits: 1024, allowSmall: true })
  assert.equal(ouSecretExponents(full, 3).width, 40)
})

test('exponents that would favour some residues are drawn again', () => {
  const key = generateOuKey({ bits: 1024, subgroupBits: 256, allowSmall: true })
  let calls = 0
  const random = (length: number) => new Uint8Array(length).fill(calls++ === 0 ? 255 : 1)
  const { rows } = ouSecretExponents(key, 2, random)
  assert.deepEqual(rows, new Uint8Array(64).fill(1))
  assert.equal(calls, 3)
})

test('small keys need permission, tiny ones are refused', () => {
  assert.throws(() => generateOuKey({ bits: 1024 }), /allowSmall/)
  assert.throws(() => generateOuKey({ bits: 512, allowSmall: true }), /from 1024/)
})

test('what is no ciphertext of the key is refused', () => {
  const { publicKey, p, q } = small
  for (const bad of [0n, -1n, publicKey.n]) {
    assert.throws(() => ouDecrypt(small, bad), /0 < c < n/)
  }
  assert.throws(() => ouDecrypt(small, p), /common factor/)
  assert.throws(() => ouDecrypt(small, p * q * 5n), /common factor/)
})

test('keys that were tampered with are refused with the reason', () => {
  const bytes = ouPublicKeyToBytes(small.publicKey)
  assert.throws(() => ouPublicKeyFromBytes(ouSecretKeyToBytes(small)), /do not start/)
  assert.throws(() => ouPublicKeyFromBytes(bytes.slice(0, -1)), /expected 388 bytes/)
  assert.throws(() => ouPublicKeyFromBytes(bytes.with(387, bytes[387] ^ 1)), /h is not g\^n/)
  assert.throws(() => ouPublicKeyFromBytes(bytes.with(4, 0)), /odd number of 1024 bits/)
  const change = (part: Partial<typeof small>) => ouSecretKeyToBytes({ ...small, ...part })
  assert.throws(() => ouSecretKeyFromBytes(change({ q: small.q - 2n })), RangeError)
  assert.throws(() => ouSecretKeyFromBytes(change({ order: small.order - 1n })), /does not divide/)
  assert.throws(() => ouSecretKeyFromBytes(change({ order: 1n })), /has not the order/)
  const mixed = { ...small, publicKey: { ...small.publicKey, h: 3n } }
  assert.throws(() => ouSecretKeyFromBytes(ouSecretKeyToBytes(mixed)), /h is not/)
  assert.notEqual(other.p, small.p)
})
