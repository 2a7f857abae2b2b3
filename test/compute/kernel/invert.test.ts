import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromRows, toRows } from '../../../src/compute/crypto/bytes.ts'
import { modInverse } from '../../../src/compute/crypto/modular.ts'
import { createBigintRing } from '../../../src/compute/kernel/bigint-ring.ts'
import { invertRows } from '../../../src/compute/kernel/invert.ts'

const ring = createBigintRing((1n << 127n) - 1n)

test('every row is inverted, for any count', () => {
  for (let count = 0; count < 12; count++) {
    const values = Array.from({ length: count }, (_, i) => 3n ** BigInt(i * 5) + 1n)
    const expected = values.map((value) => modInverse(value, ring.modulus))
    assert.deepEqual(fromRows(invertRows(ring, toRows(values, 16)), 16), expected)
  }
})

test('a row without an inverse is refused', () => {
  assert.throws(() => invertRows(ring, toRows([2n, 0n, 5n], 16)), /common factor/)
})
