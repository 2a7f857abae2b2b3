import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { openPublic, openSecret } from '../../../src/compute/crypto/additive.ts'
import {
  addPacked,
  encryptPacked,
  gradientPacking,
  pack,
  packedBits,
  packedBound,
  packGradients,
  planPacking,
  sumPacked,
  unpack,
  unpackGradients,
} from '../../../src/compute/crypto/packing.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { ouCases } from './fixture.ts'

const key = ouCases[0].key
const secret = openSecret(key, { parallel: inline })
const scheme = openPublic(key.publicKey, { parallel: inline })

test('sums of as many extreme values as the guard allows keep to their fields', () => {
  for (const [bits, guard] of [
    [[1], 0],
    [[31, 31], 24],
    [[7, 20, 3], 10],
    [[53, 1], 24],
  ] as const) {
    const packing = { bits, guard }
    const greatest = bits.map((width) => (1n << BigInt(width)) - 1n)
    // Every choice of signs: a field at its extreme between neighbours that borrow and that do not.
    for (let signs = 0; signs < 2 ** bits.length; signs++) {
      const values = greatest.map((value, i) => ((signs >> i) & 1 ? -value : value))
      const sum = pack(packing, values) * (1n << BigInt(guard))
      assert.deepEqual(
        unpack(packing, sum),
        values.map((value) => value << BigInt(guard)),
      )
      const bound = packedBound(packing, 2 ** guard)
      assert.ok(sum <= bound && -sum <= bound)
      assert.ok(bound < 1n << BigInt(packedBits(packing) - 1))
    }
  }
})

test('sums of random packed values are the packed sums', () => {
  const packing = { bits: [12, 40, 5], guard: 4 }
  const field = (bits: number) => fc.bigInt(1n - (1n << BigInt(bits)), (1n << BigInt(bits)) - 1n)
  const row = fc.tuple(field(12), field(40), field(5))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 16 }), (rows) => {
      const sum = rows.reduce((total, values) => total + pack(packing, values), 0n)
      assert.deepEqual(
        unpack(packing, sum),
        [0, 1, 2].map((i) => rows.reduce((total, values) => total + values[i], 0n)),
      )
    }),
  )
})

test('values, counts and packings that do not fit are refused', async () => {
  const packing = { bits: [4, 4], guard: 2 }
  assert.throws(() => pack(packing, [16n, 0n]), /pack: value 0 is not below 2\^4/)
  assert.throws(() => pack(packing, [0n, -16n]), /pack: value 1/)
  assert.throws(() => pack(packing, [1n]), /expected 2 values/)
  const a = await encryptPacked(scheme, packing, [[15n, -15n]])
  const two = await addPacked(scheme, a, a)
  const four = await addPacked(scheme, two, two)
  assert.equal(four.terms, 4)
  const [message] = await secret.decrypt(four.batch)
  assert.deepEqual(unpack(packing, message), [60n, -60n])
  await assert.rejects(addPacked(scheme, four, a), /addPacked: 5 values are more than the 2\^2/)
  const lists = { order: Uint32Array.of(0), start: Uint32Array.of(0, 1) }
  await assert.rejects(sumPacked(scheme, two, { lists, most: 3 }), /sumPacked: 6 values/)
  const other = { ...a, packing: { bits: [4, 3], guard: 2 } }
  await assert.rejects(addPacked(scheme, a, other), /packings differ/)
})

test('a plan fills a message and no more', () => {
  for (const [bits, terms] of [
    [16, 1],
    [31, 2 ** 24],
    [5, 1000],
  ]) {
    const packing = planPacking({ bits, terms, limit: scheme.limit })
    assert.ok(2 ** packing.guard >= terms)
    assert.ok(packedBound(packing, 2 ** packing.guard) < scheme.limit)
    const more = { ...packing, bits: [...packing.bits, bits] }
    assert.ok(packedBound(more, 2 ** packing.guard) >= scheme.limit)
  }
  assert.throws(() => planPacking({ bits: 400, terms: 1, limit: scheme.limit }), /do not fit/)
  assert.throws(() => planPacking({ bits: 0, terms: 1, limit: scheme.limit }), /at least 1/)
})

test('gradients and hessians of 2^24 rows take 112 bits and lose no bit of their sums', () => {
  const packing = gradientPacking({ rows: 2 ** 24, most: 1 })
  assert.equal(packedBits(packing), 112)
  const gradients = Float64Array.of(-1, 1, 0.25, -(2 ** -30), 1 / 3)
  const hessians = Float64Array.of(1, 0, 0.25, 2 ** -30, -1 / 7)
  const rows = packGradients(packing, gradients, hessians)
  const back = unpackGradients(packing, rows)
  gradients.forEach((value, i) => assert.ok(Math.abs(back.gradients[i] - value) <= 2 ** -31))
  hessians.forEach((value, i) => assert.ok(Math.abs(back.hessians[i] - value) <= 2 ** -31))
  // The most extreme node there can be: all rows at the ends of the range, with opposite signs.
  const [extreme] = rows
  const total = unpackGradients(packing, [extreme * 2n ** 24n])
  assert.equal(total.gradients[0], -(2 ** 24))
  assert.equal(total.hessians[0], 2 ** 24)
})

test('gradients out of range, of too many rows or with too long a fraction are refused', () => {
  const packing = gradientPacking({ rows: 10, most: 1 })
  const one = Float64Array.of(1)
  for (const bad of [1.0001, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => packGradients(packing, Float64Array.of(bad), one), /packGradients: row 0/)
  }
  assert.throws(() => packGradients(packing, one, new Float64Array(2)), /1 gradients and 2/)
  assert.throws(() => gradientPacking({ rows: 2 ** 24 + 1, most: 1 }), /1 to 2\^24 rows/)
  assert.throws(() => gradientPacking({ rows: 1, most: 2 ** 24 }), /is not from 1 to 2\^53/)
})
