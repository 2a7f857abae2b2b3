import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { bytesToBigint, fromRows } from '../../../src/compute/crypto/bytes.ts'
import type { BlockRange } from '../../../src/compute/crypto/cipher-product.ts'
import {
  addVectors,
  affine,
  cipherKeyFromBytes,
  cipherKeyToBytes,
  type CipherVector,
  cipherVectorFromBytes,
  cipherVectorToBytes,
  decryptVector,
  drawCipherKey,
  encryptVector,
  sumVector,
  transposeMultiply,
} from '../../../src/compute/crypto/cipher-vector.ts'
import { maskForOpening } from '../../../src/compute/crypto/masked-opening.ts'
import { decrypt } from '../../../src/compute/crypto/paillier.ts'
import { inline, type Parallel } from '../../../src/compute/parallel.ts'
import { fullKey, ouCases, smallKey } from './fixture.ts'

const key = smallKey.publicKey
const parallel = inline
const few = { numRuns: 8 }
const reals = (length: number) =>
  fc
    .array(fc.double({ min: -1000, max: 1000, noNaN: true }), {
      minLength: length,
      maxLength: length,
    })
    .map((values) => Float64Array.from(values))

test('decryption undoes encryption up to half of the last fractional bit', async () => {
  await fc.assert(
    fc.asyncProperty(reals(5), async (values) => {
      const vector = await encryptVector(key, values, { parallel, fraction: 30 })
      close(await decryptVector(smallKey, vector, { parallel }), values, 2 ** -31)
    }),
    few,
  )
})

test('the vector layer and the readable layer agree on what a ciphertext holds', async () => {
  const vector = await encryptVector(key, Float64Array.of(1.5, -2), { parallel, fraction: 4 })
  const [a, b] = fromRows(vector.data, key.bits / 4)
  assert.equal(decrypt(smallKey, a), 24n)
  assert.equal(decrypt(smallKey, b), key.n - 32n)
})

test('a key of 2048 bits works from end to end', async () => {
  const full = fullKey.publicKey
  const values = Float64Array.of(0.25, -3, 7, 1e-3)
  const v = await encryptVector(full, values, { parallel, fraction: 40 })
  const x = { rows: 4, cols: 2, data: Float64Array.of(1, 0.5, -2, 0, 0.125, 3, 0, -1) }
  const product = await transposeMultiply(full, x, v, { parallel, fraction: 20 })
  close(
    await decryptVector(fullKey, product, { parallel }),
    Float64Array.of(0.25 + 6 + 0.875, 0.125 + 21 - 1e-3),
    2 ** -38,
  )
})

test('adding vectors adds values and aligns their fractions', async () => {
  await fc.assert(
    fc.asyncProperty(reals(3), reals(3), async (x, y) => {
      const a = await encryptVector(key, x, { parallel, fraction: 20 })
      const b = await encryptVector(key, y, { parallel, fraction: 33 })
      for (const [left, right] of [
        [a, b],
        [b, a],
      ]) {
        const sum = await addVectors(key, left, right, { parallel })
        assert.equal(sum.fraction, 33)
        close(
          await decryptVector(smallKey, sum, { parallel }),
          x.map((value, i) => value + y[i]),
          2 ** -20,
        )
      }
    }),
    few,
  )
})

test('affine scales, shifts and hides which ciphertext came from which', async () => {
  await fc.assert(
    fc.asyncProperty(
      reals(3),
      reals(3),
      fc.constantFrom(1, -1, 0, 0.25, -0.25, 3.75),
      async (values, offset, scale) => {
        const v = await encryptVector(key, values, { parallel, fraction: 30 })
        const result = await affine(key, v, { parallel, scale, scaleFraction: 2, offset })
        assert.equal(result.fraction, 32)
        close(
          await decryptVector(smallKey, result, { parallel }),
          values.map((value, i) => scale * value + offset[i]),
          2 ** -28,
        )
      },
    ),
    few,
  )
  const v = await encryptVector(key, Float64Array.of(5), { parallel, fraction: 3 })
  const same = () => affine(key, v, { parallel, scale: 1, scaleFraction: 0 })
  const [a, b] = [await same(), await same()]
  assert.notDeepEqual(a.data, v.data)
  assert.notDeepEqual(a.data, b.data)
  assert.deepEqual(await decryptVector(smallKey, a, { parallel }), Float64Array.of(5))
})

