import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  bigintToBytes,
  bytesToBigint,
  fromDigits,
  fromRows,
  toDigits,
  toRows,
} from '../../../src/compute/crypto/bytes.ts'

test('numbers come back from their bytes, most significant first', () => {
  assert.deepEqual(bigintToBytes(0x0102ffn, 5), Uint8Array.of(0, 0, 1, 2, 255))
  assert.equal(bytesToBigint(Uint8Array.of()), 0n)
  fc.assert(
    fc.property(fc.bigInt(0n, 1n << 512n), fc.integer({ min: 65, max: 70 }), (value, length) => {
      const bytes = bigintToBytes(value, length)
      assert.equal(bytes.length, length)
      assert.equal(bytesToBigint(bytes), value)
      assert.equal(
        bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
        value,
      )
    }),
  )
})

test('a number that does not fit, or is negative, is refused', () => {
  assert.throws(() => bigintToBytes(256n, 1), RangeError)
  assert.throws(() => bigintToBytes(4096n, 1), RangeError)
  assert.throws(() => bigintToBytes(-1n, 4), RangeError)
  assert.deepEqual(bigintToBytes(0n, 0), Uint8Array.of())
})

test('rows keep their order', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt(0n, (1n << 72n) - 1n)), (values) => {
      assert.deepEqual(fromRows(toRows(values, 9), 9), values)
    }),
  )
})

test('digits are the same where the runtime does not have them built in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const digits = toDigits(bytes)
      assert.equal(digits, Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join(''))
      const target = new Uint8Array(bytes.length).fill(77)
      fromDigits(digits, target)
      assert.deepEqual(target, bytes)
    }),
  )
})
