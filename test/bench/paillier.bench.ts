/**
 * How fast one core computes under Paillier encryption: the best of three runs a case.
 * @module
 */
import { toRows } from '../../src/compute/crypto/bytes.ts'
import {
  decryptVector,
  encryptVector,
  generateKey,
  transposeMultiply,
} from '../../src/compute/crypto/cipher-vector.ts'
import { randomBelow, randomBits } from '../../src/compute/crypto/random.ts'
import { createBigintRing } from '../../src/compute/kernel/bigint-ring.ts'
import { planBuckets, planCost } from '../../src/compute/kernel/buckets.ts'
import { createRing, kernelName } from '../../src/compute/kernel/load.ts'
import { modPowBatch } from '../../src/compute/kernel/power-batch.ts'
import { inline } from '../../src/compute/parallel.ts'

export const bench = { name: 'paillier', run }

async function* run(): AsyncIterable<{ params: object; value: number; unit: string }> {
  const parallel = inline
  for (const bits of [2048, 4096]) {
    const modulus = randomBits(bits) | (1n << BigInt(bits - 1)) | 1n
    for (const create of new Set([createBigintRing, createRing])) {
      const ring = create(modulus)
      const rows = toRows(
        Array.from({ length: 40 }, () => randomBelow(modulus)),
        ring.width,
      )
      const params = { bits, kernel: ring.kernel }
      const squarings = await best(() => ring.power(rows, 1n << 500n))
      yield {
        params: { op: 'modular squaring', ...params },
        value: (squarings * 1e6) / 40 / 500,
        unit: 'us',
      }
      const base = ring.fixedBase(3n, 16)
      const exponents = toRows(
        Array.from({ length: 200 }, () => randomBits(128)),
        16,
      )
      const products = await best(() => base.power(exponents))
      yield {
        params: { op: 'modular multiplication', ...params },
        value: (products * 1e6) / 200 / 16,
        unit: 'us',
      }
    }
  }
  const kernel = kernelName()
  const key = generateKey()
  const { publicKey } = key
  const values = Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i))
  const options = { parallel, fraction: 40 }
  let vector = await encryptVector(publicKey, values, options)
  const encryption = await best(async () => {
    vector = await encryptVector(publicKey, values, options)
  })
  yield {
    params: { op: 'encryption', bits: 2048, kernel },
    value: values.length / encryption,
    unit: '1/s',
  }
  const few = {
    ...vector,
    length: 200,
    data: vector.data.slice(0, (200 * vector.data.length) / 4000),
  }
  const decryption = await best(() => decryptVector(key, few, { parallel }))
  yield {
    params: { op: 'decryption', bits: 2048, kernel },
    value: few.length / decryption,
    unit: '1/s',
  }
  const cols = 13
  const data = Float64Array.from({ length: values.length * cols }, (_, i) => Math.cos(i * i))
  const x = { rows: values.length, cols, data }
  const product = await best(() =>
    transposeMultiply(publicKey, x, vector, { parallel, fraction: 24 }),
  )
  const params = { op: 'transposeMultiply', bits: 2048, kernel, rows: x.rows, cols, scalarBits: 24 }
  const modmuls = cols * planCost(planBuckets(x.rows, 24), x.rows) + x.rows
  yield { params, value: product * 1000, unit: 'ms' }
  yield { params, value: (product * 1e6) / modmuls, unit: 'us per modular multiplication' }
  const prime = randomBits(1024) | (1n << 1023n) | 1n
  const bases = Array.from({ length: 100 }, () => randomBelow(prime))
  const powers = await best(() => modPowBatch(bases, prime >> 1n, prime))
  yield {
    params: { op: 'modPowBatch', bits: 1024, exponentBits: 1023, kernel },
    value: bases.length / powers,
    unit: '1/s',
  }
}

async function best(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    await work()
    least = Math.min(least, (performance.now() - start) / 1000)
  }
  return least
}