test('affine scales every element by a number of its own', async () => {
  const values = Float64Array.of(5, -2, 0.5, 3, 7)
  const scale = Float64Array.of(0.25, -3, 1, 0, 1000.125)
  const v = await encryptVector(key, values, { parallel, fraction: 30 })
  const cores = { ...parallel, cores: 1 }
  const result = await affine(key, v, { parallel: cores, scale, scaleFraction: 20, offset: values })
  assert.equal(result.fraction, 50)
  const expected = values.map((value, i) => value * scale[i] + value)
  close(await decryptVector(smallKey, result, { parallel }), expected, 2 ** -15)
  await assert.rejects(
    affine(key, v, { parallel, scale: scale.slice(1), scaleFraction: 20 }),
    /expected 5 scales, got 4/,
  )
})

test('transposeMultiply equals the plain product within its stated error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 40 }),
      fc.infiniteStream(fc.double({ min: -8, max: 8, noNaN: true })),
      async (rows, cols, fraction, stream) => {
        const take = (count: number) =>
          Float64Array.from({ length: count }, () => stream.next().value ?? 0)
        const x = { rows, cols, data: take(rows * cols) }
        const values = take(rows)
        const v = await encryptVector(key, values, { parallel, fraction: 44 })
        const result = await transposeMultiply(key, x, v, { parallel, fraction })
        assert.equal(result.fraction, 44 + fraction)
        assert.equal(result.length, cols)
        const expected = plainProduct(x, values)
        const sum = values.reduce((total, value) => total + Math.abs(value), 0)
        const limit = 2 ** -(fraction + 1) * sum + rows * 9 * 2 ** -45
        close(await decryptVector(smallKey, result, { parallel }), expected, limit)
      },
    ),
    { numRuns: 12 },
  )
})

test('transposeMultiply gives the same values however many cores cut the work', async () => {
  const rows = 50
  const x = { rows, cols: 3, data: Float64Array.from({ length: 150 }, (_, i) => (i % 17) - 8) }
  const values = Float64Array.from({ length: rows }, (_, i) => i / 4)
  const v = await encryptVector(key, values, { parallel, fraction: 8 })
  const results = await Promise.all(
    [1, 2, 3, 7].map(async (cores) => {
      const product = await transposeMultiply(key, x, v, {
        parallel: { ...inline, cores },
        fraction: 0,
      })
      return decryptVector(smallKey, product, { parallel })
    }),
  )
  for (const result of results) assert.deepEqual(result, plainProduct(x, values))
})

test('a matrix of zeros gives fresh ciphertexts of zero', async () => {
  const v = await encryptVector(key, Float64Array.of(1, 2), { parallel, fraction: 4 })
  const x = { rows: 2, cols: 2, data: new Float64Array(4) }
  const result = await transposeMultiply(key, x, v, { parallel, fraction: 4 })
  const [a, b] = fromRows(result.data, key.bits / 4)
  assert.ok(a !== 1n && b !== 1n && a !== b)
  assert.deepEqual(await decryptVector(smallKey, result, { parallel }), Float64Array.of(0, 0))
})

test('sumVector adds all values up', async () => {
  await fc.assert(
    fc.asyncProperty(reals(6), async (values) => {
      const v = await encryptVector(key, values, { parallel, fraction: 30 })
      const sum = await sumVector(key, v)
      assert.equal(sum.length, 1)
      const expected = Float64Array.of(values.reduce((a, b) => a + b, 0))
      close(await decryptVector(smallKey, sum, { parallel }), expected, 6 * 2 ** -31 + 1e-11)
    }),
    few,
  )
})

test('a value that cannot be told from an overflow is refused at either end', async () => {
  const tooLarge = Float64Array.of(2 ** 1000)
  await assert.rejects(encryptVector(key, tooLarge, { parallel, fraction: 22 }), /does not fit/)
  const large = await encryptVector(key, tooLarge, { parallel, fraction: 14 })
  // The middle of the residues, where neither sign can be meant.
  const scale = Number((key.n / 2n) >> 1014n)
  const more = await affine(key, large, { parallel, scale, scaleFraction: 0 })
  await assert.rejects(decryptVector(smallKey, more, { parallel }), /ran over/)
})

test('vectors come back from bytes', async () => {
  const v = await encryptVector(key, Float64Array.of(1, 2, 3), { parallel, fraction: 300 })
  assert.deepEqual(cipherVectorFromBytes(cipherVectorToBytes(v), key), v)
  const empty = await encryptVector(key, Float64Array.of(), { parallel, fraction: 0 })
  assert.deepEqual(cipherVectorFromBytes(cipherVectorToBytes(empty), key), empty)
  assert.deepEqual(await decryptVector(smallKey, empty, { parallel }), Float64Array.of())
})

