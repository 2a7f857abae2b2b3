import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'

import { fromRows, toRows } from '../../src/compute/crypto/bytes.ts'
import { randomBelow, randomBits } from '../../src/compute/crypto/random.ts'
import { createBigintRing } from '../../src/compute/kernel/bigint-ring.ts'
import { chooseCurve, curveChoice, offerCurve } from '../../src/compute/kernel/curve25519-load.ts'
import { compileCurve, createCurve } from '../../src/compute/kernel/curve25519.ts'
import { type IfmaAddon, ifmaCandidate } from '../../src/compute/kernel/ifma-ring.ts'
import {
  chooseKernel,
  kernelChoice,
  selfTest,
  withdrawKernel,
} from '../../src/compute/kernel/load.ts'
import { IFMA_FILE, loadAddon, useAccelerator } from '../../src/runner/accelerator.ts'
import { createPool } from '../../src/runner/pool.ts'
import { buildAddon, missingForAddon } from '../helpers/addon.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const skip = missingForAddon()
let folder = ''
let addon: IfmaAddon

before(async () => {
  folder = await temporaryFolder()
  if (skip !== false) return
  await buildAddon(folder)
  addon = loadAddon(join(folder, IFMA_FILE))
})
test('a curve accelerator that is missing or gives wrong points is passed over with the reason', () => {
  const missing = chooseCurve(compileCurve, () => {
    throw new Error('no AVX-512')
  })
  if (missing.kernel === null) return
  assert.deepEqual([missing.name, missing.reason], ['wasm', 'ifma is missing: Error: no AVX-512'])
  const sound = createCurve(compileCurve())
  const product = chooseCurve(compileCurve, () => ({
    ...sound,
    multiply: (points) => points.slice(),
  }))
  assert.deepEqual([product.name, product.reason], ['wasm', 'ifma gave a wrong product'])
  const hash = chooseCurve(compileCurve, () => ({
    ...sound,
    hash: (messages) => new Uint8Array(32 * messages.length),
  }))
  assert.deepEqual([hash.name, hash.reason], ['wasm', 'ifma gave a wrong hash'])
})

test('where no accelerator lies nothing is loaded', () => {
  assert.equal(useAccelerator([tmpdir()]), undefined)
})

test('a file that is no accelerator is passed over with the reason', async (t) => {
  t.after(() => {
    withdrawKernel()
    offerCurve(undefined)
  })
  const place = await temporaryFolder()
  await writeFile(join(place, IFMA_FILE), 'not a library')
  const choice = useAccelerator([place])
  assert.notEqual(choice?.name, 'ifma')
  assert.match(choice?.reason ?? '', /ifma is missing: /)
})

test('the addon passes the self-test and is chosen', { skip }, () => {
  const candidate = ifmaCandidate(() => addon)
  assert.equal(selfTest(candidate.prepare()), null)
  const choice = chooseKernel([candidate])
  assert.equal(choice.name, 'ifma')
  assert.equal(choice.reason, null)
})

test('the addon gives the bytes of bigint for every number of limbs and of rows', { skip }, () => {
  const create = ifmaCandidate(() => addon).prepare()
  // 130 to 560 bits are 3 to 11 limbs: every remainder of the blocks of four and of the transposition by eight.
  const sizes = Array.from({ length: 9 }, (_, i) => 52 * (i + 3) - 2)
  for (const bits of [...sizes, 129, 683, 1024, 1366, 2048, 4096, 6144, 16_384]) {
    const top = 1n << BigInt(bits - 1)
    for (const modulus of [2n * top - 1n, top + 1n, randomBits(bits) | top | 1n]) {
      const [ring, oracle] = [create(modulus), createBigintRing(modulus)]
      for (const count of bits < 700 ? [1, 7, 8, 9, 17] : [9]) {
        const extreme = [0n, 1n, modulus - 1n, modulus >> 1n, (1n << 104n) - 1n]
        const values = extreme
          .concat(Array.from({ length: count }, () => randomBelow(modulus)))
          .slice(-count)
        const a = toRows(values, ring.width)
        const b = toRows(values.toReversed(), ring.width)
        assert.deepEqual(ring.multiply(a, b), oracle.multiply(a, b))
        assert.deepEqual(ring.power(a, 0xabcden), oracle.power(a, 0xabcden))
        const order = Uint32Array.from({ length: 40 }, (_, i) => (i * i) % count)
        const start = Uint32Array.of(0, 0, 1, 3, 30, 30, 31, 32, 33, 34, 35, 36, 40)
        assert.deepEqual(ring.products(a, order, start), oracle.products(a, order, start))
        const scalars = Float64Array.from({ length: 2 * count }, (_, i) => (i - 3) * 2 ** (2 * i))
        assert.deepEqual(ring.powerProducts(a, scalars, 2), oracle.powerProducts(a, scalars, 2))
        const exponents = a.subarray(0, 3 * Math.floor(a.length / count / 3))
        assert.deepEqual(
          ring.fixedBase(values[0], 3).power(exponents),
          oracle.fixedBase(values[0], 3).power(exponents),
        )
      }
    }
  }
})

test('the curve of a thread with the accelerator passes its test and is named', { skip }, (t) => {
  t.after(() => {
    withdrawKernel()
    offerCurve(undefined)
  })
  useAccelerator([folder])
  assert.deepEqual([curveChoice().name, curveChoice().reason], ['ifma', null])
})

test('two machines in one thread do not disturb each other', { skip }, () => {
  const create = ifmaCandidate(() => addon).prepare()
  const [p, q] = [(1n << 521n) - 1n, (1n << 607n) - 1n]
  const [a, b] = [create(p), create(q)]
  const table = a.fixedBase(3n, 2)
  b.fixedBase(5n, 2)
  assert.deepEqual(fromRows(table.power(Uint8Array.of(1, 0)), a.width), [3n ** 256n % p])
  assert.deepEqual(fromRows(b.power(toRows([7n], b.width), q - 1n), b.width), [1n])
})

test('the threads of a pool use it', { skip }, async () => {
  const pool = createPool({ cores: 1, natives: [folder] })
  try {
    const [name] = await pool.client().map('kernel.name', [{ bits: 521 }])
    assert.equal(name, 'ifma')
    assert.deepEqual(await pool.client().map('kernel.curve', [{ curve: 25519 }]), ['ifma'])
  } finally {
    await pool.close()
  }
  const plain = createPool({ cores: 1 })
  try {
    assert.deepEqual(await plain.client().map('kernel.name', [{ bits: 521 }]), [
      kernelChoice().name,
    ])
  } finally {
    await plain.close()
  }
})
