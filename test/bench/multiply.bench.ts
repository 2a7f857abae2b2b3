/**
 * Multiplication and squaring modulo one number, on every kernel that is here: microseconds of one thread, by the
 * processor's clock.
 * @module
 */
import { toRows } from '../../src/compute/crypto/bytes.ts'
import { randomBelow, randomBits, randomBytes } from '../../src/compute/crypto/random.ts'
import { createBigintRing } from '../../src/compute/kernel/bigint-ring.ts'
import { CANDIDATES, chooseKernel, kernelChoice } from '../../src/compute/kernel/load.ts'
import { best, useNamedAccelerator } from './he-cases.ts'

export const bench = { name: 'multiply', run }

async function* run() {
  useNamedAccelerator()
  const choices = [kernelChoice(), ...CANDIDATES.map((candidate) => chooseKernel([candidate]))]
  const kernels = new Map(choices.map(({ name, createRing }) => [name, createRing]))
  kernels.set('bigint', createBigintRing)
  for (const bits of [1366, 2048, 4096]) {
    const modulus = randomBits(bits) | (1n << BigInt(bits - 1)) | 1n
    for (const [kernel, create] of kernels) {
      const ring = create(modulus)
      const params = { bits, kernel }
      const [count, digits] = [256, 16]
      const base = ring.fixedBase(3n, digits)
      const exponents = randomBytes(digits * count)
      const products = await best(() => base.power(exponents), { cores: 1 })
      const each = (products * 1e6) / count / digits
      yield { params: { op: 'multiplication', ...params }, value: each, unit: 'us' }
      const rows = toRows(
        Array.from({ length: 32 }, () => randomBelow(modulus)),
        ring.width,
      )
      const squarings = await best(() => ring.power(rows, 1n << 500n), { cores: 1 })
      const value = (squarings * 1e6) / 32 / 500
      yield { params: { op: 'squaring', ...params }, value, unit: 'us' }
    }
  }
}
