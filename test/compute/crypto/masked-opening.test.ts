import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { bigintToBytes, concatBytes } from '../../../src/compute/crypto/bytes.ts'
import {
  drawCipherKey,
  encryptVector,
  generateKey,
} from '../../../src/compute/crypto/cipher-vector.ts'
import { maskForOpening, openMasked } from '../../../src/compute/crypto/masked-opening.ts'
import { modPow } from '../../../src/compute/crypto/modular.ts'
import type { OuPublicKey } from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { inline } from '../../../src/compute/parallel.ts'

const secret = generateKey({ bits: 1024, allowSmall: true })
const key = secret.publicKey

describe('maskForOpening', () => {
  it('gives the exact values back, however many share a ciphertext', async () => {
    const values = Float64Array.of(
      0,
      1,
      -1,
      2 ** 39,
      -(2 ** 39) + 0.5,
      1 / 3,
      -1e-20,
      12345.678,
      -7,
    )
    for (const fraction of [0, 60, 102]) {
      const scale = 2 ** fraction
      const rounded = [...values].map((value) => Math.round(value * scale) / scale)
      for (let length = 0; length <= values.length; length++) {
        const vector = await encryptVector(key, values.slice(0, length), {
          parallel: inline,
          fraction,
        })
        const opening = maskForOpening(key, vector, { magnitude: 40 })
        const slots = Math.floor(1022 / (fraction + 41))
        assert.equal(opening.question.length, Math.ceil(length / slots) * 256)
        const opened = opening.unmask(openMasked(secret, opening.question))
        assert.deepEqual(
          [...opened].map((value) => value + 0),
          rounded.slice(0, length).map((value) => value + 0),
        )
      }
    }
  })

  it('shows the opener nothing but the mask: the answer is the mask plus the values mod n', async () => {
    const vector = await encryptVector(key, Float64Array.of(5), { parallel: inline, fraction: 0 })
    for (const top of [0x00, 0x3f, 0x7f]) {
      // The same mask for other values moves the answer by their difference; an unknown one hides it all.
      const random = (length: number): Uint8Array => new Uint8Array(length).fill(top)
      const opening = maskForOpening(key, vector, { magnitude: 8, random })
      const answer = openMasked(secret, opening.question)
      const found = BigInt(`0x${Buffer.from(answer).toString('hex')}`)
      const mask = BigInt(`0x${Buffer.from(random(128)).toString('hex')}`)
      assert.equal(found, (mask + 5n) % key.n)
    }
  })

  it('never asks the same question twice', async () => {
    const vector = await encryptVector(key, Float64Array.of(5), { parallel: inline, fraction: 0 })
    const answers = [1, 2].map(() =>
      openMasked(secret, maskForOpening(key, vector, { magnitude: 8 }).question),
    )
    assert.notDeepEqual(answers[0], answers[1])
  })

  it('refuses values that no slot can hold, and answers of another form', async () => {
    const vector = await encryptVector(key, Float64Array.of(5), { parallel: inline, fraction: 500 })
    assert.throws(
      () => maskForOpening(key, vector, { magnitude: 600 }),
      /values of 1101 bits do not fit/,
    )
    const opening = maskForOpening(key, vector, { magnitude: 8 })
    assert.throws(() => opening.unmask(new Uint8Array(127)), /expected 128 bytes, got 127/)
    assert.throws(() => opening.unmask(new Uint8Array(128).fill(255)), /not below n/)
    assert.throws(() => openMasked(secret, new Uint8Array(100)), /not whole ciphertexts/)
    assert.throws(() => openMasked(secret, new Uint8Array(256)), RangeError)
  })
})

