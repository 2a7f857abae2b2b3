import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openSecret } from '../../../src/compute/crypto/additive.ts'
import { fromRows, toRows } from '../../../src/compute/crypto/bytes.ts'
import { modPow } from '../../../src/compute/crypto/modular.ts'
import type { PublicKey } from '../../../src/compute/crypto/paillier-key.ts'
import { add, decrypt, multiplyPlain } from '../../../src/compute/crypto/paillier.ts'
import { inline } from '../../../src/compute/parallel.ts'
import vectors from '../../vectors/paillier-packages.json' with { type: 'json' }

const hex = (text: string) => BigInt(`0x${text}`)
// Other people's ciphertexts have their own randomness: ours, hs, plays no part here.
const publicKey = (n: bigint): PublicKey => ({ scheme: 'paillier', bits: 2048, n, hs: 4n })

const { phe, pypaillier } = vectors
const n = hex(phe.n)
const [p, q] = [hex(phe.p), hex(phe.q)].toSorted((a, b) => (a < b ? 1 : -1))
const key = { publicKey: publicKey(n), p, q }

test('ciphertexts of phe decrypt to their messages', () => {
  for (const { message, r, ciphertext } of phe.encryptions) {
    const square = n * n
    assert.equal(((1n + hex(message) * n) * modPow(hex(r), n, square)) % square, hex(ciphertext))
    assert.equal(decrypt(key, hex(ciphertext)), hex(message))
  }
})

test('sums and products of phe are ours, bit by bit', () => {
  const ciphertexts = phe.encryptions.map(({ ciphertext }) => hex(ciphertext))
  const [a, b] = phe.sum.of.map((i) => ciphertexts[i])
  assert.equal(add(key.publicKey, a, b), hex(phe.sum.ciphertext))
  assert.equal(decrypt(key, hex(phe.sum.ciphertext)), hex(phe.sum.message))
  for (const { scalar, ciphertext, message } of phe.products.results) {
    const product = multiplyPlain(key.publicKey, ciphertexts[phe.products.of], BigInt(scalar))
    assert.equal(product, hex(ciphertext))
    assert.equal(decrypt(key, product), hex(message))
  }
})

test('bulk sums, products and decryption agree with phe', async () => {
  const scheme = openSecret(key, { parallel: inline })
  const of = phe.encryptions[phe.products.of]
  const batch = {
    fingerprint: scheme.fingerprint,
    length: 1,
    bound: 1n << 65n,
    data: toRows([hex(of.ciphertext)], scheme.width),
  }
  assert.deepEqual(await scheme.decrypt(batch), [hex(of.message)])
  for (const { scalar, ciphertext } of phe.products.results) {
    const product = await scheme.scale(batch, BigInt(scalar))
    assert.deepEqual(fromRows(product.data, scheme.width), [hex(ciphertext)])
    assert.deepEqual(await scheme.decrypt(product), [BigInt(scalar) * hex(of.message)])
  }
})

test('sums and products of pypaillier are ours, bit by bit', () => {
  const theirs = publicKey(hex(pypaillier.n))
  const ciphertexts = pypaillier.ciphertexts.map(hex)
  assert.equal(
    ciphertexts.reduce((a, b) => add(theirs, a, b)),
    hex(pypaillier.sum),
  )
  pypaillier.scalars.forEach((scalar, i) => {
    assert.equal(multiplyPlain(theirs, ciphertexts[i], BigInt(scalar)), hex(pypaillier.products[i]))
  })
})
