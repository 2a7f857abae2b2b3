import assert from 'node:assert/strict'
import { test } from 'node:test'

import { modPow, modulo } from '../../../src/compute/crypto/modular.ts'
import { modPowBatch } from '../../../src/compute/kernel/power-batch.ts'

test('every base is raised, whatever its size or sign', () => {
  for (const bits of [64, 512, 1024, 2048]) {
    const modulus = (1n << BigInt(bits)) - 105n
    const bases = [0n, 1n, -1n, modulus + 3n, modulus - 1n, 5n ** 300n, -(7n ** 900n)]
    const exponent = (modulus >> 5n) + 12345n
    assert.deepEqual(
      modPowBatch(bases, exponent, modulus),
      bases.map((base) => modPow(modulo(base, modulus), exponent, modulus)),
    )
  }
  assert.deepEqual(modPowBatch([], 5n, 7n), [])
})

test('an even modulus and a negative exponent are refused', () => {
  assert.throws(() => modPowBatch([1n], 1n, 1n << 600n), /odd modulus/)
  assert.throws(() => modPowBatch([1n], -1n, 7n), /exponent >= 0/)
})