describe('maskForOpening under Okamoto–Uchiyama', () => {
  const ou = drawCipherKey('okamoto-uchiyama', { bits: 2048 })
  const limit = 1n << 553n
  const numbers = Float64Array.of(0, 1, -1, 2 ** 39, 0.5 - 2 ** 39, 1 / 3, -1e-20, 12345.678, -7)
  const encrypt = (values: Float64Array, fraction: number) =>
    encryptVector(ou.publicKey, values, { parallel: inline, fraction })

  it('gives the exact values back, however many share a ciphertext', async () => {
    for (const [fraction, slots] of [
      [0, 10],
      [60, 4],
      [102, 2],
    ]) {
      const rounded = [...numbers].map(
        (value) => Math.round(value * 2 ** fraction) / 2 ** fraction + 0,
      )
      for (let length = 0; length <= numbers.length; length++) {
        const vector = await encrypt(numbers.slice(0, length), fraction)
        const opening = maskForOpening(ou.publicKey, vector, { magnitude: 40 })
        assert.equal(opening.question.length, Math.ceil(length / slots) * 256)
        const opened = opening.unmask(openMasked(ou, opening.question))
        assert.deepEqual(
          [...opened].map((value) => value + 0),
          rounded.slice(0, length),
        )
      }
    }
  })

  it('masks with a number that is 128 bits longer than what it hides', async () => {
    const vector = await encrypt(Float64Array.of(5, -9), 0)
    const asked: number[] = []
    const random = (length: number): Uint8Array => {
      asked.push(length)
      return new Uint8Array(length).fill(0xa5)
    }
    const opening = maskForOpening(ou.publicKey, vector, { magnitude: 20, random })
    // Twenty slots of 21 bits, and 128 bits more.
    assert.deepEqual(asked, [Math.ceil((420 + 128) / 8)])
    const answer = openMasked(ou, opening.question)
    const drawn = BigInt(`0x${'a5'.repeat(69)}`) & ((1n << 548n) - 1n)
    const found = BigInt(`0x${Buffer.from(answer).toString('hex')}`)
    assert.equal(found, (1n << 420n) + drawn + 5n - (9n << 21n))
    assert.deepEqual(opening.unmask(answer), Float64Array.of(5, -9))
  })

  it('refuses values that no slot can hold, and answers of another form', async () => {
    const vector = await encrypt(Float64Array.of(5), 100)
    assert.throws(
      () => maskForOpening(ou.publicKey, vector, { magnitude: 324 }),
      /values of 425 bits do not fit/,
    )
    const opening = maskForOpening(ou.publicKey, vector, { magnitude: 8 })
    assert.throws(() => opening.unmask(new Uint8Array(127)), /expected 256 bytes, got 127/)
    assert.throws(() => opening.unmask(new Uint8Array(256)), /not the mask and what fits below/)
    assert.throws(() => openMasked(ou, new Uint8Array(100)), /not whole ciphertexts/)
    assert.throws(() => openMasked(ou, new Uint8Array(256)), RangeError)
    const negative = await encrypt(Float64Array.of(-5), 0)
    assert.throws(() => openMasked(ou, negative.data), /not from 0 to 2\^553/)
  })
  it('refuses a message of p or more, alone or among honest ones, and names who asked', async () => {
    const vector = await encrypt(Float64Array.of(5), 0)
    const { question } = maskForOpening(ou.publicKey, vector, { magnitude: 8 })
    const { p, publicKey } = ou
    const { g, h, n } = publicKey as OuPublicKey
    const ask = (m: bigint) =>
      bigintToBytes((modPow(g, m, n) * modPow(h, 99n, n)) % n, publicKey.bits / 8)
    for (const m of [1n << 683n, (1n << 900n) + 17n, n - (n >> 30n), p + limit, p - 1n, limit]) {
      for (const asked of [ask(m), concatBytes([question, ask(m)])]) {
        assert.throws(
          () => openMasked(ou, asked, { asker: 'host:10000' }),
          /host:10000 asks for a value that is not from 0 to 2\^553, .*: nothing is opened/,
        )
      }
    }
    // The greatest that an honest question can open to, and what its maker knows anyway.
    for (const [m, opened] of [
      [limit - 1n, limit - 1n],
      [n + 3n, 3n],
    ]) {
      assert.equal(BigInt(`0x${Buffer.from(openMasked(ou, ask(m))).toString('hex')}`), opened)
    }
  })

  it('stays below what is opened with masks and values at their greatest', async () => {
    const values = new Float64Array(20).fill(2 ** 20 - 1)
    const random = (length: number) => new Uint8Array(length).fill(255)
    const opening = maskForOpening(ou.publicKey, await encrypt(values, 0), {
      magnitude: 20,
      random,
    })
    assert.equal(opening.question.length, 256)
    assert.deepEqual(opening.unmask(openMasked(ou, opening.question)), values)
  })
})