test('tampered bytes of a vector are refused with the reason', async () => {
  const v = await encryptVector(key, Float64Array.of(1, 2), { parallel, fraction: 4 })
  const bytes = cipherVectorToBytes(v)
  const width = key.bits / 4
  const read = (changed: Uint8Array) => () => cipherVectorFromBytes(changed, key)
  assert.throws(read(bytes.slice(0, 5)), /do not start/)
  assert.throws(read(bytes.slice(0, -1)), /expected 536 bytes for 2 ciphertexts/)
  assert.throws(
    () => cipherVectorFromBytes(bytes, fullKey.publicKey),
    /cipher vector: the ciphertexts are of the key [0-9a-f]{8}…, not of/,
  )
  const zero = bytes.slice()
  zero.fill(0, 24 + width)
  assert.throws(read(zero), /ciphertext 1 is not in 0 < c < n²/)
  const oversized = bytes.slice()
  oversized.fill(255, 24, 24 + width)
  assert.throws(read(oversized), /ciphertext 0 is not in 0 < c < n²/)
  const longer = bytes.slice()
  longer[7] = 3
  assert.throws(read(longer), /expected 792 bytes for 3 ciphertexts/)
})

test('every operation refuses ciphertexts of another key of the same size', async () => {
  for (const scheme of ['paillier', 'okamoto-uchiyama'] as const) {
    const [own, other] = [1, 2].map(() => drawCipherKey(scheme, { bits: 1024 }))
    const { publicKey } = own
    const values = Float64Array.of(1, -2)
    const mine = await encryptVector(publicKey, values, { parallel, fraction: 4 })
    const theirs = await encryptVector(other.publicKey, values, { parallel, fraction: 4 })
    const x = { rows: 2, cols: 1, data: Float64Array.of(1, 1) }
    const scale = { parallel, scale: 2, scaleFraction: 0 }
    const attempts: [string, () => Promise<unknown>][] = [
      ['decryptVector', () => decryptVector(own, theirs, { parallel })],
      ['addVectors', () => addVectors(publicKey, mine, theirs, { parallel })],
      ['addVectors', () => addVectors(publicKey, theirs, mine, { parallel })],
      ['affine', () => affine(publicKey, theirs, scale)],
      ['sumVector', () => sumVector(publicKey, theirs)],
      [
        'transposeMultiply',
        () => transposeMultiply(publicKey, x, theirs, { parallel, fraction: 0 }),
      ],
      ['maskForOpening', async () => maskForOpening(publicKey, theirs, { magnitude: 8 })],
    ]
    for (const [verb, attempt] of attempts) {
      await assert.rejects(
        attempt,
        new RegExp(`^RangeError: ${verb}: the ciphertexts are of the key`),
      )
    }
    const bytes = cipherVectorToBytes(theirs)
    assert.throws(
      () => cipherVectorFromBytes(bytes, publicKey),
      /cipher vector: the ciphertexts are of the key/,
    )
    // What operations make is of the key too, and so is the key that has crossed.
    const again = cipherKeyFromBytes(cipherKeyToBytes(publicKey))
    const sum = await sumVector(again, await addVectors(again, mine, mine, { parallel }))
    const product = await transposeMultiply(again, x, mine, { parallel, fraction: 0 })
    for (const made of [sum, product, await affine(again, sum, scale)]) {
      assert.equal(made.fingerprint, mine.fingerprint)
      await decryptVector(own, cipherVectorFromBytes(cipherVectorToBytes(made), publicKey), {
        parallel,
      })
    }
    assert.notEqual(mine.fingerprint, theirs.fingerprint)
  }
})

test('shapes that do not fit are refused', async () => {
  const a = await encryptVector(key, Float64Array.of(1, 2), { parallel, fraction: 4 })
  const b = await encryptVector(key, Float64Array.of(1), { parallel, fraction: 4 })
  await assert.rejects(addVectors(key, a, b, { parallel }), /lengths differ: 2 and 1/)
  const short: CipherVector = { ...a, length: 3 }
  await assert.rejects(decryptVector(smallKey, short, { parallel }), /expected 768 bytes/)
  const x = { rows: 1, cols: 2, data: new Float64Array(2) }
  await assert.rejects(transposeMultiply(key, x, a, { parallel, fraction: 0 }), /2 rows/)
  const offset = new Float64Array(3)
  await assert.rejects(
    affine(key, a, { parallel, scale: 1, scaleFraction: 0, offset }),
    /offset of length 2/,
  )
  await assert.rejects(sumVector(key, { ...a, length: 0, data: new Uint8Array() }), /empty/)
})

test('an aborted signal stops the work', async () => {
  const signal = AbortSignal.abort(new Error('stopped by hand'))
  await assert.rejects(
    encryptVector(key, Float64Array.of(1), { parallel, fraction: 4, signal }),
    /stopped by hand/,
  )
})

