/**
 * Kernels on a GPU give what the cores give, and a GPU that is software is measured to be slower.
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { publicCore } from '../../src/compute/crypto/additive-core.ts'
import { openSecret } from '../../src/compute/crypto/additive.ts'
import { concatBytes, toRows } from '../../src/compute/crypto/bytes.ts'
import { generateOuKey, ouPublicKeyToBytes } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import {
  generateKey,
  publicKeyToBytes,
  secretKeyToBytes,
} from '../../src/compute/crypto/paillier-key.ts'
import { randomBelow } from '../../src/compute/crypto/random.ts'
import { gpuWork, openGpuRings, runOnGpu } from '../../src/compute/gpu/gpu-kernels.ts'
import { paysOnGpu, planGpu } from '../../src/compute/gpu/gpu-plan.ts'
import { type KernelArguments, type KernelName, KERNELS } from '../../src/compute/kernels.ts'
import { inline } from '../../src/compute/parallel.ts'
import { openTestGpu } from './open.ts'

const gpu = await openTestGpu()

describe('kernels on a GPU', { skip: 'missing' in gpu ? gpu.missing : false }, () => {
  if ('missing' in gpu) return
  const { device } = gpu
  const rings = openGpuRings(device)
  after(() => {
    rings.close()
    gpu.close()
  })
  const secret = generateOuKey({ bits: 1536, allowSmall: true })
  const key = ouPublicKeyToBytes(secret.publicKey)
  const { ring, embed } = publicCore(key)
  const rowsOf = (count: number) =>
    toRows(
      Array.from({ length: count }, () => randomBelow(ring.modulus)),
      ring.width,
    )

  async function bothWays<K extends KernelName>(kernel: K, calls: KernelArguments<K>[]) {
    assert.ok(gpuWork(kernel, calls), `${kernel} has a form for a GPU`)
    return [await runOnGpu(kernel, calls, rings), await inline.map(kernel, calls)] as const
  }

  it('add up the same, call by call', async () => {
    const calls = [5, 1, 70].map((count) => ({
      key,
      a: rowsOf(count),
      b: rowsOf(count),
      minus: false,
    }))
    const [own, expected] = await bothWays('additive.add', calls)
    assert.deepEqual(own, expected)
    const paillier = generateKey({ bits: 1024, allowSmall: true })
    const bytes = publicKeyToBytes(paillier.publicKey)
    const rows = toRows([3n, paillier.publicKey.n + 1n], 256)
    const sum = { key: bytes, a: rows, b: rows, doublingsA: 0, doublingsB: 0 }
    const [sums, expectedSums] = await bothWays('vector.add', [sum])
    assert.deepEqual(sums, expectedSums)
  })

  it('sum lists the same, whether calls share their rows or not', async () => {
    const rows = rowsOf(40)
    const lists = (order: number[], start: number[]) => ({
      order: Uint32Array.from(order),
      start: Uint32Array.from(start),
    })
    const calls = [
      { key, rows, ...lists([0, 39, 7, 7], [0, 0, 3, 4]) },
      { key, rows, ...lists([38], [0, 1]) },
      { key, rows: rowsOf(2), ...lists([1, 0], [0, 2]) },
    ]
    const [own, expected] = await bothWays('additive.sum', calls)
    assert.deepEqual(own, expected)
  })

  it('give the same histograms, the bins that follow from others too', async () => {
    const count = 300
    const rows = rowsOf(count)
    const widths = Uint32Array.of(4, 3)
    // The second column is mostly one value, which is what the others leave.
    const even = Uint16Array.from({ length: count }, (_, i) => i % 4)
    const skewed = Uint16Array.from({ length: count }, (_, i) => (i % 50 === 0 ? 1 : 2))
    const bins = Uint16Array.from([...even, ...skewed])
    const calls = [
      { key, rows, bins, widths },
      { key, rows, bins: even, widths: widths.slice(0, 1) },
    ]
    const [own, expected] = await bothWays('gradient.histogram', calls)
    assert.deepEqual(own, expected)
  })

  it('encrypt, and give fresh randomness, so that the messages come out', async () => {
    const open = openSecret(secret, { parallel: inline })
    const messages = [0n, 1n, 77n, (1n << 100n) - 1n]
    const calls = [messages.slice(0, 3), messages.slice(3)].map((part) => ({
      key,
      secret: null,
      messages: part,
    }))
    const rows = concatBytes(await runOnGpu('additive.encrypt', calls, rings))
    const [fresh] = await runOnGpu('additive.rerandomise', [{ key, rows }], rings)
    assert.notDeepEqual(fresh, rows)
    for (const data of [rows, fresh]) {
      const batch = { fingerprint: open.fingerprint, length: 4, bound: 1n << 100n, data }
      assert.deepEqual(await open.decrypt(batch), messages)
    }
    assert.notDeepEqual(rows, embed(messages), 'they hide something')
    const paillier = generateKey({ bits: 1024, allowSmall: true })
    const values = Float64Array.of(1.5, -2)
    const call = { key: publicKeyToBytes(paillier.publicKey), values, fraction: 4 }
    const [hidden] = await runOnGpu('vector.encrypt', [call], rings)
    const opened = { key: secretKeyToBytes(paillier), rows: hidden, fraction: 4 }
    assert.deepEqual(KERNELS['vector.decrypt'](opened), values)
  })

  it('are left to the cores by the measurement where the GPU is software', async () => {
    const now = () => performance.now()
    const plan = await planGpu(device, { cores: 2, now })
    assert.equal(plan.length, 6)
    const software = /swiftshader|llvmpipe|lavapipe/i.test(gpu.adapter)
    for (const { operation, bits } of plan) {
      const pays = paysOnGpu(plan, { operation, bits, rows: 1e6 })
      if (software) assert.equal(pays, false, `${operation} of ${bits} bits`)
    }
    // Cores of no speed at all: then the GPU takes everything.
    let at = 0
    const slowCores = () => at++
    const forced = await planGpu(device, { cores: 1e-9, now: slowCores, widths: [256] })
    assert.ok(forced.every(({ rows }) => rows === 64))
  })

  it('are not trusted to a device that gives other bytes', async () => {
    const wrong = new Proxy(device, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (name !== 'createShaderModule') {
          return typeof value === 'function' ? value.bind(target) : value
        }
        return ({ code }: { code: string }) =>
          target.createShaderModule({
            code: code.replace('let m = (low * inverse)', 'let m = (low + inverse)'),
          })
      },
    })
    await assert.rejects(
      planGpu(wrong, { cores: 1, now: () => 0, widths: [256] }),
      /products of 256 bits wrong/,
    )
  })
})
