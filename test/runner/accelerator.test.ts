import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { fromRows, toRows } from '../../src/compute/crypto/bytes.ts'
import { randomBelow, randomBits, randomBytes } from '../../src/compute/crypto/random.ts'
import { createBigintRing } from '../../src/compute/kernel/bigint-ring.ts'
import { chooseCurve, curveChoice, offerCurve } from '../../src/compute/kernel/curve25519-load.ts'
import { compileCurve } from '../../src/compute/kernel/curve25519.ts'
import { ifmaMultiply } from '../../src/compute/kernel/ifma-curve.ts'
import { type IfmaAddon, ifmaCandidate } from '../../src/compute/kernel/ifma-ring.ts'
import {
  chooseKernel,
  kernelChoice,
  selfTest,
  withdrawKernel,
} from '../../src/compute/kernel/load.ts'
import { IFMA_FILE, loadAddon, useAccelerator } from '../../src/runner/accelerator.ts'
import { createPool } from '../../src/runner/pool.ts'

const BUILD = fileURLToPath(new URL('../../src/compute/kernel/native/build.sh', import.meta.url))
const skip = missing()
let folder = ''
let addon: IfmaAddon

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-natives-'))
  if (skip !== false) return
  const path = [join(process.execPath, '..'), process.env.PATH].join(delimiter)
  await promisify(execFile)('sh', [BUILD, folder], { env: { ...process.env, PATH: path } })
  addon = loadAddon(join(folder, IFMA_FILE))
})
after(() => rm(folder, { recursive: true }))

test('a curve accelerator that is missing or gives wrong points is passed over with the reason', () => {
  const missing = chooseCurve(compileCurve, () => {
    throw new Error('no AVX-512')
  })
  if (missing.kernel === null) return
  assert.deepEqual([missing.name, missing.reason], ['wasm', 'ifma is missing: Error: no AVX-512'])
  const wrong = chooseCurve(compileCurve, () => (points) => points.slice())
  assert.deepEqual([wrong.name, wrong.reason], ['wasm', 'ifma gave a wrong product'])
})

test('where no accelerator lies nothing is loaded', () => {
  assert.equal(useAccelerator([tmpdir()]), undefined)
})

test('a file that is no accelerator is passed over with the reason', async (t) => {
  t.after(() => {
    withdrawKernel()
    offerCurve(undefined)
  })
  const place = await mkdtemp(join(tmpdir(), 'weft-natives-'))
  await writeFile(join(place, IFMA_FILE), 'not a library')
  const choice = useAccelerator([place])
  assert.notEqual(choice?.name, 'ifma')
  assert.match(choice?.reason ?? '', /ifma is missing: /)
  await rm(place, { recursive: true })
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

test('X25519 of the addon is that of node:crypto for every number of points', { skip }, () => {
  const multiply = ifmaMultiply(addon)
  const scalar = randomBytes(32)
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar]),
    format: 'der',
    type: 'pkcs8',
  })
  const prefix = Buffer.from('302a300506032b656e032100', 'hex')
  const shared = (point: Uint8Array) =>
    diffieHellman({
      privateKey: key,
      publicKey: createPublicKey({
        key: Buffer.concat([prefix, point]),
        format: 'der',
        type: 'spki',
      }),
    })
  // Around a vector, around those that share an inversion, and more than one call.
  for (const count of [0, 1, 7, 8, 9, 255, 256, 257, 4097]) {
    const points = randomBytes(32 * count)
    const products = multiply(points, scalar)
    for (let at = 0; at < points.length; at += 32) {
      assert.deepEqual(
        Buffer.from(products.subarray(at, at + 32)),
        shared(points.subarray(at, at + 32)),
      )
    }
  }
})

test('points of small order give 0 in the addon and harm no other', { skip }, () => {
  const multiply = ifmaMultiply(addon)
  const scalar = randomBytes(32)
  const small = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}ff`,
  ]
  for (const [at, hex] of small.entries()) {
    const points = randomBytes(32 * 20)
    const clean = multiply(points, scalar)
    points.set(Buffer.from(hex, 'hex'), 32 * at)
    clean.fill(0, 32 * at, 32 * at + 32)
    assert.deepEqual(multiply(points, scalar), clean)
  }
})

test('the addon reads and writes no points outside its memory', { skip }, () => {
  const memory = new ArrayBuffer(1024)
  const call = (...numbers: number[]) => addon.call(10, memory, ...numbers)
  for (const numbers of [
    [64, 512, 0, 17],
    [520, 64, 0, 16],
    [64, 512, 1000, 1],
    [64, 64, 0, 1000],
  ]) {
    assert.throws(() => call(...numbers), /points do not lie within the memory/)
  }
  call(64, 512, 0, 8)
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

/** What keeps the addon from being built and run here, by name. */
function missing(): string | false {
  if ('Deno' in globalThis) return 'needs Node, whose headers the addon is built with'
  if (arch() !== 'x64') return 'needs an x86-64 processor'
  if (!existsSync('/proc/cpuinfo')) return 'needs Linux, which says what the processor has'
  if (!/\bavx512ifma\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) {
    return 'needs a processor with avx512ifma'
  }
  const places = (process.env.PATH ?? '').split(delimiter)
  const found = ['gcc', 'clang', 'cc'].some((name) =>
    places.some((place) => existsSync(join(place, name))),
  )
  return !found && 'needs gcc or clang'
}
