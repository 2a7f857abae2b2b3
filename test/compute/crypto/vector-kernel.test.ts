import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromRows, toRows } from '../../../src/compute/crypto/bytes.ts'
import { modPow } from '../../../src/compute/crypto/modular.ts'
import { publicKeyToBytes, secretKeyToBytes } from '../../../src/compute/crypto/paillier-key.ts'
import {
  addPlain,
  encrypt,
  multiplyPlain,
  rerandomise,
  toResidue,
} from '../../../src/compute/crypto/paillier.ts'
import {
  addRows,
  affineRows,
  decryptRows,
  encryptRows,
  sumRows,
  transposeMultiplyRows,
} from '../../../src/compute/crypto/vector-kernel.ts'
import { cases, seeded } from './fixture.ts'

for (const { key, encryptions } of cases) {
  const { publicKey } = key
  const { bits, n } = publicKey
  const width = bits / 4
  const square = n * n
  const bytes = publicKeyToBytes(publicKey)
  const values = Float64Array.of(0, 1, -1, 123.25, -4096.5)
  const messages = [0n, 4n, -4n, 493n, -16386n].map((value) => toResidue(value, n))
  const plain = () => {
    const random = seeded(11)
    return messages.map((message) => encrypt(publicKey, message, random))
  }
  const rows = () => encryptRows({ key: bytes, values, fraction: 2 }, seeded(11))

  test(`${bits} bits: bulk encryption gives the ciphertexts of single encryption for the same randomness`, () => {
    assert.deepEqual(fromRows(rows(), width), plain())
  })

  test(`${bits} bits: bulk encryption equals the independent implementation`, () => {
    const small = encryptions.filter(({ message }) => message < 1n << 40n)
    assert.ok(small.length >= 2)
    for (const { message, r, ciphertext } of small) {
      const call = { key: bytes, values: Float64Array.of(Number(message)), fraction: 0 }
      assert.deepEqual(
        fromRows(
          encryptRows(call, () => r),
          width,
        ),
        [ciphertext],
      )
    }
  })

  test(`${bits} bits: bulk decryption gives the values`, () => {
    const call = { key: secretKeyToBytes(key), rows: rows(), fraction: 2 }
    assert.deepEqual(decryptRows(call), values)
  })

  test(`${bits} bits: affine equals a scalar product, a plain sum and fresh randomness`, () => {
    for (const scale of [3, -1, -1000, 0]) {
      const call = { key: bytes, rows: rows(), scale, offset: values, fraction: 2 }
      const random = seeded(5)
      const expected = plain().map((ciphertext, i) => {
        const scaled = multiplyPlain(publicKey, ciphertext, BigInt(scale))
        return rerandomise(publicKey, addPlain(publicKey, scaled, messages[i]), random)
      })
      assert.deepEqual(fromRows(affineRows(call, seeded(5)), width), expected)
    }
  })

  test(`${bits} bits: doublings and sums are products of ciphertexts`, () => {
    const call = { key: bytes, a: rows(), b: rows(), doublingsA: 0, doublingsB: 9 }
    assert.deepEqual(
      fromRows(addRows(call), width),
      plain().map((c) => (c * modPow(c, 512n, square)) % square),
    )
    assert.deepEqual(fromRows(sumRows({ key: bytes, rows: rows() }), width), [
      plain().reduce((a, b) => (a * b) % square),
    ])
  })

  test(`${bits} bits: a transposed product is a product of powers with fresh randomness`, () => {
    const scalars = Float64Array.of(1, -2, 0, 5, 77, 2 ** 40, -(2 ** 33) + 1, 3, -8, -1)
    const random = seeded(2)
    const expected = [0, 1].map((column) => {
      const product = plain().reduce((total, c, i) => {
        const power = multiplyPlain(publicKey, c, BigInt(scalars[2 * i + column]))
        return (total * power) % square
      }, 1n)
      return rerandomise(publicKey, product, random)
    })
    const call = { key: bytes, rows: rows(), scalars, columns: 2 }
    assert.deepEqual(fromRows(transposeMultiplyRows(call, seeded(2)), width), expected)
  })
}

test('a ciphertext with a factor of n is refused where it must be inverted', () => {
  const { key } = cases[0]
  const call = {
    key: publicKeyToBytes(key.publicKey),
    rows: toRows([key.p], 256),
    scale: -1,
    offset: null,
    fraction: 0,
  }
  assert.throws(() => affineRows(call), /common factor/)
})

test('more keys than are kept still give right answers', () => {
  const { key } = cases[0]
  const { publicKey } = key
  for (let i = 0; i < 6; i++) {
    const hs = modPow(publicKey.hs, BigInt(i + 2), publicKey.n ** 2n)
    const other = { ...publicKey, hs }
    const call = { key: publicKeyToBytes(other), values: Float64Array.of(i), fraction: 0 }
    assert.deepEqual(fromRows(encryptRows(call, seeded(i)), 256), [
      encrypt(other, BigInt(i), seeded(i)),
    ])
  }
})