test('what crosses to another core survives structured cloning and shares no larger buffer', async () => {
  const cloning: Parallel = {
    cores: 3,
    map: (kernel, calls, options) => {
      for (const call of calls) {
        for (const value of Object.values(call)) {
          if (!ArrayBuffer.isView(value)) continue
          assert.equal(value.byteLength, value.buffer.byteLength)
        }
      }
      return inline.map(kernel, structuredClone(calls), options)
    },
  }
  const values = Float64Array.from({ length: 9 }, (_, i) => i - 4)
  const v = await encryptVector(key, values, { parallel: cloning, fraction: 4 })
  const doubled = await affine(key, v, { parallel: cloning, scale: 2, scaleFraction: 0 })
  assert.deepEqual(
    await decryptVector(smallKey, doubled, { parallel: cloning }),
    values.map((value) => 2 * value),
  )
})

test('equal plaintexts give unrelated bytes', async () => {
  const v = await encryptVector(key, new Float64Array(4).fill(1), { parallel, fraction: 4 })
  const rows = fromRows(v.data, key.bits / 4)
  assert.equal(new Set(rows).size, 4)
  assert.notEqual(bytesToBigint(v.data.subarray(0, 8)), bytesToBigint(v.data.subarray(256, 264)))
})

function close(actual: Float64Array, expected: Float64Array, limit: number): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, i) => {
    const room = limit + Math.abs(expected[i]) * 2 ** -50
    assert.ok(
      Math.abs(value - expected[i]) <= room,
      `element ${i}: ${value} is not within ${room} of ${expected[i]}`,
    )
  })
}

function plainProduct(
  x: { rows: number; cols: number; data: Float64Array },
  values: Float64Array,
): Float64Array {
  const product = new Float64Array(x.cols)
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.cols; j++) product[j] += x.data[i * x.cols + j] * values[i]
  }
  return product
}

test('under Okamoto–Uchiyama every operation gives what it gives under Paillier', async () => {
  const options = { parallel: { ...inline, cores: 3 } }
  const x = {
    rows: 5,
    cols: 3,
    data: Float64Array.from({ length: 15 }, (_, i) => ((i % 7) - 3) / 4),
  }
  const values = Float64Array.of(0.5, -3, 7.25, 0, -0.125)
  for (const { key: secret } of ouCases.slice(0, 2)) {
    const { publicKey } = secret
    const v = await encryptVector(publicKey, values, { ...options, fraction: 40 })
    assert.deepEqual(await decryptVector(secret, v, options), values)
    const read = cipherVectorFromBytes(cipherVectorToBytes(v), publicKey)
    assert.deepEqual(read, v)
    const sum = await addVectors(publicKey, v, v, options)
    const scaled = await affine(publicKey, sum, {
      ...options,
      scale: -0.75,
      scaleFraction: 2,
      offset: values,
    })
    const expected = values.map((value) => value - 1.5 * value)
    assert.deepEqual(await decryptVector(secret, scaled, options), expected)
    assert.deepEqual(
      await decryptVector(secret, await sumVector(publicKey, v), options),
      Float64Array.of(4.625),
    )
    const product = await transposeMultiply(publicKey, x, v, { ...options, fraction: 20 })
    assert.deepEqual(await decryptVector(secret, product, options), plainProduct(x, values))
    const other = () => cipherVectorFromBytes(cipherVectorToBytes(v), fullKey.publicKey)
    assert.throws(other, /the ciphertexts are of the key/)
  }
})

test('transposeMultiply reads a matrix in blocks, each once, that together are all of it', async () => {
  const rows = 30
  const cols = 37
  const entry = (row: number, col: number): number => ((row * 31 + col * 17) % 23) - 11
  const seen = new Uint8Array(rows * cols)
  const source = {
    rows,
    cols,
    block({ top, bottom, left, right }: BlockRange) {
      const part: number[] = []
      for (let row = top; row < bottom; row++) {
        for (let col = left; col < right; col++) {
          seen[row * cols + col]++
          part.push(entry(row, col))
        }
      }
      return Float64Array.from(part)
    },
  }
  const values = Float64Array.from({ length: rows }, (_, i) => i / 4)
  const v = await encryptVector(key, values, { parallel, fraction: 8 })
  const options = { parallel: { ...inline, cores: 4 }, fraction: 0 }
  const product = await transposeMultiply(key, source, v, options)
  const data = Float64Array.from({ length: rows * cols }, (_, at) =>
    entry(Math.floor(at / cols), at % cols),
  )
  assert.deepEqual(
    await decryptVector(smallKey, product, { parallel }),
    plainProduct({ rows, cols, data }, values),
  )
  assert.ok(seen.every((times) => times === 1))
})
